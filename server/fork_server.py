"""`python -m server.fork_server FD`: loads the product once, then becomes a `muster api` or `worker` as often as asked.

Linux only (ADR 0053). It stays small: no thread, no event loop, no connection, nothing that it could lose. It ends when
the supervisor has, which closes the other end of FD; its children have tethers of their own (server.tether) and go on
when it is gone. What it is asked is one message each: a JSON object with `name` and `variables`, and files with it
(server.forks sends them).
"""

import gc
import json
import os
import select
import signal
import socket
import struct
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from core.garbage import not_while_loading
from core.logging import configure_logging
from server.listening import LISTEN
from server.tether import TETHER

NUMBER = struct.Struct("=i")
"""What it says of each child into the pipe of its life: the pid, and, once it has ended, its exit status."""

LARGEST = 1 << 16
"""Bytes of a message."""
MOST_FILES = 250
"""Files of a message: the kernel takes 253 (SCM_MAX_FD)."""

LOADED = ("server.commands.processes", "server.api", "jobs.worker")

ARGUMENTS = slice(45, 47)
"""Where /proc/PID/stat has `arg_start` and `arg_end`, after the name in brackets (proc_pid_stat(5))."""


class ForkServer:
    """Forks for the supervisor at the other end of `control`, and tells it how each child ended."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._lives: dict[int, int] = {}
        self._woken, self._waker = socket.socketpair()
        for end in (self._woken, self._waker):
            end.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> dict[str, Any]:
        """Fork until the supervisor is gone, which ends this process; in each child, return what it was asked to be."""
        while True:
            ready, _, _ = select.select([self._control, self._woken], [], [])
            if self._woken in ready:
                self._woken.recv(LARGEST)
                self._bury()
            if self._control in ready and (asked := self._next()) is not None:
                return asked

    def _next(self) -> dict[str, Any] | None:
        """Fork for one message. In the child: the message."""
        message, files, _, _ = socket.recv_fds(self._control, LARGEST, MOST_FILES)
        if not message:
            sys.exit(0)
        life, tether, *listeners = files
        asked = json.loads(message)
        try:
            pid = os.fork()
        except OSError as error:  # the supervisor sees that pipe close, and asks again later
            print(f"muster: can't fork: {error}", file=sys.stderr)  # noqa: T201 (there is no log here)
            pid = -1
        if pid == 0:
            self._leave()
            asked["variables"] |= {TETHER: str(tether)}
            if listeners:
                asked["variables"][LISTEN] = ",".join(map(str, listeners))
            return asked  # type: ignore[no-any-return]
        for file in (tether, *listeners):
            os.close(file)
        if pid > 0:
            self._lives[pid] = life
            _say(life, pid)
        else:
            os.close(life)
        return None

    def _bury(self) -> None:
        """Tell how children ended, each before its number may be given to another process."""
        while self._lives and (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
            killed = ended.si_code != os.CLD_EXITED
            if (life := self._lives.pop(ended.si_pid, None)) is not None:
                _say(life, -ended.si_status if killed else ended.si_status)
                os.close(life)
            os.waitpid(ended.si_pid, 0)

    def _leave(self) -> None:
        """In a child: have nothing of the fork server's any more, but `life`, which closes with the child."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for end in (self._control, self._woken, self._waker):
            end.close()
        for other in self._lives.values():
            os.close(other)
        os.setsid()


def _say(life: int, number: int) -> None:
    with suppress(BrokenPipeError):  # the supervisor is gone
        os.write(life, NUMBER.pack(number))


def be_called(kind: str) -> None:
    """Have `top` and `pgrep` show this process as `muster KIND`."""
    with suppress(OSError):
        Path("/proc/self/comm").write_text(f"muster {kind}")


def be_shown_as(*words: str) -> None:
    """Have `ps` show this process as `python -m server WORDS`, as if it had been started so."""
    line = b"\0".join(word.encode() for word in (sys.executable, "-m", "server", *words))
    with suppress(OSError):
        place = Path("/proc/self/stat").read_text().rpartition(")")[2].split()[ARGUMENTS]
        start, end = map(int, place)
        with Path("/proc/self/mem").open("r+b", buffering=0) as memory:
            memory.seek(start)
            memory.write(line[: end - start - 1].ljust(end - start, b"\0"))


def load() -> None:
    """Load what API and worker processes run; what is loaded is shared with them, and never looked through again."""
    for module in LOADED:
        import_module(module)
    gc.freeze()


def serve(number: int) -> None:
    """Be a fork server at the socket of this number; in each child, be what was asked for until its end."""
    for ignored in (signal.SIGTERM, signal.SIGINT):  # the supervisor gets them, too, and lets go of us when it ends
        signal.signal(ignored, signal.SIG_IGN)
    be_called("forks")
    not_while_loading()
    configure_logging()
    load()
    asked = ForkServer(socket.socket(fileno=number)).serve()
    from server.cli import main  # noqa: PLC0415

    os.environ.update(asked["variables"])
    sys.argv = ["muster", asked["name"]]
    be_called(asked["name"])
    be_shown_as(asked["name"])
    main(prog_name="muster")


if __name__ == "__main__":
    serve(int(sys.argv[1]))
