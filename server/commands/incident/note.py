"""`muster incident note`."""

import click

from server.remote import when
from server.remote.api import Api
from server.remote.documents import NOTE
from server.remote.options import changing
from server.remote.output import Output
from server.remote.references import incident
from server.remote.texts import read_text
from server.remote.words import ENTRY_KINDS


@click.command("note")
@changing
@incident
@click.argument("text", required=False)
@click.option("--kind", type=click.Choice(ENTRY_KINDS, case_sensitive=False), default="NOTE", show_default=True)
@click.option("--pin", is_flag=True, help="Mark it as important.")
@click.option("--at", "at_", metavar="TIME", help="When it happened, if not now: 2026-11-24T03:59Z, or 30m ago as 30m.")
def command(out: Output, api: Api, incident: str, text: str | None, kind: str, at_: str | None, *, pin: bool) -> None:
    """Write a line on an incident's timeline.

    TEXT is Markdown; `-` reads it from standard input. Without it, at a terminal, an editor opens.
    """
    said = read_text(out, text, "text")
    occurred = when.moment(at_, "at") if at_ else None
    payload = api.change(NOTE, incident=incident, kind=kind, text=said, occurredAt=occurred, pinned=pin)
    event = payload["event"]
    out.done(f"Written on {event['incident']['reference']} as number {event['number']}.", payload)
