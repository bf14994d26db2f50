"""The bundle in a folder, for any web server: a reader never sees half of a publication.

    current -> versions/42      swapped by one rename(2); what web servers have as their root
    versions/42/index.html      beside it index.html.gz and index.html.br
    matter.json                 from what pages are rendered once more when the database is gone; not under `current`

A version shares the files that have not changed with the one before it (hard links), which stays until the next, for
requests that are under way. The one before that becomes the next: only what has changed since is written, so that a
publication costs the same whatever the history. Files that are named by what is in them stay for a month.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.publication import OvertakenError, Written
from statuspage.bundle import Bundle, File
from statuspage.kept import MATTER, keep
from statuspage.static_files import PREFIX

CURRENT, VERSIONS, LOCK = "current", "versions", ".lock"
STATIC = PREFIX.strip("/")
STATIC_SECONDS = 30 * 24 * 3600
"""How long a style sheet stays that no page asks for any more: somebody may still hold an old page."""


class Folder:
    """A folder to publish to. One process may keep one for long: it then knows what it wrote."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[int, dict[str, str]] = {}
        """What is in the versions that this process wrote: digests by name."""

    def held(self) -> int:
        """The version that readers see; 0 if none. Read it before the database, and give it to `publish`."""
        try:
            return int((self.path / CURRENT).readlink().name)
        except (FileNotFoundError, ValueError):
            return 0

    def publish(self, held: int, bundle: Bundle) -> Written:
        """Make a bundle what readers see. OvertakenError if that is not `held` any more; OSError leaves all as it was.

        A bundle is read after `held`: so what replaces it was read after it was published, and is never older.
        """
        _folder(self.path / VERSIONS)
        with _locked(self.path / LOCK):
            if self.held() != held:
                raise OvertakenError(f"version {self.held()} was published meanwhile")
            made = self.path / VERSIONS / str(held + 1)
            try:
                written = self._write(made, held, bundle)
                self._swap(held + 1)
            except BaseException:
                shutil.rmtree(made, ignore_errors=True)
                raise
            self._clear({held, held + 1})
        keep(self.path / MATTER, bundle)
        return written

    def _write(self, made: Path, held: int, bundle: Bundle) -> Written:
        wanted = {file.name: file for file in bundle.files.values()}
        now = {name: file.body.digest for name, file in wanted.items()}
        shown = self._known.get(held) or self._found(held, wanted)
        spare = self._spare(made, held)
        before = self.path / VERSIONS / str(held)
        for folder in {name.rpartition("/")[0] for name in wanted}:
            _folder(made / folder)
        for name, digest in now.items():
            if spare.get(name) != digest:
                _place(wanted[name], made, before if shown.get(name) == digest else None)
        for name in spare.keys() - now.keys():
            if not name.startswith(STATIC):
                _remove(made / name)
        _tend_static(made, before, {each for file in wanted.values() for each in file.variants() if file.fixed})
        self._known = {held: shown, held + 1: now}
        changed = sum(shown.get(name) != digest for name, digest in now.items())
        gone = sum(not name.startswith(STATIC) for name in shown.keys() - now.keys())
        return Written(len(wanted), changed, gone, bundle.size)

    def _spare(self, made: Path, held: int) -> dict[str, str]:
        """Make the version before `held` the next one, if we wrote it; what is in it then. Else start from nothing."""
        shutil.rmtree(made, ignore_errors=True)  # of one who was killed
        known = self._known.get(held - 1, {})
        if known:
            (made.parent / str(held - 1)).rename(made)
        return known

    def _found(self, held: int, wanted: dict[str, File]) -> dict[str, str]:
        """What is in a version that another process wrote, as far as it is what we want."""
        before, same = self.path / VERSIONS / str(held), {}
        for name, file in wanted.items():
            with suppress(OSError):
                if all((before / each).read_bytes() == content for each, content in file.variants().items()):
                    same[name] = file.body.digest
        return same

    def _swap(self, serial: int) -> None:
        link = self.path / f".{CURRENT}"
        link.unlink(missing_ok=True)
        link.symlink_to(Path(VERSIONS) / str(serial))
        link.replace(self.path / CURRENT)

    def _clear(self, stay: set[int]) -> None:
        """Remove versions that nobody reads. What can't be removed now is removed after the next one."""
        for version in (self.path / VERSIONS).iterdir():
            if version.name not in map(str, stay):
                shutil.rmtree(version, ignore_errors=True)


def _place(file: File, made: Path, before: Path | None) -> None:
    """Put a file into a version: the one of another version, or written anew. Never into a file that both share."""
    _remove(made / file.name)
    for name, content in file.variants().items():
        if before is None:
            _write(made / name, content)
        else:
            os.link(before / name, made / name)


def _remove(path: Path) -> None:
    for name in (path.name, f"{path.name}.gz", f"{path.name}.br"):
        path.with_name(name).unlink(missing_ok=True)


def _tend_static(made: Path, before: Path, wanted: set[str]) -> None:
    """Keep the style sheets of old pages for a month."""
    for file in (before / STATIC).glob("*"):
        target = made / STATIC / file.name
        if not target.exists() and _young(file):
            os.link(file, target)
    for file in (made / STATIC).glob("*"):
        if f"{STATIC}/{file.name}" not in wanted and not _young(file):
            file.unlink()


def _young(file: Path) -> bool:
    return file.stat().st_mtime > time.time() - STATIC_SECONDS


def _folder(path: Path) -> None:
    """A folder that a web server, as another user, can read."""
    if not path.is_dir():
        _folder(path.parent)
        path.mkdir(exist_ok=True)
        path.chmod(0o755)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), 0o644)
        file.flush()
        os.fsync(file.fileno())  # a swap that survives a power cut must not lead to empty files


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Alone in this folder, as long as the block runs."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
