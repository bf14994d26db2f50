"""The watcher of the embedded PostgreSQL: a process of its own that stops the server when its owner is gone.

Started as `python -S core/watch.py UID GID postgres …` with one end of a pipe as standard input. The owner holds the
other end: when that closes (exit, crash or kill -9), the server is asked for a fast shutdown. UID -1 keeps the user.
Nothing of Muster is imported here: the watcher must outlive a broken installation and cost no memory.
"""

import os
import signal
import subprocess
import sys
import threading
from typing import Any


def _default_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _as_shells_say(status: int) -> int:
    """The exit status of a process, with 128 and the number of the signal that killed it: 137 for a kill -9."""
    return 128 - status if status < 0 else status


def watch(uid: int, gid: int, command: list[str], keep_open: list[int]) -> None:
    """Run the server until standard input closes, then stop it; if the server ends first, end with its status."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # a Ctrl-C in the terminal is for the owner, which closes the pipe
    as_user: dict[str, Any] = {"user": uid, "group": gid, "extra_groups": []} if uid >= 0 else {}
    server = subprocess.Popen(  # noqa: S603 (our own binaries)
        command,
        stdin=subprocess.DEVNULL,
        pass_fds=keep_open,
        preexec_fn=_default_signals,  # noqa: PLW1509 (no threads yet)
        **as_user,
    )
    threading.Thread(target=lambda: os._exit(_as_shells_say(server.wait())), daemon=True).start()
    sys.stdin.buffer.read()
    server.send_signal(signal.SIGINT)
    server.wait()


if __name__ == "__main__":
    lock, uid, gid = (int(argument) for argument in sys.argv[1:4])
    watch(uid, gid, sys.argv[4:], [lock])
