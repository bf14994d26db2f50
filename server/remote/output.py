"""What a command says: tables and colours on a terminal, fields parted by tabs elsewhere, JSON if that is asked for."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from server.remote.plain import in_one_cell, printable

STYLES = {
    "DETECTION": "yellow",
    "TRIAGE": "yellow",
    "RESPONSE": "bold red",
    "MITIGATION": "bold magenta",
    "RESOLUTION": "green",
    "PRIVATE": "bold",
    "DRILL": "cyan",
}
"""Colours of words that are their own."""
RANKS = {1: "bold red", 2: "yellow"}
"""Colours of severities; the others have none."""


class Output:
    """Where the answer of a command goes."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.terminal = sys.stdout.isatty() and not as_json
        self.asks = self.terminal and sys.stdin.isatty()
        """Whether somebody is there to be asked."""
        self.console = Console(highlight=False, markup=False, emoji=False, soft_wrap=False)

    def json(self, value: Any) -> None:
        """A value for scripts, on one line."""
        click.echo(json.dumps(value, ensure_ascii=False))

    def done(self, sentence: str, value: Any) -> None:
        """What was done: a sentence, or with --json the value."""
        if self.as_json:
            self.json(value)
        else:
            click.echo(printable(sentence))

    def say(self, text: str = "", *, style: str = "") -> None:
        """A line for people."""
        if self.terminal:
            self.console.print(Text(printable(text), style=style), soft_wrap=True)
        else:
            click.echo(printable(text))

    def aside(self, text: str) -> None:
        """A line for people that is no part of the answer: on standard error, and not with --json."""
        if not self.as_json:
            click.echo(printable(text), err=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, wide: Sequence[str] = ()) -> None:
        """Rows under their columns; on a terminal those named in `wide` give way first when it is narrow."""
        if not self.terminal:
            for row in rows:
                click.echo("\t".join(in_one_cell(value) for value in row))
            return
        table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
        for name in columns:
            gives_way = name in wide
            table.add_column(name, no_wrap=not gives_way, overflow="fold" if gives_way else "ellipsis")
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        self.console.print(table)

    def fields(self, pairs: Iterable[tuple[str, Any]]) -> None:
        """Names and values, one a line; those without a value are left out."""
        told = [(name, value) for name, value in pairs if value not in (None, "", [])]
        if not self.terminal:
            for name, value in told:
                click.echo(f"{name}\t{in_one_cell(value)}")
            return
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in told:
            table.add_row(name, _cell(value))
        self.console.print(table)

    def ask(self, question: str, default: str | None = None) -> str:
        """What somebody at the terminal answers. Only if `asks`."""
        found: str = click.prompt(printable(question), default=default, prompt_suffix=" ", err=True)
        return found


def _cell(value: Any) -> Text:
    if isinstance(value, Text):
        return value
    text = printable("" if value is None else str(value))
    return Text(text, style=STYLES.get(text, ""))


def severity(value: dict[str, Any] | None) -> Text:
    """The name of a severity in its colour."""
    return Text("", "") if value is None else Text(printable(value["name"]), RANKS.get(value["rank"], ""))
