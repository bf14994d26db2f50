"""`muster incident stage`."""

import click

from server.remote import when
from server.remote.api import Api
from server.remote.documents import ACKNOWLEDGE, CANCEL, CHANGE_STAGE, DECLINE, REOPEN
from server.remote.failures import FaultyError
from server.remote.options import changing
from server.remote.output import Output
from server.remote.references import incident
from server.remote.words import STAGES

ENDS = {"DECLINED": DECLINE, "CANCELLED": CANCEL}
TARGETS = [stage for stage in STAGES if stage not in ("DETECTION", "MERGED")]


@click.command("stage")
@changing
@incident
@click.argument("stage", type=click.Choice(TARGETS, case_sensitive=False))
@click.option("--note", help="What was done, for the timeline.")
@click.option("--reason", help="Why: to decline, to cancel, or, with RESPONSE, to reopen.")
@click.option(
    "--at", "at_", metavar="TIME", help="When it was reached, if not now: 2026-11-24T03:59Z, or 30m ago as 30m."
)
def command(
    out: Output, api: Api, incident: str, stage: str, note: str | None, reason: str | None, at_: str | None
) -> None:
    """Take an incident to another stage.

    TRIAGE acknowledges it; DECLINED and CANCELLED need --reason; RESPONSE with --reason reopens it.
    """
    if stage in ENDS and not reason:
        reason = out.ask("Why?") if out.asks else None
        if not reason:
            raise FaultyError(f"{stage} needs a reason.", code="USAGE", field="reason", hint="Give --reason.")
    if reason and stage not in (*ENDS, "RESPONSE"):
        raise FaultyError(f"{stage} takes no reason.", code="USAGE", field="reason", hint="Give --note.")
    if (note or at_) and (reason or stage == "TRIAGE"):
        raise FaultyError("This takes neither --note nor --at.", code="USAGE", field="note")
    if stage == "TRIAGE":
        payload = api.change(ACKNOWLEDGE, incident=incident)
    elif reason:
        payload = api.change(ENDS.get(stage, REOPEN), incident=incident, reason=reason)
    else:
        occurred = when.moment(at_, "at") if at_ else None
        payload = api.change(CHANGE_STAGE, incident=incident, stage=stage, note=note, occurredAt=occurred)
    found = payload["incident"]
    out.done(f"{found['reference']} is in {found['stage']}: {found['title']}", payload)
