"""Real `muster` processes for tests: started on free ports, watched with a deadline, ended by pid."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.effort import FULL
from tests.server.forked import MARK, ROOT, Forked


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listeners_on(port: int) -> int:
    """How many sockets listen on a port (Linux; IPv4)."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in map(str.split, lines))


def environment(**settings: object) -> dict[str, str]:
    """The environment without any setting of ours, and the given ones."""
    ours = ("MUSTER_", "DATABASE_", "SMTP_URL", "BROKER_URL", "OIDC_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    quick = {"MUSTER_RATE_COST_PER_MINUTE": "0"}  # tests ask faster than anybody; limits have tests of their own
    return {**kept, **quick, **{key: str(value) for key, value in settings.items()}}


def muster(*arguments: str, timeout: float = 60, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run a command of ours to its end, in a process of its own."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = Forked(arguments, environment(**settings), out.fileno(), err.fileno())
        try:
            status = child.wait(timeout)
        finally:
            child.kill()
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode())
        return subprocess.CompletedProcess(arguments, status, *said)


def start(*arguments: str, output: Path, alone: bool = FULL, **settings: object) -> Forked | subprocess.Popen[bytes]:
    """A command that goes on; what it says is written at the end of `output`. `alone`: by an interpreter of its own."""
    variables = environment(**settings)
    with output.open("ab") as file:
        if not alone:
            return Forked(arguments, variables, file.fileno())
        command = [sys.executable, "-m", "server", *arguments]
        return subprocess.Popen(command, cwd=ROOT, env=variables, stdout=file, stderr=file)


def children_of(pid: int) -> list[int]:
    """The processes below a process, at any depth, parents first (Linux)."""
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                below.setdefault(parent, []).append(int(entry.name))
    found, stack = [], [pid]
    while stack:
        children = below.get(stack.pop(), [])
        found += children
        stack += children
    return found


def command_of(pid: int) -> str:
    """The command line of a process, its arguments parted by spaces; empty when it is gone."""
    try:
        name = Path(f"/proc/{pid}/comm").read_text()
        if name.startswith(MARK):
            return f"-m server {name.removeprefix(MARK)}"
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def left_behind(folder: Path) -> list[str]:
    """The command lines of PostgreSQL's processes that were started for a data folder and still run (Linux)."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [command for command in map(command_of, pids) if f"{folder}/pg" in command]


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(holds, what: str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.02)


class Running:
    """A `muster up` that runs, and how to talk to it."""

    def __init__(self, child: Forked | subprocess.Popen[bytes], port: int, settings: dict[str, object]) -> None:
        self.child, self.port, self.settings = child, port, settings
        self.base = f"http://127.0.0.1:{port}"

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.base + path, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def post(self, path: str, body: object, token: str | None = None) -> tuple[int, object]:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def graphql(self, query: str, token: str | None = None, **variables: object) -> dict:
        status, answer = self.post("/graphql", {"query": query, "variables": variables}, token)
        assert isinstance(answer, dict), (status, answer)
        return answer

    def token(self, role: str = "admin", *more: str) -> str:
        made = muster("token", "create", "--name", "test", "--role", role, *more, **self.settings)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip().splitlines()[-1]

    def wait_ready(self) -> None:
        def ready() -> bool:
            assert self.child.poll() is None, f"muster up ended with {self.child.returncode}"
            return self.get("/readyz")[0] == 200

        wait_until(ready, "readyz", 60)

    def processes(self) -> list[int]:
        return [self.child.pid, *children_of(self.child.pid)]

    def named(self, *words: str) -> list[int]:
        """The processes below it that have all these words in their command line (or, of PostgreSQL, their title)."""
        return [pid for pid in self.processes()[1:] if all(word in command_of(pid) for word in words)]


def launch(folder: Path, *arguments: str, port: int | None = None, alone: bool = FULL, **more: object) -> Running:
    """A `muster up` that begins to start. Its output is in folder/../out.txt."""
    settings = {"MUSTER_DATA_DIR": folder, "MUSTER_PORT": port or free_port(), **more}
    child = start("up", *arguments, output=folder.parent / "out.txt", alone=alone, **settings)
    return Running(child, int(str(settings["MUSTER_PORT"])), settings)


def pull_the_plug(up: Running) -> None:
    """`kill -9` of everything: supervisor, API, worker, PostgreSQL; whatever is born meanwhile, too."""
    everyone: list[int] = []
    while fresh := [pid for pid in up.processes() if pid not in everyone]:
        for pid in fresh:  # stopped first: nobody has time to start, or to mourn, another
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        everyone += fresh
    for pid in everyone:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    up.child.wait(10)
    wait_until(lambda: not any(map(alive, everyone)), "the end of every process")


@contextmanager
def running(folder: Path, *arguments: str, port: int | None = None, alone: bool = FULL, **more: object):
    """A ready `muster up`, ended (by force if need be) with the block. Its output is in folder/../out.txt."""
    up = launch(folder, *arguments, port=port, alone=alone, **more)
    try:
        up.wait_ready()
        yield up
    finally:
        everyone = up.processes()
        if up.child.poll() is None:
            up.child.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                up.child.wait(30)
        for pid in everyone:
            with suppress(ProcessLookupError):
                if alive(pid):
                    os.kill(pid, signal.SIGKILL)
        up.child.wait(10)
