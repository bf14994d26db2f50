"""What tickets say of an incident, whoever keeps them."""

from integrations.ports import Matter

HIDDEN = "Private incident"
"""Stands for the title of an incident whose title is nobody's business where the ticket is."""


def heading(matter: Matter, *, private_titles: bool, limit: int) -> str:
    """`[INC-7] Checkout is down` in one line of at most `limit` characters.

    The title of a private incident is left out, unless `private_titles`: more people read a ticket than the incident.
    """
    title = matter.title if private_titles or not matter.private else HIDDEN
    drill = "Drill: " if matter.drill else ""
    line = " ".join(f"[{matter.reference}] {drill}{title}".split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def named(listed: str) -> list[str]:
    """The labels in a list that is separated by commas, each once, in their order."""
    return list(dict.fromkeys(label for part in listed.split(",") if (label := part.strip())))
