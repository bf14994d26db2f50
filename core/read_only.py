"""Whether the embedded PostgreSQL takes changes: a file of one line that its configuration includes (ADR 0008).

A file, and no ALTER SYSTEM, because it works while the server is down, and is written in place: on a full disk too.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path

FILE = "muster.conf"
INCLUDE = f"include_if_exists = '{FILE}'"


def postmaster(data: Path) -> int | None:
    """The process that a cluster's pid file names, whether it lives or not; None without a file."""
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


class ReadOnly:
    """The switch of one cluster. New transactions are read-only while it is on; those under way end as they began."""

    def __init__(self, data: Path) -> None:
        self.on = False
        self._data = data

    def prepare(self) -> None:
        """Have the next start of the server heed the switch."""
        configuration = self._data / "postgresql.conf"
        if INCLUDE not in configuration.read_text():
            with configuration.open("a") as file:
                file.write(f"\n{INCLUDE}\n")
        self._write()

    def set(self, on: bool) -> None:
        """Turn it, also for a server that runs: it reads its configuration again."""
        self.on = on
        self._write()
        pid = postmaster(self._data)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGHUP)

    def _write(self) -> None:
        path = self._data / FILE
        line = f"default_transaction_read_only = {'on ' if self.on else 'off'}\n"  # of one length, so that it fits
        with path.open("r+" if path.exists() else "w") as file:
            file.write(line)
