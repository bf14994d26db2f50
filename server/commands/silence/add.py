"""`muster silence add`."""

from collections.abc import Sequence

import click

from server.remote import when
from server.remote.api import Api
from server.remote.documents import ALERT_SOURCES, SAVE_SILENCE, WOULD_SILENCE
from server.remote.failures import FaultyError
from server.remote.options import changing
from server.remote.output import Output
from server.remote.references import offered_services, offered_sources
from server.remote.silences import matchers_of, told


@click.command("add")
@changing
@click.argument("labels", nargs=-1, metavar="[LABEL=TEXT]...")
@click.option("--source", metavar="NAME", shell_complete=offered_sources, help="The monitor that they come from.")
@click.option("--service", metavar="SLUG", shell_complete=offered_services, help="The service that they are about.")
@click.option("--reason", required=True, metavar="TEXT", help="Why, for whoever wonders where the alerts are.")
@click.option("--until", required=True, metavar="TIME", help="When it ends: 2h from now, or 2026-11-24T06:00Z.")
@click.option("--from", "begins", metavar="TIME", help="When it begins, if not now.")
@click.option("--dry-run", is_flag=True, help="Show what it would hold back now, and set nothing.")
def command(
    out: Output,
    api: Api,
    labels: Sequence[str],
    source: str | None,
    service: str | None,
    reason: str,
    until: str,
    begins: str | None,
    *,
    dry_run: bool,
) -> None:
    """Hold back alerts for a while: those that have all of these labels, a source or a service.

    A label is as in routing rules: job=disk, 'job!=disk', 'job=~disk|backup', 'job!~disk|backup'.
    """
    about = {
        "matchers": matchers_of(labels) or None,
        "source": _source(api, source) if source is not None else None,
        "service": service,
    }
    about = {name: value for name, value in about.items() if value is not None}
    ends = when.moment(until, "until", ahead=True)
    starts = when.moment(begins, "from", ahead=True) if begins is not None else None
    held = api.ask(WOULD_SILENCE, **about)["wouldSilence"]
    if dry_run:
        if out.as_json:
            out.json({"alerts": held, "applied": False})
            return
        out.table(("Alert", "Since", "Id"), [(each["title"], when.both(each["startsAt"]), each["id"]) for each in held])
        out.aside(f"It would hold back {_alerts(len(held))} that fire now.")
        return
    payload = api.change(SAVE_SILENCE, **about, reason=reason, endsAt=ends, startsAt=starts)
    found = payload["silence"]
    out.done(f"{found['id']}: {told(found)} until {when.absolute(found['endsAt'])}.", payload)
    if held and starts is None:
        out.aside(f"{_alerts(len(held)).capitalize()} that fire now are held back.")


def _alerts(number: int) -> str:
    return "1 alert" if number == 1 else f"{number} alerts"


def _source(api: Api, name: str) -> str:
    """The id of the source that is called so."""
    sources = [each for each in api.ask(ALERT_SOURCES)["alertSources"] if not each["archived"]]
    for each in sources:
        if name.lower() in (each["name"].lower(), each["id"].lower()):
            return str(each["id"])
    names = ", ".join(each["name"] for each in sources) or "none"
    raise FaultyError(
        f"There is no alert source {name!r}.", code="NOT_FOUND", field="source", hint=f"There are: {names}."
    )
