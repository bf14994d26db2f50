"""People, as others name them: by address, by name, by id, or `me`."""

from typing import Any

from server.remote.api import Api
from server.remote.documents import PEOPLE
from server.remote.failures import FaultyError

Person = dict[str, Any]


def find_person(api: Api, text: str) -> Person:
    """The one person meant: id, name and email. FaultyError for none, and for several."""
    wanted = text.strip()
    if wanted.lower() == "me":
        return _me(api)
    answer = api.ask(PEOPLE, text=wanted if "@" in wanted or " " not in wanted else wanted.split()[0])
    here = [person for person in answer["users"] if not person["archived"]]
    exact = [person for person in here if wanted.lower() in (person["name"].lower(), (person["email"] or "").lower())]
    found = exact or [person for person in here if person["name"].lower().startswith(wanted.lower())] or here
    if len(found) == 1:
        return dict(found[0])
    if not found:
        return _by_id(api, wanted)
    names = ", ".join(f"{person['name']} <{person['email']}>" for person in found[:5])
    raise FaultyError(f"{wanted!r} may be {names}.", code="USAGE", field="user", hint="Give the address.")


def everybody(api: Api) -> list[Person]:
    """Everybody, archived people too; the first 1,000 by name."""
    return [dict(person) for person in api.ask(PEOPLE, text=None)["users"]]


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
    for person in everybody(api):
        if person["id"] == wanted:
            return person
    raise FaultyError(
        f"There is nobody {wanted!r}.", code="NOT_FOUND", field="user", hint="Give an address, a name, or `me`."
    )
