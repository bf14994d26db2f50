"""The processes below `muster up`."""

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from server.listening import LISTEN
from server.tether import TETHER

log = logging.getLogger("muster")

STOP_SECONDS = 15


class Child:
    """A process of our own command, tied to this one (server.tether)."""

    def __init__(
        self, name: str, listeners: Sequence[socket.socket] = (), settings: Mapping[str, str] | None = None
    ) -> None:
        read_end, write_end = os.pipe()
        self._tether: int | None = write_end
        numbers = [listener.fileno() for listener in listeners]  # its own first
        handed = {LISTEN: ",".join(map(str, numbers))} if numbers else {}
        try:
            self._process = subprocess.Popen(  # noqa: S603 (ourselves)
                [sys.executable, "-m", "server", name],
                env={**os.environ, **(settings or {}), **handed, TETHER: str(read_end)},
                stdin=subprocess.DEVNULL,
                pass_fds=[read_end, *numbers],
                start_new_session=True,  # Ctrl-C is for us; we pass it on
            )
        except OSError:
            os.close(write_end)
            raise
        finally:
            os.close(read_end)

    def begin(self, url: str) -> None:
        """Tell it where the database is. It may have died by now: `poll` will say so."""
        if self._tether is None:
            return
        try:
            os.write(self._tether, f"{url}\n".encode())
        except BrokenPipeError:
            log.debug("a child is gone before it was told to begin")

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        return self._process.poll()

    def terminate(self, number: int = signal.SIGTERM) -> None:
        """Ask it to end by a signal: by SIGTERM it drains first. One that still waits for its database ends at once."""
        if self.poll() is None:
            self._process.send_signal(number)
        self.let_go()

    def let_go(self) -> None:
        """Let go of the tether; the same again does nothing."""
        if self._tether is not None:
            os.close(self._tether)
            self._tether = None

    def wait(self, seconds: float) -> None:
        """Wait until it has ended; insist when the time is over."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            log.warning("process %s did not end in %.0f s; killing it", self._process.pid, seconds)
            self._process.kill()
            self._process.wait()


def stop(children: list[Child], number: int = signal.SIGTERM, drain: float = 0.0) -> None:
    """Ask all to end by a signal, and wait for them: for as long as they drain, and STOP_SECONDS more."""
    deadline = time.monotonic() + STOP_SECONDS + drain
    for child in children:
        child.terminate(number)
    for child in children:
        child.wait(max(0.1, deadline - time.monotonic()))
