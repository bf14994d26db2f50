"""Templates: sections that postmortems of a service, of a severity, or of all incidents have beside the usual ones."""

import re
from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.fitting import count, expect, fit
from actions.catalogue.saving import NAME, begin
from actions.postmortems.sections import SECTION_KEYS
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import invalid
from core.unset import UNSET, Unset
from models.incident import Incident, IncidentService
from models.severity import SeverityVersion
from models.writing import PostmortemTemplate

MOST = 20
GUIDANCE = 5_000
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


class SectionGiven(Protocol):
    """A section of a template as it is given."""

    key: str
    title: str
    guidance: str


async def save_postmortem_template(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (keywords are the input's fields)
    name: str | Unset | None = UNSET,
    service: str | Unset | None = UNSET,
    severity: str | Unset | None = UNSET,
    sections: Sequence[SectionGiven] | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
    expected_version: int | Unset | None = UNSET,
) -> PostmortemTemplate:
    """Add a template, or change one. A new one needs a name and sections, each with a key, a title and guidance.

    INVALID_INPUT for a key of the usual sections, or one that is used twice. CONFLICT if another template that is in
    use has the name. Postmortems that are drafted already stay as they are.
    """
    require(actor, Permission.CATALOGUE)
    saving = await begin(session, PostmortemTemplate, id)
    expect(saving, expected_version, "template")
    saving.text("name", name)
    await fit(saving, service, severity)
    given = saving.given("sections", sections)
    if not isinstance(given, Unset):
        saving.set("sections", _sections(given))
    saving.archive(archived)
    count(saving)
    await saving.write()
    saving.record(actor)
    return saving.row


def _sections(given: Sequence[SectionGiven]) -> list[dict[str, str]]:
    check.few(given, "sections", limit=MOST)
    found: dict[str, dict[str, str]] = {}
    for place, each in enumerate(given):
        field = f"sections.{place}.key"
        if not KEY.fullmatch(each.key):
            raise invalid(field, f"{each.key[:80]!r} is no key.", "Use 1 to 40 of a-z, 0-9 and underscores.")
        if each.key in SECTION_KEYS or each.key in found:
            raise invalid(field, f"There is a section {each.key} already.", "Choose another key.")
        found[each.key] = {
            "key": each.key,
            "title": check.text(each.title, f"sections.{place}.title", limit=NAME),
            "guidance": check.text(each.guidance, f"sections.{place}.guidance", limit=GUIDANCE),
        }
    return list(found.values())


async def sections_for(session: AsyncSession, incident: Incident) -> list[dict[str, Any]]:
    """What templates add to the postmortem of an incident: the most particular template first, each key once."""
    services = select(IncidentService.service_id).where(IncidentService.incident_id == incident.id)
    severity = select(SeverityVersion.severity_id).where(SeverityVersion.id == incident.severity_version_id)
    own = PostmortemTemplate
    fitting = (
        select(own)
        .where(
            own.archived_at.is_(None),
            or_(own.service_id.is_(None), own.service_id.in_(services)),
            or_(own.severity_id.is_(None), own.severity_id == severity.scalar_subquery()),
        )
        .order_by(func.num_nulls(own.service_id, own.severity_id), own.service_id.is_(None), own.id)
        .limit(MOST)
    )
    found: dict[str, dict[str, Any]] = {}
    for template in await session.scalars(fitting):
        for section in template.sections:
            found.setdefault(section["key"], section)
    return list(found.values())[:MOST]
