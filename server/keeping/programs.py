"""The programs that come with PostgreSQL: pg_basebackup, pg_waldump, pg_dump, pg_restore."""

import subprocess

from core.binaries import EmbeddedError, binaries
from server.startup import StartError

MOST = 3
"""Lines of what went wrong that are told."""


def run(program: str, *arguments: object) -> str:
    """Run a program of the wheel to its end; what it printed. StartError with what it complained of."""
    try:
        command = [str(binaries() / program), *map(str, arguments)]
    except EmbeddedError as error:
        raise StartError(str(error)) from error
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")  # noqa: S603 (our own)
    except OSError as error:
        raise StartError(f"can't run {program}: {error.strerror}") from error
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise StartError("; ".join(lines[:MOST]) or f"{program} ended with {done.returncode}")
    return done.stdout
