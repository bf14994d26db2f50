"""The processes below `muster up`."""

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from server.forks import Forks
from server.listening import LISTEN
from server.tether import TETHER

log = logging.getLogger("muster")

STOP_SECONDS = 15


class Process(Protocol):
    """What is asked of a process; `subprocess.Popen` says what each does."""

    @property
    def pid(self) -> int | None:
        """Its number, once it has one."""

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""

    def send_signal(self, number: int, /) -> None:
        """Send it a signal, if it runs."""

    def kill(self) -> None:
        """Kill it by SIGKILL, if it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended."""


def executed(name: str, variables: Mapping[str, str], tether: int, listeners: Sequence[int]) -> Process:
    """A process of our own command that loads by itself what it runs; as `Forks.fork` is asked for one."""
    handed = {LISTEN: ",".join(map(str, listeners))} if listeners else {}
    return subprocess.Popen(  # noqa: S603 (ourselves)
        [sys.executable, "-m", "server", name],
        env={**os.environ, **variables, **handed, TETHER: str(tether)},
        stdin=subprocess.DEVNULL,
        pass_fds=[tether, *listeners],
        start_new_session=True,  # Ctrl-C is for us; we pass it on
    )


class Child:
    """A process of our own command, tied to this one (server.tether); forked if there are `forks`."""

    def __init__(
        self, name: str, listeners: Sequence[socket.socket], settings: Mapping[str, str], forks: Forks | None
    ) -> None:
        read_end, write_end = os.pipe()
        self._tether: int | None = write_end
        self._begun = False
        numbers = [listener.fileno() for listener in listeners]  # its own first
        make = forks.fork if forks is not None else executed
        try:
            self._process: Process = make(name, settings, read_end, numbers)
        except OSError:
            os.close(write_end)
            raise
        finally:
            os.close(read_end)

    @property
    def there(self) -> bool:
        """Whether it has begun to be, and does not wait to be forked."""
        return self.poll() is not None or self._process.pid is not None

    def begin(self, url: str) -> None:
        """Tell it where the database is. It may have died by now: `poll` will say so."""
        if self._tether is None:
            return
        self._begun = True
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
        if not self._begun:  # else its tether would signal, too, and a second signal cuts the draining short
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
        self.let_go()


def stop(children: Sequence[Child], forks: Forks | None, number: int = signal.SIGTERM, drain: float = 0.0) -> None:
    """Ask all to end by a signal, and wait for them: for as long as they drain, and STOP_SECONDS more."""
    deadline = time.monotonic() + STOP_SECONDS + drain
    for child in children:
        child.terminate(number)
    if forks is not None and not all(child.there for child in children):
        forks.end()  # it still loads: what waits there will not be forked
    for child in children:
        child.wait(max(0.1, deadline - time.monotonic()))
    if forks is not None:
        forks.end()  # until here it has buried its children
