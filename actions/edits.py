"""Editing what an incident is called and what it touches."""

from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.find import find_services
from actions.opening import add_services, service_ids
from actions.record import record
from actions.transitions import refuse_merged
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.changes import note
from core.errors import invalid
from core.journal import journal_of
from core.unset import UNSET, Unset
from models.facts.incident import IncidentEdited
from models.incident import Incident, IncidentService


async def edit_incident(
    session: AsyncSession,
    actor: Actor,
    *,
    incident: str,
    title: str | Unset | None = UNSET,
    public_title: str | Unset | None = UNSET,
    summary: str | Unset | None = UNSET,
    services: list[str] | Unset | None = UNSET,
    labels: dict[str, Any] | Unset | None = UNSET,
    expected_version: int | None = None,
) -> Incident:
    """Change what is given: UNSET leaves a field as it is, null clears it, lists and labels replace.

    The title can't be cleared. One event says what changed, with the values before and after (services by key). An
    edit that changes nothing raises no version and makes no event. VERSION_CONFLICT, CONFLICT on a merged incident.
    """
    require(actor, Permission.READ)
    if title is None:
        raise invalid("title", "An incident can't be without a title.", "Send another title, or leave it out.")
    wanted: dict[str, Any] = {}
    for field, value, limit in (
        ("title", title, check.TITLE),
        ("public_title", public_title, check.TITLE),
        ("summary", summary, check.BODY),
    ):
        if value is not UNSET:
            wanted[field] = check.optional_text(value, field, limit=limit)
    if labels is not UNSET:
        wanted["labels"] = check.labels(labels)
    target = await find_allowed(session, actor, Act.EDIT_INCIDENT, incident)
    refuse_merged(target)
    check.expected_version(expected_version, target.version, "incident")
    before, after = set_given(target, wanted)
    if services is not UNSET:
        await _replace_services(session, target, services or [], before, after)
    if after:
        target.version += 1
        record(session, actor, IncidentEdited(before=before, after=after), incident=target)
    return target


def set_given(incident: Incident, wanted: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set what differs; the values before and after."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for field, value in wanted.items():
        present = getattr(incident, field)
        if present != value:
            before[field], after[field] = present, value
            setattr(incident, field, value)
    return before, after


async def _replace_services(
    session: AsyncSession, incident: Incident, references: list[str], before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Let the incident touch these services and no others, and note the change."""
    check.few(references, "services")
    wanted = {service.id for service in await find_services(session, references)}
    present = await service_ids(session, incident)
    if wanted == set(present):
        return
    before["services"], after["services"] = present, sorted(wanted)
    gone = delete(IncidentService).where(
        IncidentService.incident_id == incident.id, IncidentService.service_id.not_in(wanted)
    )
    for key in await session.scalars(gone.returning(IncidentService.service_id)):
        note(journal_of(session), IncidentService, incident.id, key, None)
    await add_services(session, incident, sorted(wanted))
