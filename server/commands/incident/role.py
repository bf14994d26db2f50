"""`muster incident role`."""

import click

from server.remote.api import Api
from server.remote.documents import ASSIGN, RELINQUISH
from server.remote.failures import FaultyError
from server.remote.options import changing
from server.remote.output import Output
from server.remote.people import find_person
from server.remote.references import incident


@click.command("role")
@changing
@incident
@click.argument("role")
@click.argument("person", required=False)
@click.option("--clear", is_flag=True, help="Nobody holds it from now on.")
def command(out: Output, api: Api, incident: str, role: str, person: str | None, *, clear: bool) -> None:
    """Give a role on an incident to somebody, or give it back.

    ROLE is its key, such as commander, technical_lead, communications_lead or scribe. PERSON is an address, a name, or
    `me`.
    """
    if clear == bool(person):
        raise FaultyError("Name a person, or say --clear.", code="USAGE", field="person")
    if person is None:
        payload = api.change(RELINQUISH, incident=incident, role=role)
        out.done(f"Nobody is {role} of {payload['incident']['reference']} now.", payload)
        return
    found = find_person(api, person)
    payload = api.change(ASSIGN, incident=incident, role=role, user=found["id"])
    out.done(f"{found['name']} is {role} of {payload['incident']['reference']}.", payload)
