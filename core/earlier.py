"""Files of an earlier major version of PostgreSQL in a data folder, brought to the version that this Muster runs.

With PostgreSQL's own pg_upgrade (https://www.postgresql.org/docs/18/pgupgrade.html), in its mode that copies: the
earlier files stay as they are, so whatever goes wrong loses nothing, and the earlier Muster can still start from them.
"""

import logging
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from core.binaries import EmbeddedError, binaries_of, usable

ROOM = 1.1
"""Room on the disk that a copy needs, as a multiple of the earlier files."""

log = logging.getLogger("muster")


@dataclass(frozen=True, slots=True)
class Earlier:
    """The newest files of an earlier version, and its binaries."""

    place: Path
    version: int

    @classmethod
    def of(cls, place: Path, ours: int) -> Self | None:
        """What there is in a folder; None if nothing is earlier than our version. EmbeddedError for a later one's."""
        there = sorted(int(each.name[2:]) for each in place.glob("pg[0-9]*") if each.name[2:].isdigit())
        if there and there[-1] > ours:
            raise EmbeddedError(
                f"{place} has the files of PostgreSQL {there[-1]}, this Muster brings {ours}: start the newer Muster"
                f" that wrote them, or move {place / f'pg{there[-1]}'} away to go back to what was there before it"
            )
        found = [each for each in there if each < ours]
        return cls(place, found[-1]) if found else None

    @property
    def data(self) -> Path:
        """Its files."""
        return self.place / f"pg{self.version}"

    def options(self, user: dict[str, Any]) -> list[str]:
        """What initdb must be told for a cluster that takes the files: checksums as they have them."""
        told = self._run(user, self._binaries(user) / "pg_controldata", self.data, what="read the files of")
        plain = any(line.split() == ["Data", "page", "checksum", "version:", "0"] for line in told.splitlines())
        return ["--no-data-checksums"] if plain else ["--data-checksums"]

    def bring(self, empty: Path, binaries: Path, user: dict[str, Any]) -> None:
        """Bring the files into a new, empty cluster. EmbeddedError: nothing was changed but the empty one."""
        old = self._binaries(user)
        self._need_room(empty)
        log.info("PostgreSQL %s: bringing the files of %s to it, this may take minutes", binaries.parent, self.data)
        # A server that was killed has still to read its log; pg_upgrade wants one that ended as it should.
        self._run(user, old / "postgres", "--single", "-D", self.data, "postgres", what="recover")
        with tempfile.TemporaryDirectory(prefix="muster-upgrade-") as folder:
            if user:
                shutil.chown(folder, user["user"], user["group"])
            command: list[Path | str] = [
                binaries / "pg_upgrade",
                "-b",
                old,
                "-B",
                binaries,
                "-d",
                self.data,
                "-D",
                empty,
            ]
            self._run(user, *command, "-U", "postgres", "-s", folder, what="upgrade", cwd=folder)
        log.warning(
            "PostgreSQL's files were brought on from version %s. Make a backup: earlier ones do not fit these files."
            " %s can be deleted once all is well",
            self.version,
            self.data,
        )

    def _binaries(self, user: dict[str, Any]) -> Path:
        found = binaries_of(self.version)
        if found is None:
            raise EmbeddedError(
                f"{self.place} has the files of PostgreSQL {self.version}, which this Muster does not bring: start the"
                " Muster that wrote them, run `muster dump`, and `muster load` into a new data folder with this one"
            )
        return usable(found, self.place, user)

    def _need_room(self, empty: Path) -> None:
        needed = ROOM * sum(path.stat().st_size for path in self.data.rglob("*") if path.is_file())
        free = shutil.disk_usage(empty).free
        if free < needed:
            raise EmbeddedError(
                f"to bring the files of PostgreSQL {self.version} on, a copy of them is made, for which"
                f" {needed / 1e9:.1f} GB are needed in {self.place}: {free / 1e9:.1f} GB are free"
            )

    def _run(self, user: dict[str, Any], *command: Path | str, what: str, cwd: Path | str = "/") -> str:
        done = subprocess.run(  # noqa: S603
            list(map(str, command)),
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=cwd,
            **user,
        )
        if done.returncode != 0:
            raise EmbeddedError(
                f"can't {what} PostgreSQL {self.version} in {self.data}, which is as it was:"
                f" {' '.join(done.stdout.split())[-1000:]}"
            )
        said: str = done.stdout
        return said
