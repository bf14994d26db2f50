"""Processes of `muster` that begin where a process that has loaded the product stands: loading it takes seconds.

What runs in them is what `muster` runs. That it comes up by itself is tried where `launch(…, alone=True)` stands, by
the wheel's tests, and by everything in `make prove`.
"""

import asyncio
import atexit
import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import Any

import server.children
import server.fork_server
import server.forks
from server.cli import ELSEWHERE, main

ROOT = Path(__file__).parents[2]
MARK = "muster "
"""What the name of such a process begins with (Linux: /proc/PID/comm, 15 letters); then comes its command."""

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "server.api", "server.supervisor", "server.preparation", "jobs.worker", "jobs.relaying", "server.cli",
        *(f"server.commands.{name}" for name in sorted(set(ELSEWHERE.values()))),
    ]
)  # fmt: skip


class Forked:
    """One that runs, or has ended; as much of `subprocess.Popen` as tests ask for. `output`: where it writes."""

    def __init__(self, arguments: tuple[str, ...], variables: dict[str, str], out: int, err: int | None = None) -> None:
        self.arguments = arguments
        files = [DupFd(out), DupFd(out if err is None else err)]
        # A daemon: whatever happens to the tests, it ends with them.
        self._child = FORKS.Process(target=_command, args=(arguments, variables, files), daemon=True)
        self._child.start()
        self.pid: int = self._child.pid

    @property
    def returncode(self) -> int | None:
        return self._child.exitcode

    def poll(self) -> int | None:
        return self._child.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._child.join(timeout)
        if self._child.exitcode is None:
            raise subprocess.TimeoutExpired(self.arguments, timeout or 0)
        return self._child.exitcode

    def send_signal(self, number: int) -> None:
        if self._child.exitcode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _command(arguments: tuple[str, ...], variables: dict[str, str], files: list[Any]) -> None:
    """What such a process does: `muster` with these arguments."""
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(ROOT)
    for number, file in enumerate(files, 1):
        os.dup2(file.detach(), number)
    sys.argv = ["muster", *arguments]
    _call_it(arguments)
    for room in (server.children, server.forks):
        room.subprocess = _Below  # type: ignore[assignment,attr-defined]
    if "MUSTER_FAULTS_CLOCK" in variables:
        import tests.faults.clocked  # noqa: F401, PLC0415 (it sets the clock)
    main()


def _call_it(arguments: tuple[str, ...]) -> None:
    """Have the process be known as the command that it runs."""
    name = f"{MARK}{next((word for word in arguments if not word.startswith('-')), '')}"
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(15, name.encode()[:15], 0, 0, 0)  # PR_SET_NAME, prctl(2)


class _Below:
    """What the supervisor asks of `subprocess`: a child of it, forked from it."""

    DEVNULL = subprocess.DEVNULL
    TimeoutExpired = subprocess.TimeoutExpired

    class Popen:
        """`python -m server NAME`, or the fork server."""

        def __init__(
            self, command: list[str], *, env: dict[str, str] | None = None, pass_fds: list[int], **_: object
        ) -> None:
            self.returncode: int | None = None
            self._command, self._lock = command, threading.Lock()
            self.pid = os.fork()
            if self.pid == 0:
                _become(command[2:], env or dict(os.environ), pass_fds)

        def poll(self) -> int | None:
            with self._lock:
                if self.returncode is None:
                    pid, status = os.waitpid(self.pid, os.WNOHANG)
                    if pid:
                        self.returncode = os.waitstatus_to_exitcode(status)
            return self.returncode

        def wait(self, timeout: float = 1e9) -> int:
            end = time.monotonic() + timeout
            while self.poll() is None:
                if time.monotonic() > end:
                    raise subprocess.TimeoutExpired(self._command, timeout)
                time.sleep(0.01)
            return self.returncode or 0

        def send_signal(self, number: int) -> None:
            if self.poll() is None:
                os.kill(self.pid, number)

        def kill(self) -> None:
            self.send_signal(signal.SIGKILL)


def _become(command: list[str], variables: dict[str, str], kept: list[int]) -> None:
    """Be a module with its arguments, with nothing of who forked us but the files passed on. Never returns."""
    module, *arguments = command
    status = 70
    try:
        os.setsid()
        asyncio.events._set_running_loop(None)  # noqa: SLF001 (the parent's may run)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        for name in os.listdir("/dev/fd"):  # noqa: PTH208 (numbers)
            # not closed: objects of the parent would close them once more
            number = int(name)
            if number > 2 and number not in kept:
                with_it = os.open(os.devnull, os.O_RDWR)
                os.dup2(with_it, number)
                if with_it != number:
                    os.close(with_it)
        atexit._clear()  # noqa: SLF001 (what the parent would do at its end)
        os.environ.clear()
        os.environ.update(variables)
        sys.argv = ["muster", *arguments]
        _call_it(tuple(arguments))
        try:
            if module == server.fork_server.__name__:
                server.fork_server.serve(int(arguments[0]))
            else:
                main()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        threading._shutdown()  # noqa: SLF001 (as an interpreter ends)
        atexit._run_exitfuncs()  # noqa: SLF001
    except KeyboardInterrupt:  # it was told to end before it began
        status = 130
    except BaseException:  # noqa: BLE001 (there is nobody above)
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
