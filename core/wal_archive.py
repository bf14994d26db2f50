"""The embedded PostgreSQL's log (WAL), kept piece by piece in a folder, so that any moment can be restored (ADR 0046).

The commands are PostgreSQL's archive_command and restore_command
(https://www.postgresql.org/docs/current/continuous-archiving.html): a piece is never overwritten, and stands under its
name only when it is whole.
"""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

from core.binaries import EmbeddedError, unprivileged

SWITCH_SECONDS = 60
"""A piece that is not full is handed over after that long, if anything was written."""

PIECE = re.compile(r"[0-9A-F]{24}")
UNSAFE = re.compile(r"[^\w./+@ -]")


def archiving(folder: Path) -> tuple[str, ...]:
    """Settings of a server that keeps its log in a folder, which is made. EmbeddedError if it can't be used."""
    where = _usable(folder)
    user = unprivileged()
    try:
        if not folder.exists():
            folder.mkdir(parents=True, mode=0o700)
            if user:
                os.chown(folder, user["user"], user["group"])
    except OSError as error:
        raise EmbeddedError(f"can't use MUSTER_WAL_ARCHIVE={folder}: {error.strerror}") from error
    store = (
        f'cmp -s "%p" "{where}/%f" || '
        f'{{ test ! -e "{where}/%f" && cp "%p" "{where}/%f.part" && sync "{where}/%f.part" && '
        f'mv "{where}/%f.part" "{where}/%f"; }}'
    )
    return "archive_mode=on", f"archive_command={store}", f"archive_timeout={SWITCH_SECONDS}"


def fetching(folder: Path | None, moment: datetime | None) -> tuple[str, ...]:
    """Settings of a server that recovers with the log in a folder, up to a moment, else to where it ends."""
    command = f'cp "{_usable(folder)}/%f" "%p"' if folder is not None else "false"
    found = [f"restore_command={command}", "recovery_target_action=promote", "archive_mode=off"]
    return (
        (*found, f"recovery_target_time={moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f+00}") if moment else tuple(found)
    )


def pieces(folder: Path) -> list[Path]:
    """What is kept, the oldest first."""
    return sorted((each for each in folder.iterdir() if PIECE.fullmatch(each.name)), key=lambda each: each.name)


def _usable(folder: Path) -> str:
    where = str(folder.resolve())
    if UNSAFE.search(where):
        raise EmbeddedError(f"MUSTER_WAL_ARCHIVE={folder}: its path may have letters, digits, spaces and ./+@_- only")
    return where
