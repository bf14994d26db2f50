"""What definitions refer to, from names to keys and back."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import find_role, find_service, find_severity, find_user
from actions.named import find_policy, find_schedule
from actions.runbooks.opening import find_runbook
from core.db import Reader
from core.errors import DomainError, invalid, not_found
from core.ids import decode_as, encode
from models.delivery import Webhook
from models.paging.policy import EscalationPolicy
from models.person import User
from models.role import Role
from models.runbook import Runbook
from models.schedule.table import Schedule
from models.service import Service
from models.severity import Severity, SeverityVersion
from models.update_template import UpdateTemplate
from models.words import TemplateUse

LONGEST = 200


class Resolver:
    """Finds what is referred to; what is not there becomes a problem."""

    def __init__(self, session: AsyncSession, problems: list[DomainError]) -> None:
        self._session = session
        self._problems = problems

    async def __call__(self, noun: str, reference: Any, place: str) -> int | None:
        """The key of a row by its noun and reference."""
        try:
            if not isinstance(reference, str) or not reference.isprintable() or len(reference) > LONGEST:
                raise invalid(place, "This is no reference.", "Write a name or an id as a text.")
            return await FINDERS[noun](self._session, reference, place)
        except DomainError as error:
            self._problems.append(error)
            return None


async def _severity(session: AsyncSession, reference: str, field: str) -> int:
    return (await find_severity(session, reference, field)).severity_id


async def _service(session: AsyncSession, reference: str, field: str) -> int:
    return (await find_service(session, reference, field)).id


async def _role(session: AsyncSession, reference: str, field: str) -> int:
    return (await find_role(session, reference, field)).id


async def _user(session: AsyncSession, reference: str, field: str) -> int:
    """By address, as files have it, or by id."""
    if "@" not in reference:
        return (await find_user(session, _opaque("User", "user", reference, field), field)).id
    key = await session.scalar(select(User.id).where(func.lower(User.email) == reference.strip().lower()))
    if key is None:
        raise _missing(field, "user", reference)
    return (await find_user(session, encode("User", key), field)).id


def _missing(field: str, noun: str, reference: str) -> DomainError:
    """NOT_FOUND, with how one is named."""
    error = not_found(field, noun, reference)
    error.hint = CALLED[noun]
    return error


CALLED = {
    "user": "Name a person by the address that they have here, or by id.",
    "template": "Name a template for updates as Settings, Update templates has it, or by id.",
    "webhook": "Name a webhook by its id: `webhooks { id url }`.",
}
"""How things are named for which there are several ways."""


def _opaque(kind: str, noun: str, reference: str, field: str) -> str:
    """A reference that is an opaque id of a kind; NOT_FOUND in the words of the noun for what is none."""
    try:
        decode_as(kind, reference, field)
    except DomainError:
        raise _missing(field, noun, reference) from None
    return reference


async def _runbook(session: AsyncSession, reference: str, field: str) -> int:
    found = await find_runbook(session, reference, field)
    if found.archived:
        raise not_found(field, "runbook", reference)
    return found.id


async def _template(session: AsyncSession, reference: str, field: str) -> int:
    named = select(UpdateTemplate).where(func.lower(UpdateTemplate.name) == reference.lower())
    found = await session.scalar(named.where(UpdateTemplate.archived_at.is_(None)))
    if found is None:
        opaque = _opaque("UpdateTemplate", "template", reference, field)
        found = await session.get(UpdateTemplate, decode_as("UpdateTemplate", opaque, field))
    if found is None or found.archived:
        raise _missing(field, "template", reference)
    if found.use is not TemplateUse.INCIDENT:
        raise invalid(field, f"The template {found.name!r} is for planned work.", "Name one for incidents.")
    return found.id


async def _policy(session: AsyncSession, reference: str, field: str) -> int:
    return (await find_policy(session, reference, field)).id


async def _schedule(session: AsyncSession, reference: str, field: str) -> int:
    return (await find_schedule(session, reference, field)).id


async def _webhook(session: AsyncSession, reference: str, field: str) -> int:
    found = await session.get(Webhook, decode_as("Webhook", _opaque("Webhook", "webhook", reference, field), field))
    if found is None or found.archived:
        raise _missing(field, "webhook", reference)
    return found.id


FINDERS: dict[str, Callable[[AsyncSession, str, str], Awaitable[int]]] = {
    "severity": _severity,
    "service": _service,
    "role": _role,
    "user": _user,
    "runbook": _runbook,
    "template": _template,
    "webhook": _webhook,
    "policy": _policy,
    "schedule": _schedule,
}
"""By noun: what finds a row by a reference."""

OPAQUE = {"webhook": "Webhook"}
"""What is called by its opaque id."""
NAMED: dict[str, Any] = {
    "severity": select(Severity.id, SeverityVersion.name).join(
        SeverityVersion, SeverityVersion.id == Severity.current_version_id
    ),
    "service": select(Service.id, Service.slug),
    "role": select(Role.id, Role.key),
    "user": select(User.id, User.email),
    "runbook": select(Runbook.id, Runbook.name),
    "template": select(UpdateTemplate.id, UpdateTemplate.name),
    "policy": select(EscalationPolicy.id, EscalationPolicy.name),
    "schedule": select(Schedule.id, Schedule.name),
}
"""What has a name of its own: selects of keys and names."""


async def names_of(reader: Reader, pairs: set[tuple[str, int]]) -> Mapping[tuple[str, int], str]:
    """What rows, given as (noun, key), are called in a definition; at most one statement a noun."""
    found = {(noun, key): encode(OPAQUE[noun], key) for noun, key in pairs if noun in OPAQUE}
    for noun in sorted({noun for noun, _ in pairs} - OPAQUE.keys()):
        statement = NAMED[noun]
        keys = sorted(key for each, key in pairs if each == noun)
        column = statement.selected_columns[0]
        found |= {(noun, key): name for key, name in await reader.execute(statement.where(column.in_(keys)))}
    return found
