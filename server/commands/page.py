"""`muster page`."""

from typing import Any

import click

from server.remote.api import Api
from server.remote.documents import PAGE, SERVICES
from server.remote.failures import FaultyError
from server.remote.options import changing
from server.remote.output import Output
from server.remote.people import find_person
from server.remote.references import incident


@click.command()
@changing
@incident
@click.argument("whom", required=False, metavar="[WHOM]")
@click.argument("words", nargs=-1)
@click.option("--schedule", metavar="NAME", help="Instead of WHOM: who is on call by this schedule.")
@click.option("--policy", metavar="NAME", help="Instead of WHOM: by this escalation policy.")
def page(
    out: Output,
    api: Api,
    incident: str,
    whom: str | None,
    words: tuple[str, ...],
    schedule: str | None,
    policy: str | None,
) -> None:
    """Page people, who is on call by a schedule, or a policy, for an incident.

    WHOM is a person (an address, a name, or `me`) or the slug of a service, whose escalation policy pages. WORDS say
    why, for the timeline.
    """
    said = [text for text in (whom, *words) if text]
    if schedule is not None or policy is not None:
        if schedule is not None and policy is not None:
            raise FaultyError("Name a schedule or a policy, not both.", code="USAGE", field="policy")
        given: dict[str, Any] = {"schedules": [schedule]} if schedule is not None else {"policy": policy}
    elif whom is None:
        raise FaultyError("Say whom to page.", code="USAGE", field="whom", hint="A person, or a service.")
    else:
        given, said = _named(api, whom), said[1:]
    payload = api.change(PAGE, incident=incident, reason=" ".join(said) or None, **given)
    found = payload["incident"]
    by_policy = "policy" in given or "service" in given
    last = [each for each in found["paging"] if bool(each["policy"]) == by_policy][-1]
    people = ", ".join(each["user"]["name"] for each in last["pages"])
    by = f" by {last['policy']['name']}" if last["policy"] else ""
    out.done(f"{people or 'Nobody yet'} paged for {found['reference']}{by}.", payload)


def _named(api: Api, whom: str) -> dict[str, Any]:
    """A service, if one in use is called so; else a person."""
    if any(each["slug"] == whom.lower() and not each["archived"] for each in api.ask(SERVICES)["services"]):
        return {"service": whom.lower()}
    return {"users": [find_person(api, whom)["id"]]}
