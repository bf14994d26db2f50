"""How a process of this room is told to end."""

import signal
import threading


def told_to_end() -> threading.Event:
    """Set by SIGTERM and SIGINT. Call it from the main thread."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    return asked
