"""What turned out well though nothing was there to see to it."""

from collections.abc import Iterator

from actions.postmortems.material import Material
from actions.postmortems.paged import pages_of
from actions.postmortems.sections import Draft
from actions.postmortems.story import stamp
from models.words import ActorKind, IncidentKind

KEY = "where_we_were_lucky"


def where_we_were_lucky(material: Material) -> Iterator[Draft]:
    """A person noticed it where no alert did; somebody took it whom no page had reached; nobody was asked to lead."""
    if material.incident.kind is not IncidentKind.REAL:
        return
    begun = (material.own("incident.reported") or material.own("incident.declared"))[:1]
    for event in begun:
        before = [alert for alert in material.alerts if alert.starts_at <= event.occurred_at]
        if event.actor_kind is ActorKind.USER and not before:
            text = "A person noticed it before any alert did: nothing would have told us otherwise."
            yield Draft(KEY, text, (event.id,))
    missed = [page for page in pages_of(material) if page.answer is None]
    taken = material.own("incident.acknowledged", "incident.declared")[:1]
    if missed and taken:
        sources = {taken[0].id, *(key for page in missed for key in page.sources)}
        text = f"It was taken at {stamp(taken[0].occurred_at)} although nobody answered a page."
        yield Draft(KEY, text, tuple(sorted(sources)))
