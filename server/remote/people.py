"""People, as others name them: by address, by name, by id, or `me`."""

from collections.abc import Iterable
from typing import Any

from server.remote.api import Api
from server.remote.documents import PEOPLE, PERSON
from server.remote.failures import FaultyError, RefusedError

Person = dict[str, Any]
MOST_NAMED = 5


def find_person(api: Api, text: str) -> Person:
    """The one person meant: id, name and email. FaultyError for none, for several, and for a part of a name.

    A part of a name is never enough, even if it fits one person only: it would fit another one tomorrow.
    """
    wanted = text.strip()
    if wanted.lower() == "me":
        return _me(api)
    answer = api.ask(PEOPLE, text=wanted if "@" in wanted or " " not in wanted else wanted.split()[0])
    here = [person for person in answer["users"] if not person["archived"]]
    exact = [person for person in here if wanted.lower() in (person["name"].lower(), (person["email"] or "").lower())]
    if len(exact) == 1:
        return dict(exact[0])
    likely = exact or [person for person in here if person["name"].lower().startswith(wanted.lower())] or here
    if not likely:
        return _by_id(api, wanted)
    names = ", ".join(f"{person['name']} <{person['email']}>" for person in likely[:MOST_NAMED])
    hint = "Give the address." if exact else "Give the address, or the whole name."
    raise FaultyError(f"{wanted!r} may be {names}.", code="USAGE", field="user", hint=hint)


def people_at(api: Api, addresses: Iterable[str]) -> list[Person]:
    """Everybody, archived people too, as far as the server lists them at once; and who has one of these addresses.

    The server gives the first 1,000 by name: whoever is named and not among them is asked for.
    """
    found = [dict(person) for person in api.ask(PEOPLE, text=None)["users"]]
    known = {(person["email"] or "").lower() for person in found}
    for address in dict.fromkeys(each.lower() for each in addresses):
        if address not in known and "@" in address:
            here = api.ask(PEOPLE, text=address)["users"]
            found += [dict(person) for person in here if (person["email"] or "").lower() == address]
    return found


def _me(api: Api) -> Person:
    user = api.ask(PEOPLE, text="@")["viewer"]["user"]
    if user is None:
        raise FaultyError(
            "You are signed in as a service account, which is nobody.",
            code="USAGE",
            field="user",
            hint="Name a person.",
        )
    return dict(user)


def _by_id(api: Api, wanted: str) -> Person:
    try:
        person = api.ask(PERSON, id=wanted)["node"]
    except RefusedError:
        person = None
    if person and not person["archived"]:
        return dict(person)
    raise FaultyError(
        f"There is nobody {wanted!r}.", code="NOT_FOUND", field="user", hint="Give an address, a name, or `me`."
    )
