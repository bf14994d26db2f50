"""What is not needed any more of backups, and of the log that goes with them."""

import re
import shutil
from pathlib import Path

from core.wal_archive import pieces
from server.keeping.manifest import How, Manifest
from server.keeping.taking import ours
from server.startup import StartError

STARTS = re.compile(r"\(file ([0-9A-F]{24})\)")
"""In backup_label: the piece of the log with which a backup begins."""


def prune(into: Path, keep: int) -> list[Path]:
    """Remove all but the newest backups of a folder; which ones went."""
    gone = ours(into)[:-keep]
    for folder in gone:
        shutil.rmtree(folder)
    return gone


def prune_log(archive: Path, into: Path) -> int:
    """Remove the pieces of the log that no backup of a folder needs; how many. Without a backup all are kept."""
    starts = [_start(folder) for folder in ours(into) if Manifest.read(folder).how is How.FILES]
    if not starts:
        return 0
    oldest = min(starts)
    # Later timelines go on from earlier ones: what comes before a place has a lower number after that of the timeline.
    gone = [piece for piece in pieces(archive) if piece.name[8:] < oldest[8:] and piece.name[:8] <= oldest[:8]]
    for piece in gone:
        piece.unlink()
    return len(gone)


def _start(folder: Path) -> str:
    label = folder / "data" / "backup_label"
    try:
        found = STARTS.search(label.read_text())
    except OSError as error:
        raise StartError(f"the backup is damaged: {label} can't be read") from error
    if found is None:
        raise StartError(f"the backup is damaged: {label} does not say where its log begins")
    return found[1]
