"""The processes below `muster up`."""

import logging
import os
import subprocess
import sys
import time

from server.tether import TETHER

log = logging.getLogger("muster")

STOP_SECONDS = 15


class Child:
    """A process of our own command, tied to this one (server.tether)."""

    def __init__(self, name: str) -> None:
        read_end, write_end = os.pipe()
        self._tether: int | None = write_end
        try:
            self._process = subprocess.Popen(  # noqa: S603 (ourselves)
                [sys.executable, "-m", "server", name],
                env={**os.environ, TETHER: str(read_end)},
                stdin=subprocess.DEVNULL,
                pass_fds=[read_end],
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

    def terminate(self) -> None:
        """Ask it to end: by SIGTERM, and by letting go of the tether, which reaches one that still waits."""
        if self.poll() is None:
            self._process.terminate()
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
            log.warning("process %s did not end in %s s; killing it", self._process.pid, STOP_SECONDS)
            self._process.kill()
            self._process.wait()


def stop(children: list[Child]) -> None:
    """Ask all to end, and wait for them."""
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        child.terminate()
    for child in children:
        child.wait(max(0.1, deadline - time.monotonic()))
