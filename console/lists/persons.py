"""A person as somebody writes them in a field: “me”, a name, an address, or an id."""

from console.desk import Desk
from core.errors import invalid
from core.ids import encode
from resolvers import people

ME = "me"
MOST_NAMED = 5
"""How many people are named who might be meant."""


async def person_of(desk: Desk, written: str, field: str) -> str:
    """The id of whoever is meant. INVALID_INPUT if it may be several.

    What fits nobody is handed on as it is: it is an id, or the API says that it is none.
    """
    if written.lower() == ME and desk.actor.id is not None:
        return encode("User", desk.actor.id)
    found = await people.users(desk.ctx, text=written)
    exact = [user for user in found if written.lower() in (user.name.lower(), user.email.lower())]
    chosen = exact or found
    if len(chosen) == 1:
        return encode("User", chosen[0].id)
    if not chosen:
        return written
    names = ", ".join(user.name for user in chosen[:MOST_NAMED])
    raise invalid(field, f"Several people may be meant: {names}.", "Write the address of one of them.")
