"""Longer texts: as an argument, from a pipe, or from an editor."""

import sys

import click

from server.remote.failures import FaultyError
from server.remote.output import Output


def read_text(out: Output, given: str | None, field: str) -> str:
    """The text: as given, from standard input for `-` or if that is no terminal, else from an editor.

    FaultyError if there is none.
    """
    text = given
    if given == "-" or (given is None and not out.asks and not sys.stdin.isatty()):
        text = sys.stdin.read()
    elif given is None and out.asks:
        text = click.edit("", extension=".md")
    if text is None or not text.strip():
        raise FaultyError(
            "There is no text.", code="USAGE", field=field, hint="Give it as an argument, or `-` and pipe it."
        )
    return text.strip()
