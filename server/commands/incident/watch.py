"""`muster incident watch`."""

from collections.abc import Sequence
from typing import Any

import click
from rich.status import Status
from rich.text import Text

from server.commands.incident.show import deed, known
from server.remote import when
from server.remote.api import Api
from server.remote.documents import FEED, TIMELINE
from server.remote.failures import FaultyError
from server.remote.options import reading
from server.remote.output import Output
from server.remote.plain import in_one_cell, printable
from server.remote.references import incident
from server.remote.watching import Feed
from server.remote.words import STAGES

LAST = 5
INTERRUPTED = 130
"""The exit code after Ctrl-C: 128 and the number of SIGINT, as shells have it."""


@click.command("watch")
@reading
@incident
@click.option("--after", metavar="CURSOR", help="Begin after this event, as --json prints it. Default: now.")
@click.option(
    "--events", type=click.IntRange(0, 100), help=f"How much of the timeline's end to show first. Default: {LAST}."
)
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only such events, as entry.added. Repeatable.")
@click.option("--until", type=click.Choice(STAGES, case_sensitive=False), help="End when it reaches this stage.")
@click.option(
    "--patience",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Give up (exit code 4) after so long without a connection. Default: never, once it began.",
)
def command(
    out: Output,
    api: Api,
    incident: str,
    after: str | None,
    events: int | None,
    kinds: Sequence[str],
    until: str | None,
    patience: float | None,
) -> None:
    """Follow what happens on an incident, and go on after a lost connection.

    Nothing is missed and nothing is told twice. With --json each event is one line; its cursor is good for --after.
    """
    if after is not None and events is not None:
        raise FaultyError("--after and --events exclude each other.", code="USAGE", field="after")
    before = LAST if events is None else events
    answer = api.ask(TIMELINE, ref=incident, events=max(1, before))
    found = known(answer["incident"], incident)
    shown = Shown(out)
    if after is None:
        past = [event for event in found["timeline"]["nodes"] if not kinds or event["kind"] in kinds]
        for event in past[-before:] if before else []:
            shown.event(event)
    if until is not None and found["stage"] == until and after is None:
        return
    wanted = {"incident": found["reference"], "kinds": _kinds(kinds, until)}
    feed = Feed(api, FEED, wanted, after or answer["cursor"], patience, shown.lost, shown.again)
    try:
        with shown.live(f"{found['reference']} {found['title']}"):
            _follow(feed, shown, kinds, until)
    except KeyboardInterrupt as error:
        out.aside(f"Go on later with --after {feed.after}")
        raise click.exceptions.Exit(INTERRUPTED) from error


def _follow(feed: Feed, shown: "Shown", kinds: Sequence[str], until: str | None) -> None:
    for message in feed.messages():
        event = message["event"]
        if event is None:
            continue
        if not kinds or event["kind"] in kinds:
            shown.event(event)
        if until is not None and reached(event) == until:
            return


def reached(event: dict[str, Any]) -> str | None:
    """The stage that an event brings its incident to; None if it brings it to none."""
    return ENTERED.get(event["kind"]) or (
        event["data"].get("to_stage") if event["kind"] == "incident.stage_changed" else None
    )


ENTERED = {
    "incident.acknowledged": "TRIAGE",
    "incident.declared": "RESPONSE",
    "incident.reopened": "RESPONSE",
    "incident.declined": "DECLINED",
    "incident.cancelled": "CANCELLED",
    "incident.merged": "MERGED",
}


def _kinds(kinds: Sequence[str], until: str | None) -> list[str] | None:
    """What to ask for: the kinds that are shown, and those that tell when to end."""
    if not kinds:
        return None
    return sorted({*kinds, *(["incident.stage_changed", *ENTERED] if until else [])})


class Shown:
    """Events as they come, on a terminal above a line that says how the connection is."""

    def __init__(self, out: Output) -> None:
        self.out = out
        self.status: Status | None = None
        self.name = ""

    def live(self, name: str) -> "Shown":
        """For a `with`: the line is there meanwhile."""
        self.name = printable(name)
        if self.out.terminal:
            self.status = self.out.console.status(Text(f"Watching {self.name}", "dim"), spinner="dots")
        return self

    def __enter__(self) -> None:
        if self.status:
            self.status.start()

    def __exit__(self, *_: object) -> None:
        if self.status:
            self.status.stop()

    def event(self, event: dict[str, Any]) -> None:
        """Show one."""
        if self.out.as_json:
            self.out.json(event)
            return
        at, who, text = when.absolute(event["occurredAt"], seconds=True), event["actor"]["name"], event["text"]
        if not self.out.terminal:
            click.echo("\t".join((event["occurredAt"], event["kind"], in_one_cell(who), in_one_cell(text))))
            return
        line = Text(f"{at}  ", "dim")
        line.append(printable(who), "bold")
        line.append(f"  {printable(deed(event))}", "bold yellow" if event["pinned"] else "")
        self.out.console.print(line)

    def lost(self, reason: str, pause: float) -> None:
        """Say that the connection is lost."""
        text = f"Connection lost ({printable(reason)}); trying again in {pause:g} s"
        if self.status:
            self.status.update(Text(text, "yellow"))
        else:
            self.out.aside(text)

    def again(self) -> None:
        """Say that there is one again."""
        if self.status:
            self.status.update(Text(f"Watching {self.name}", "dim"))
        else:
            self.out.aside("Connected again.")
