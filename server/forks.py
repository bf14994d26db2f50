"""The supervisor's end of the fork server: processes that begin where one that has loaded stands (ADR 0053)."""

import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence

from server.fork_server import NUMBER
from server.restarts import Restarts

log = logging.getLogger("muster")

LOST = 255
"""The exit status of a child when nobody could tell: its fork server had ended before it."""


class Forked:
    """A process that the fork server forks for us: as much of `subprocess.Popen` as the supervisor asks for."""

    def __init__(self, life: int) -> None:
        os.set_blocking(life, False)
        self._life = life  # the end of the pipe that closes with the child
        self.pid: int | None = None  # not forked yet
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status; None while it runs, or is still to be forked."""
        while self.returncode is None:
            try:
                said = os.read(self._life, NUMBER.size)
            except BlockingIOError:
                return None
            if said and self.pid is None:
                (self.pid,) = NUMBER.unpack(said)
            else:
                self.returncode = NUMBER.unpack(said)[0] if said else self._adopted()
                os.close(self._life)
        return self.returncode

    def _adopted(self) -> int:
        """The status of one that outlived its fork server. Process 1 has inherited it, and that may be us."""
        if self.pid is None:  # it never was
            return LOST
        try:
            return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        except ChildProcessError:
            return LOST

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it runs. One that is still to be forked will find that its tether is gone."""
        if self.poll() is None and self.pid is not None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it by SIGKILL, if it runs."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status once it has ended. TimeoutExpired after so many seconds."""
        while (status := self.poll()) is None:
            if not select.select([self._life], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("muster", timeout or 0)
        return status


def forks_here() -> "Forks | None":
    """A fork server where forking is safe: macOS's own libraries may not be used after a fork (ADR 0053)."""
    return Forks() if sys.platform == "linux" else None


class Forks:
    """The fork server, looked after as other parts are. Children that it forked go on without it."""

    def __init__(self) -> None:
        self._restarts = Restarts("the process from which others are forked")
        self._start()

    def _start(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (ourselves)
                [sys.executable, "-m", "server.fork_server", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def fork(self, name: str, variables: Mapping[str, str], tether: int, listeners: Sequence[int]) -> Forked:
        """A process of our own command with more variables in its environment, which inherits these files.

        OSError if there is no fork server now: it is started again at the next look.
        """
        ours, theirs = os.pipe()
        try:
            message = json.dumps({"name": name, "variables": dict(variables)}).encode()
            socket.send_fds(self._control, [message], [theirs, tether, *listeners])
        except OSError:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        return Forked(ours)

    def look(self) -> None:
        """Start another one when it has ended. GivenUpError if it ends too often."""
        status = self._process.poll()
        if status is not None:
            self._restarts.after(status)
            log.error("the process from which others are forked ended (status %s); starting it again", status)
            self._control.close()
            self._start()

    def end(self) -> None:
        """End it at once: it has nothing to lose, and what it forked goes on. The same again does nothing."""
        self._process.kill()
        self._process.wait()
        self._control.close()
