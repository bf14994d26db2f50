"""Where `muster login` keeps tokens: one file of the person's own, by the server that they are for."""

import json
import os
import tempfile
from pathlib import Path

import click

FILE = "muster/credentials.json"


def path() -> Path:
    """The file: in XDG_CONFIG_HOME, or ~/.config if that is not set (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / FILE


def read() -> dict[str, str]:
    """Tokens by the address of their server; none if there is no file. A click error for a file that holds no such."""
    try:
        found = json.loads(path().read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise click.ClickException(f"can't read {path()}: {error}. Delete it and run `muster login`.") from error
    if not isinstance(found, dict) or not all(isinstance(token, str) for token in found.values()):
        raise click.ClickException(f"{path()} holds something else. Delete it and run `muster login`.")
    return found


def write(tokens: dict[str, str]) -> None:
    """Keep tokens, readable to this person alone (mode 0600) from the first byte, all of them or as it was before."""
    file = path()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, fresh = tempfile.mkstemp(dir=file.parent, prefix=".credentials-")  # mode 0600
        with os.fdopen(descriptor, "w") as output:
            json.dump(tokens, output, indent=2)
        Path(fresh).replace(file)
    except OSError as error:
        raise click.ClickException(f"can't write {file}: {error.strerror}. Set XDG_CONFIG_HOME.") from error
