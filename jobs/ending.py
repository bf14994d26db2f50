"""How a process of this room is told to end."""

import signal
import threading

LOOK_SECONDS = 0.5
"""Between two looks: a signal that comes just as the main thread begins to wait would not wake it."""


class End:
    """The end of this process, once SIGTERM or SIGINT has asked for it. Make it in the main thread."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._asked.set())

    def wait(self) -> None:
        """Return once it is asked for."""
        while not self._asked.wait(LOOK_SECONDS):
            pass
