"""What tickets say of an incident or an action item, whoever keeps them."""

from integrations.ports import Item, Matter

HIDDEN, HIDDEN_ITEM = "Private incident", "Private action item"
"""Stand for the title of an incident whose title is nobody's business where the ticket is, and of what it taught."""


def heading(matter: Matter | Item, *, private_titles: bool, limit: int) -> str:
    """`[INC-7] Checkout is down` in one line of at most `limit` characters; of an action item its title alone.

    The title of a private incident is left out, unless `private_titles`: more people read a ticket than the incident.
    """
    hidden = HIDDEN if isinstance(matter, Matter) else HIDDEN_ITEM
    title = matter.title if private_titles or not matter.private else hidden
    before = f"[{matter.reference}] " if isinstance(matter, Matter) else ""
    drill = "Drill: " if matter.drill else ""
    line = " ".join(f"{before}{drill}{title}".split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def opening(matter: Matter | Item) -> tuple[str, str]:
    """The words before the link to it, which end the sentence, and those of the link."""
    if isinstance(matter, Item):
        of = f" of {matter.incident}" if matter.incident else ""
        return f"This action item{of} is kept in Muster: ", matter.incident or matter.reference
    kind = "This drill" if matter.drill else "This incident"
    return f"{kind} is worked on in Muster: ", matter.reference


def details(matter: Matter | Item) -> list[tuple[str, str]]:
    """What else is told of it, each as a name and a value."""
    if isinstance(matter, Matter):
        return [("Severity when the ticket was opened", matter.severity)] if matter.severity else []
    due = [("Due on", matter.due_on.isoformat())] if matter.due_on else []
    if matter.private:
        return due
    return [("Owner", matter.owner), *due, ("Priority, 1 is the most urgent of 5", str(matter.priority))]


def named(listed: str) -> list[str]:
    """The labels in a list that is separated by commas, each once, in their order."""
    return list(dict.fromkeys(label for part in listed.split(",") if (label := part.strip())))
