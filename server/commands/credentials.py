"""Where `muster login` keeps tokens: one file of the person's own, by the server that they are for."""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

FILE = "muster/credentials.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """A token, and when it expires (seconds since 1970), if that is known."""

    token: str
    expires_at: float | None = None


def path() -> Path:
    """The file: in XDG_CONFIG_HOME, or ~/.config if that is not set (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / FILE


def read() -> dict[str, Kept]:
    """Tokens by the address of their server, the newest last; none if there is no file.

    A click error for a file that holds no such.
    """
    try:
        return {server: _kept(value) for server, value in json.loads(path().read_text()).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise click.ClickException(f"can't read {path()}: {error}. Delete it and run `muster login`.") from error
    except (AttributeError, TypeError) as error:
        raise click.ClickException(f"{path()} holds something else. Delete it and run `muster login`.") from error


def keep(server: str, kept: Kept) -> None:
    """Keep a token, as the newest."""
    others = {key: value for key, value in read().items() if key != server}
    _write({**others, server: kept})


def forget(server: str) -> None:
    """Keep no token for a server."""
    _write({key: value for key, value in read().items() if key != server})


def _kept(value: Any) -> Kept:
    """A token as it stands in the file: an object, or, as versions before wrote it, a text."""
    found = Kept(value) if isinstance(value, str) else Kept(**value)
    if not isinstance(found.token, str):
        raise TypeError(value)
    return found


def _write(tokens: dict[str, Kept]) -> None:
    """Write the file, readable to this person alone (mode 0600) from the first byte, all of it or as it was before."""
    file = path()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, fresh = tempfile.mkstemp(dir=file.parent, prefix=".credentials-")  # mode 0600
        try:
            with os.fdopen(descriptor, "w") as output:
                json.dump({server: asdict(kept) for server, kept in tokens.items()}, output, indent=2)
            Path(fresh).replace(file)
        except BaseException:
            Path(fresh).unlink()  # it holds tokens, which nobody would look for there
            raise
    except OSError as error:
        raise click.ClickException(f"can't write {file}: {error.strerror}. Set XDG_CONFIG_HOME.") from error
