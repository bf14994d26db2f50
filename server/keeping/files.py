"""The files of a base backup, compared with PostgreSQL's own list of them, and the log that they need, read.

pg_verifybackup does the same; that of the wheel crashes at once. The list is documented:
https://www.postgresql.org/docs/current/backup-manifest-format.html
"""

import hashlib
from pathlib import Path
from typing import Any

import orjson

from server.keeping.manifest import digest
from server.keeping.programs import run
from server.startup import StartError

LIST = "backup_manifest"
LOG = "pg_wal"
LAST = b'"Manifest-Checksum"'
UNLISTED = ("postgresql.auto.conf", "standby.signal", "recovery.signal", LIST)
"""What pg_verifybackup does not look at, either."""


def verify_files(data: Path) -> None:
    """Compare every file with its checksum, and read the log. StartError names the first that is wrong."""
    said = _read(data / LIST)
    listed = {_name(each): each for each in said["Files"]}
    for name, each in listed.items():
        file = data / name
        if not file.is_file():
            raise StartError(f"the backup is damaged: {file} is missing")
        if file.stat().st_size != each["Size"] or digest(file) != each["Checksum"]:
            raise StartError(f"the backup is damaged: {file} is not as it was written")
    there = {str(file.relative_to(data)) for file in data.rglob("*") if file.is_file()}
    strange = sorted(name for name in there - set(listed) - set(UNLISTED) if not name.startswith(f"{LOG}/"))
    if strange:
        raise StartError(f"the backup is damaged: {data / strange[0]} is none of its files")
    for part in said["WAL-Ranges"]:
        ends = (f"--start={part['Start-LSN']}", f"--end={part['End-LSN']}")
        try:
            run("pg_waldump", "--quiet", f"--path={data / LOG}", f"--timeline={part['Timeline']}", *ends)
        except StartError as error:
            raise StartError(f"the backup is damaged: its log in {data / LOG} can't be read: {error}") from error


def _read(file: Path) -> Any:
    """The list. Its last line holds a checksum of all before it."""
    try:
        content = file.read_bytes()
        said = orjson.loads(content)
        whole = hashlib.sha256(content[: content.rindex(LAST)]).hexdigest() == said["Manifest-Checksum"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StartError(f"the backup is damaged: {file} can't be read ({error})") from error
    if not whole:
        raise StartError(f"the backup is damaged: {file} is not as it was written")
    return said


def _name(each: dict[str, Any]) -> str:
    """Paths that are no UTF-8 are in hexadecimal."""
    return str(each["Path"]) if "Path" in each else bytes.fromhex(each["Encoded-Path"]).decode(errors="surrogateescape")
