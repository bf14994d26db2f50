"""The tether between `muster up` and a child: a pipe that brings the database's address, then closes with the parent.

Children are started first and told where the database is once it runs, so that they import while it starts.
"""

import os
import signal
import sys
import threading

TETHER = "MUSTER_TETHER_FD"


def tethered() -> bool:
    """Whether this process was started by `muster up`."""
    return TETHER in os.environ


def database_from_parent() -> str:
    """The database's address, once the parent has one. Ends this process if the parent is gone before that.

    From then on this process ends, as with SIGTERM, as soon as the parent is gone, however it went (kill -9 included):
    the kernel closes its end of the pipe, on Linux and macOS alike.
    """
    pipe = os.fdopen(int(os.environ.pop(TETHER)), "rb")
    url = pipe.readline().decode().strip()
    if not url:
        sys.exit(0)

    def wait() -> None:
        pipe.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="tether").start()
    return url
