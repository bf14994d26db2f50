"""What customers were told of components: the worst, and for how many minutes which state."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from actions.postmortems.material import Material
from actions.postmortems.sections import Draft
from models.response_times import spoken_duration
from models.update import Update
from models.words import Audience, ComponentStatus, PublicStatus

Spans = dict[int, dict[ComponentStatus, timedelta]]
MINUTE = timedelta(minutes=1)


def told(material: Material) -> Iterator[Draft]:
    """A line on each component that was not well, and one for how long."""
    updates = [u for u in material.updates if u.audience is Audience.PUBLIC and u.withdrawn_at is None]
    worst: dict[int, ComponentStatus] = {}
    for claim in material.claims:
        present = worst.get(claim.component_id, claim.to_status)
        worst[claim.component_id] = max(present, claim.to_status, key=lambda status: status.rank)
    spans = component_spans(material, updates)
    for component, status in worst.items():
        if status is ComponentStatus.OPERATIONAL:
            continue
        name = material.names.of("component", component)
        saying = {c.update_id for c in material.claims if c.component_id == component and c.to_status is status}
        yield Draft("impact", f"Customers were told of {name}: {_words(status)}.", _sources(material, saying))
        lasted = [(each, spans[component][each]) for each in reversed(ComponentStatus) if each in spans[component]]
        spoken = [f"{spoken_duration(span)} of {_words(each)}" for each, span in lasted if span >= MINUTE]
        if spoken:
            about = {c.update_id for c in material.claims if c.component_id == component}
            about |= {u.id for u in updates if u.status is PublicStatus.RESOLVED}
            yield Draft("impact", f"On the status page, {name} had {', '.join(spoken)}.", _sources(material, about))


def component_spans(material: Material, updates: list[Update]) -> Spans:
    """How long each component was in each state, as this incident's updates told it, until they said it was over.

    A state that was never taken back counts until the resolution.
    """
    claims: defaultdict[int, list[tuple[int, ComponentStatus]]] = defaultdict(list)
    for claim in material.claims:
        claims[claim.update_id].append((claim.component_id, claim.to_status))
    spans: defaultdict[int, dict[ComponentStatus, timedelta]] = defaultdict(dict)
    since: dict[int, tuple[ComponentStatus, datetime]] = {}

    def end(component: int, moment: datetime) -> None:
        status, began = since.pop(component)
        if status is not ComponentStatus.OPERATIONAL and moment > began:
            spans[component][status] = spans[component].get(status, timedelta()) + (moment - began)

    for update in sorted(updates, key=lambda u: (u.published_at, u.id)):
        over = update.status is PublicStatus.RESOLVED
        said = dict(claims[update.id])
        for component in list(since) if over else [key for key in said if key in since]:
            end(component, update.published_at)
        if not over:
            since |= {component: (status, update.published_at) for component, status in said.items()}
    for component in list(since):
        end(component, material.incident.resolved_at or since[component][1])
    return spans


def _words(status: ComponentStatus) -> str:
    return status.lower().replace("_", " ")


def _sources(material: Material, updates: set[int]) -> tuple[int, ...]:
    found = material.of_kind("update.published")
    return tuple(sorted(event.id for event in found if event.data.get("update_id") in updates))
