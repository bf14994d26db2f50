"""What a postmortem still needs before it can be published: of whom something is asked, what waits, what is empty.

Sorted by lateness, as on an incident's page (looks/README, `.needs`). Every line leads to where it is done.
"""

from console.incident.needs import ORDER, Need
from console.postmortem_desk.folio import Folio
from console.postmortem_desk.leaf import Leaf
from console.times import Times

NAMED = 3
"""Sections that are called by name; of more it is said how many there are."""


def owed(folio: Folio, t: Times) -> list[Need]:
    """All of it, the most urgent first; nothing once it is published."""
    if folio.published:
        return []
    found = [*_due(folio, t), *_reviews(folio), *_waiting(folio), *_empty(folio), *_lessons(folio)]
    return sorted(found, key=lambda need: ORDER.index(need.state))


def _due(folio: Folio, t: Times) -> list[Need]:
    due = folio.postmortem.due_at
    if due is None or due > t.now:
        return []
    words = "See what is missing" if "publishPostmortem" in folio.can else None
    return [Need("major", "late", "Overdue.", f"It was due {t.day(due).striptags()}.", words, "#review")]


def _reviews(folio: Folio) -> list[Need]:
    found = []
    for each in folio.reviewers:
        if each.objects:
            text = "It can't be published before they approve it."
            found.append(Need("degraded", "decision", f"{each.name} asks for changes.", text, "Read why", "#review"))
        elif each.mine and each.waiting and "reviewPostmortem" in folio.can:
            text = "Say whether it may be published as it is."
            found.append(Need("degraded", "person", "You are asked to review it.", text, "Review", "#review"))
    return found


def _waiting(folio: Folio) -> list[Need]:
    found = []
    suggested = [leaf for leaf in folio.leaves if leaf.open_wordings]
    if suggested:
        number = sum(len(leaf.open_wordings) for leaf in suggested)
        title = "A wording is suggested." if number == 1 else f"{number} wordings are suggested."
        found.append(Need("maintenance", "decision", title, _where(suggested), "Decide", _at(suggested[0])))
    remarked = [leaf for leaf in folio.leaves if leaf.open_remarks]
    if remarked:
        number = sum(len(leaf.open_remarks) for leaf in remarked)
        title = "A comment is open." if number == 1 else f"{number} comments are open."
        found.append(Need("maintenance", "person", title, _where(remarked), "Read", _at(remarked[0])))
    return found


def _empty(folio: Folio) -> list[Need]:
    """Sections in which nothing stands but questions."""
    answered = {"action_items"} if folio.items else set()
    asking = [leaf for leaf in folio.leaves if leaf.questions and not leaf.said and leaf.key not in answered]
    if not asking:
        return []
    title = "One section only asks." if len(asking) == 1 else f"{len(asking)} sections only ask."
    may = "editPostmortem" in folio.can
    return [Need("maintenance", "clock", title, _where(asking), "Answer" if may else None, _at(asking[0]))]


def _lessons(folio: Folio) -> list[Need]:
    if folio.items:
        return []
    text = "What is done so that it does not come back, and by which team?"
    may = "addActionItem" in folio.can
    return [Need("maintenance", "clock", "No action items.", text, "Add one" if may else None, "#s-action_items")]


def _where(leaves: list[Leaf]) -> str:
    names = [leaf.row.title for leaf in leaves]
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more." if more > 0 else ".")


def _at(leaf: Leaf) -> str:
    return f"#s-{leaf.key}"
