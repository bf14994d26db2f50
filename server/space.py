"""Room on the disk of the embedded PostgreSQL: changes stop before it is full, so that reading goes on (ADR 0008).

A server that can't write its log ends at once, and can't recover either until there is space. So changes are refused
while there is still some left, and a reserve is given up for its recovery when somebody else filled the disk at once.
"""

import logging
import os
import shutil
from contextlib import suppress

from core.embedded import EmbeddedPostgres

MEGABYTE = 1_000_000
LOW = 48 * MEGABYTE
"""Less than this is free: no more changes. Three files of PostgreSQL's log (16 MiB each)."""

ENOUGH = 80 * MEGABYTE
"""As much must be free for changes to be taken again, so that it does not go to and fro."""

RESERVE = 64 * 1024 * 1024
"""What a recovery needs: some files of the log, and what the tables grow by when it is read."""

FULL = 24 * MEGABYTE
"""With less a server that ended is taken to have ended for want of space: a new file of its log does not fit well."""

FILE = "reserve"

log = logging.getLogger("muster")


class Space:
    """Watches the disk on which an embedded server keeps its files."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self._place = server.place
        self._reserve = server.place / FILE

    def __str__(self) -> str:
        return f"{self.free / MEGABYTE:.0f} MB are free in {self._place}"

    @property
    def free(self) -> int:
        """Bytes that the server may still use."""
        return shutil.disk_usage(self._place).free

    @property
    def full(self) -> bool:
        """Whether there is too little for the server to live."""
        return self.free < FULL

    def look(self) -> None:
        """Take changes or refuse them, by what is free now. Never raises for want of space."""
        free, kept = self.free, self._reserve.exists()
        if free < LOW:
            self._turn(on=True)
        elif not kept and free > ENOUGH + RESERVE:
            self._keep()
        elif kept and free > ENOUGH:
            self._turn(on=False)

    def spend(self) -> None:
        """Give up the reserve, and start the server only to be read."""
        with suppress(OSError):
            self._reserve.unlink(missing_ok=True)
        self._server.read_only.on = True

    def _turn(self, *, on: bool) -> None:
        if self._server.read_only.on == on or not self._server.owned:
            return
        try:
            self._server.read_only.set(on)
        except OSError as error:
            log.warning("can't tell PostgreSQL how much space there is: %s", error.strerror)
            return
        if on:
            log.error("%s: changes are refused until there are %.0f MB", self, (ENOUGH + RESERVE) / MEGABYTE)
        else:
            log.info("%s: changes are taken again", self)

    def _keep(self) -> None:
        try:
            with self._reserve.open("wb") as file:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, RESERVE)
                else:  # macOS
                    for _ in range(RESERVE // 2**20):
                        file.write(bytes(2**20))
        except OSError as error:
            log.warning("can't keep a reserve of space: %s", error.strerror)
            self._reserve.unlink(missing_ok=True)
