"""`muster incident list`."""

import itertools
from collections.abc import Sequence
from typing import Any

import click

from server.remote import when
from server.remote.api import Api
from server.remote.documents import INCIDENTS
from server.remote.failures import FaultyError
from server.remote.filters import read_filters
from server.remote.options import reading
from server.remote.output import Output, severity
from server.remote.words import ORDERS

LIMIT = 25
ROOMY = 100
"""Columns of a terminal from which on there is room for the commander."""
COLUMNS = ("Incident", "Severity", "Stage", "Commander", "Since", "Title")


@click.command("list")
@reading
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Only those: stages, severities, services, kinds, visibility, commander, labels.NAME, text, declaredAfter,"
    " declaredBefore, open. Repeatable; lists are parted by commas.",
)
@click.option("--open/--ended", "is_open", default=None, help="Only those that are open, or that are not.")
@click.option("--order", type=click.Choice(ORDERS, case_sensitive=False), default="NEWEST", show_default=True)
@click.option("--limit", type=click.IntRange(min=1), help=f"How many at most. Default: {LIMIT}.")
@click.option("--all", "everything", is_flag=True, help="All of them, page by page.")
@click.option("--after", metavar="CURSOR", help="Go on after this cursor of an answer with --json.")
def command(
    out: Output,
    api: Api,
    filters: Sequence[str],
    is_open: bool | None,
    order: str,
    limit: int | None,
    after: str | None,
    *,
    everything: bool,
) -> None:
    """List incidents, the newest first."""
    if everything and limit is not None:
        raise FaultyError("--all and --limit exclude each other.", code="USAGE", field="limit")
    wanted = read_filters(api, filters)
    if is_open is not None:
        wanted["open"] = is_open
    most = None if everything else limit or LIMIT
    pages = api.pages(INCIDENTS, "incidents", limit=most, after=after, filter=wanted, orderBy=order)
    if out.terminal or out.as_json:
        _whole(out, list(pages))
    else:
        out.table(COLUMNS, map(_row, itertools.chain.from_iterable(nodes for nodes, _ in pages)))


def _whole(out: Output, pages: list[tuple[list[dict[str, Any]], str | None]]) -> None:
    found = [each for nodes, _ in pages for each in nodes]
    more = pages[-1][1] if pages else None
    if out.as_json:
        out.json({"incidents": found, "cursor": more})
    elif not found:
        out.say("No incident is like that.", style="dim")
    else:
        rows = list(map(_shown, found))
        narrow = out.console.width < ROOMY
        for row in rows:
            del row[3 : 4 if narrow else 3]
        columns = [name for name in COLUMNS if not (narrow and name == "Commander")]
        out.table(columns, rows, wide=("Title", "Commander"))
        if more:
            out.say("There are more: --all, or --limit.", style="dim")


def _shown(each: dict[str, Any]) -> list[Any]:
    row = _row(each)
    since = each["declaredAt"] or each["detectedAt"]
    marks = [word.lower() for word in (each["kind"], each["visibility"]) if word in ("DRILL", "BACKFILLED", "PRIVATE")]
    title = each["title"] + (f" ({', '.join(marks)})" if marks else "")
    return [row[0], severity(each["severity"]), *row[2:4], when.relative(since), title]


def _row(each: dict[str, Any]) -> list[Any]:
    commander = each["commander"] or {}
    name = (each["severity"] or {}).get("name")
    since = each["declaredAt"] or each["detectedAt"]
    return [each["reference"], name, each["stage"], commander.get("name"), since, each["title"]]
