"""The tether between `muster up` and its children: a pipe that closes when the parent is gone, however it went."""

import os
import signal
import threading

TETHER = "MUSTER_TETHER_FD"


def hold_tether() -> None:
    """End this process (as with SIGTERM) when the parent that holds the other end of the pipe is gone.

    Does nothing for a process that was started by hand. Works for a parent killed with -9, on Linux and macOS.
    """
    number = os.environ.pop(TETHER, None)
    if number is None:
        return

    def wait() -> None:
        os.read(int(number), 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="tether").start()
