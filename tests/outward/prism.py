"""Vendors' own documents (shared/contracts), served by prism (npm), which refuses what they do not allow."""

import asyncio
import json
import re
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from integrations.adaptors import ADAPTORS
from integrations.client import VendorClient
from tests.npm.tools import FOLDER, package
from tests.outward.prism_documents import rooted
from tests.outward.vendor_contract import FOLDER as CONTRACTS
from tests.protocols.processes import program
from tests.server.processes import free_port

SECONDS = 60
RECEIVED = re.compile(r"\[HTTP SERVER\] (\w+) (\S+) .*Request received")
WRONG = re.compile(r"((?:Violation|Request terminated with error): .*)")
END = "/the-end"
"""Is asked for last: what it prints before that is all that there is to read."""


class Prism:
    """One document that is served at `address`."""

    def __init__(self, address, lines):
        self.address, self._lines = address, lines

    def adaptor(self, vendor, **configuration):
        """The adaptor of a vendor, as it is used."""
        return ADAPTORS[vendor](configuration, self.speak)

    def speak(self, account):
        """A client of ours."""
        return VendorClient(replace(account, allow_private=True))

    @property
    def asked(self):
        """What it was asked, as `post /v2/enqueue`, in order."""
        found = [f"{found[1]} {found[2]}" for line in self._lines if (found := RECEIVED.search(line))]
        return [each for each in found if END not in each]

    async def wrong(self):
        """What of that the document does not allow, in its words."""
        async with httpx.AsyncClient(base_url=self.address, trust_env=False) as client:
            await client.get(END)
        while END not in self._lines[-1]:  # noqa: ASYNC110 (another process prints them)
            await asyncio.sleep(0.01)
        return [found[1] for line in self._lines if END not in line and (found := WRONG.search(line))]


@asynccontextmanager
async def prism(name, folder, *changes):
    """A document that is served for the block, after some changes; the test is left out where it can't be."""
    if not (CONTRACTS / name).exists():
        pytest.skip(f"the vendor's document {name} is not on this machine")
    module = package("@stoplight/prism-cli").relative_to(FOLDER)
    document = json.loads((CONTRACTS / name).read_text())
    for change in (rooted, *changes):
        change(document)
    port, path = free_port(), folder / name
    path.write_text(json.dumps(document))
    command = ("mock", "--errors", "--host", "127.0.0.1", "--port", port, path)
    async with program(module / "dist" / "index.js", *command) as running, asyncio.timeout(SECONDS):
        while not any("Prism is listening" in line for line in running.lines):  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.02)
        yield Prism(f"http://127.0.0.1:{port}", running.lines)
