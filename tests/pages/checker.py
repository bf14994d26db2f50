"""The Nu Html Checker (npm vnu-jar) as a service on the loopback: one start of Java for all documents of a run."""

import shutil
import subprocess
import time

import httpx
import pytest

from tests.npm.tools import package
from tests.server.processes import free_port

STARTS_WITHIN = 60.0
"""Seconds; two or three on a quiet machine."""
TYPES = {"html": "text/html", "css": "text/css", "svg": "image/svg+xml"}


class Checker:
    """A running checker; `documents` counts what it was shown."""

    def __init__(self):
        jar = package("vnu-jar") / "build/dist/vnu.jar"
        if shutil.which("java") is None:
            pytest.skip("there is no java on this machine: markup is not checked")
        self.documents = 0
        self._port = free_port()
        self._child = subprocess.Popen(
            [
                "java",
                "-Xmx512m",
                "-Dnu.validator.servlet.bind-address=127.0.0.1",
                *("-cp", str(jar), "nu.validator.servlet.Main", str(self._port)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{self._port}", trust_env=False, timeout=30)
        self._ready = False

    def complaints(self, kind, content):
        """Every error and warning about a document in bytes; `kind`: html, css or svg."""
        if not self._ready:
            self._wait_until_ready()  # it starts while the first page is looked at
        headers = {"Content-Type": f"{TYPES[kind]}; charset=utf-8"}
        answer = self._client.post("/", params={"out": "json"}, content=content, headers=headers)
        assert answer.status_code == 200, answer.text
        told = [it for it in answer.json()["messages"] if it["type"] != "info" or it.get("subType") == "warning"]
        self.documents += 1
        return [f"vnu, line {it.get('lastLine')}: {it['message']} ({it.get('extract', '').strip()})" for it in told]

    def close(self):
        self._client.close()
        self._child.kill()
        self._child.wait(10)

    def _wait_until_ready(self):
        end = time.monotonic() + STARTS_WITHIN
        while True:
            assert self._child.poll() is None, f"the checker ended with {self._child.returncode}"
            try:
                self._client.get("/", timeout=2)
            except httpx.TransportError:
                assert time.monotonic() < end, f"the checker did not start within {STARTS_WITHIN} s"
                time.sleep(0.1)
            else:
                self._ready = True
                return
