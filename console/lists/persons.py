"""A person as somebody writes them in a field: “me”, a name, an address, or an id."""

from console.desk import Desk
from core.errors import DomainError, invalid
from core.ids import decode_as, encode
from resolvers import people

ME = "me"
MOST_NAMED = 5
"""How many people are named who might be meant."""
SHOWN = 100
"""Characters of what was written that a refusal repeats."""


async def person_of(desk: Desk, written: str, field: str) -> str:
    """The id of whoever is meant. INVALID_INPUT if it is nobody, or may be several. An id is handed on as it is."""
    if written.lower() == ME and desk.actor.id is not None:
        return encode("User", desk.actor.id)
    found = await people.users(desk.ctx, text=written)
    exact = [user for user in found if written.lower() in (user.name.lower(), user.email.lower())]
    chosen = exact or found
    if len(chosen) == 1:
        return encode("User", chosen[0].id)
    if not chosen:
        try:
            decode_as("User", written)
        except DomainError:
            hint = "Write a name or an address of a colleague."
            raise invalid(field, f"Nobody here is called “{written[:SHOWN]}”.", hint) from None
        return written
    names = ", ".join(user.name for user in chosen[:MOST_NAMED])
    raise invalid(field, f"Several people may be meant: {names}.", "Write the address of one of them.")
