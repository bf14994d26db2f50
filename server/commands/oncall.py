"""`muster oncall`."""

from typing import Any

import click

from server.remote import when
from server.remote.api import Api
from server.remote.documents import ON_CALL
from server.remote.options import reading
from server.remote.output import Output


@click.command()
@reading
@click.option(
    "--service", metavar="NAME", help="Of pagers, only who is on call for this service of theirs, or for all."
)
def oncall(out: Output, api: Api, service: str | None) -> None:
    """Show who is on call, by our own schedules and as the connected pagers say."""
    told = api.ask(ON_CALL)
    own = told["onCall"]
    pagers = [each for each in told["integrations"] if each["onCall"] and not each["archived"]]
    for pager in pagers:
        people = pager["onCall"]["people"]
        pager["onCall"]["people"] = [each for each in people if _serves(each, service)]
        pager.pop("archived")
    if out.as_json:
        out.json({"schedules": own, "pagers": pagers})
        return
    rows = [_shift(each) for each in own]
    rows += [_row(pager, person) for pager in pagers for person in pager["onCall"]["people"]]
    for pager in pagers:
        if pager["onCall"]["error"]:
            out.aside(f"{pager['name']} does not answer: {pager['onCall']['error']}")
    if rows:
        out.table(("Person", "On call for", "Until", "Pager"), rows, wide=("Person", "On call for"))
    elif not pagers:
        out.aside("Nobody is on call by a schedule, and no pager is connected, or none was asked yet:")
        out.aside("docs/guides/on-call.md, docs/guides/integrations.md")
    else:
        out.aside("Nobody is on call.")


def _serves(person: dict[str, Any], service: str | None) -> bool:
    return service is None or person["service"] is None or person["service"].lower() == service.lower()


def _shift(shift: dict[str, Any]) -> list[Any]:
    user = shift["user"]
    return [f"{user['name']} <{user['email']}>", shift["schedule"]["name"], when.absolute(shift["endsAt"]), "Muster"]


def _row(pager: dict[str, Any], person: dict[str, Any]) -> list[Any]:
    name = (person["user"] or person)["name"]
    email = person["email"] or (person["user"] or {}).get("email")
    what = f"{person['rota']} ({person['service']})" if person["service"] else person["rota"]
    return [f"{name} <{email}>" if email else name, what, when.absolute(person["until"]), pager["name"]]
