"""From a reference, as people and scripts give it, to the row to be changed. Every miss names its field."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth.actor import Actor
from auth.visibility import REMEMBERED, sees_all, visible_to
from core.errors import DomainError, invalid, not_found
from core.ids import BIGINT_MAX, decode_as, encode
from models.incident import REFERENCE_PREFIX, Incident
from models.person import Team, User
from models.role import Role
from models.service import Component, Service
from models.severity import Severity, SeverityVersion
from models.update import Update

Keyed = TypeVar("Keyed", Role, Service, Team)


def incident_key(reference: str, field: str = "incident") -> int:
    """The key behind `INC-123`, `123` or an opaque id; INVALID_INPUT if it is none of these."""
    plain = reference.strip()
    bare = plain[len(REFERENCE_PREFIX) :] if plain.upper().startswith(REFERENCE_PREFIX) else plain
    if bare.isascii() and bare.isdigit():
        number = int(bare) if len(bare) <= len(str(BIGINT_MAX)) else 0
        if not 0 < number <= BIGINT_MAX:
            raise not_found(field, "incident", reference)
        return number
    try:
        return decode_as("Incident", plain, field)
    except DomainError as error:
        raise invalid(
            field, f"{reference[:80]!r} is no incident reference.", "Send e.g. INC-123, 123, or an incident's id."
        ) from error


async def find_incident(session: AsyncSession, actor: Actor, reference: str, *, field: str = "incident") -> Incident:
    """The incident, locked until the end of the transaction. NOT_FOUND also for one that the actor may not see."""
    held: Incident | None = session.info["held"].get(reference)
    if held is not None and sees_all(actor):
        return held
    return (await find_incidents(session, actor, {field: reference}))[field]


async def incident_of_update(session: AsyncSession, actor: Actor, reference: str, field: str = "update") -> int:
    """The key of the incident of an update. NOT_FOUND also for one that the actor may not see."""
    statement = (
        select(Update.incident_id)
        .join(Incident, Incident.id == Update.incident_id)
        .where(Update.id == decode_as("Update", reference, field), visible_to(actor))
    )
    found: int | None = await session.scalar(statement)
    if found is None:
        raise not_found(field, "update", reference)
    return found


async def find_incidents(session: AsyncSession, actor: Actor, references: dict[str, str]) -> dict[str, Incident]:
    """Several incidents by field, locked in the order of their ids, which is the order everywhere (no deadlocks)."""
    keys = {field: incident_key(reference, field) for field, reference in references.items()}
    found = await session.scalars(_lock_incidents(actor), {"keys": list(keys.values())})
    by_key = {incident.id: incident for incident in found}
    for field, key in keys.items():
        if key not in by_key:
            raise not_found(field, "incident", references[field])
    return {field: by_key[key] for field, key in keys.items()}


async def find_free(session: AsyncSession, actor: Actor, keys: Iterable[int]) -> dict[int, Incident]:
    """Incidents by key, locked, of those that nobody else holds at present: nobody is waited for."""
    found = await session.scalars(_lock_incidents(actor, free=True), {"keys": sorted(set(keys))})
    return {incident.id: incident for incident in found}


def hold(session: AsyncSession, incidents: Iterable[Incident]) -> None:
    """Have incidents that this transaction has locked found by their references without asking again, by who sees all.

    For a transaction that does many things on them, none of which changes an incident behind the session's back.
    """
    session.info["held"].update({incident.reference: incident for incident in incidents})


@lru_cache(REMEMBERED)
def _lock_incidents(actor: Actor, *, free: bool = False) -> Select[Incident]:
    return (
        select(Incident)
        .where(Incident.id.in_(bindparam("keys", expanding=True)), visible_to(actor))
        .order_by(Incident.id)
        .with_for_update(key_share=True, of=Incident, skip_locked=free)
        .execution_options(populate_existing=True)
    )


async def find_user(session: AsyncSession, reference: str, field: str = "user") -> User:
    """A person by id, who can be given something to do: NOT_FOUND if unknown, INVALID_INPUT if archived.

    Locked against being archived meanwhile; a foreign key to the row takes the same lock.
    """
    key = decode_as("User", reference, field)
    lock = {"read": True, "key_share": True}
    user = await session.get(User, key, populate_existing=True, with_for_update=lock)
    if user is None:
        raise not_found(field, "user", reference)
    if user.archived:
        raise invalid(field, f"{user.name} is archived.", "Choose someone who still works here.")
    return user


async def find_person(session: AsyncSession, reference: str, field: str = "user") -> User:
    """The same by id or by e-mail address, in any case."""
    if "@" not in reference:
        return await find_user(session, reference, field)
    plain = reference.strip().lower()
    key = await session.scalar(select(User.id).where(func.lower(User.email) == plain)) if plain.isprintable() else None
    if key is None:
        hint = "Send the id or the e-mail address of somebody who has an account."
        raise invalid(field, f"Nobody here has the address {plain[:80]!r}.", hint)
    return await find_user(session, encode("User", key), field)


async def _by_key_or_id(
    session: AsyncSession, model: type[Keyed], reference: str, field: str, *, archived_too: bool = False
) -> Keyed:
    noun = model.__name__
    if not reference.isprintable():  # NUL and half surrogate pairs are no text to PostgreSQL
        raise not_found(field, noun.lower(), reference)
    column = model.key if issubclass(model, Role) else model.slug
    row = (await session.scalars(select(model).where(column == reference))).first()
    if row is None:
        try:
            key = decode_as(noun, reference, field)
        except DomainError as error:
            raise not_found(field, noun.lower(), reference) from error
        row = await session.get(model, key)
    if row is None:
        raise not_found(field, noun.lower(), reference)
    if row.archived and not archived_too:
        raise invalid(field, f"The {noun.lower()} {row.name!r} is archived.", f"Choose another {noun.lower()}.")
    return row


async def find_role(session: AsyncSession, reference: str, field: str = "role", *, archived_too: bool = False) -> Role:
    """A role by key (`commander`) or id."""
    return await _by_key_or_id(session, Role, reference, field, archived_too=archived_too)


async def find_service(session: AsyncSession, reference: str, field: str = "service") -> Service:
    """A service by slug or id."""
    return await _by_key_or_id(session, Service, reference, field)


async def find_services(session: AsyncSession, references: list[str], field: str = "services") -> list[Service]:
    """Services by slug or id, each once, in the order given."""
    found = [await find_service(session, reference, f"{field}.{i}") for i, reference in enumerate(references)]
    return list(dict.fromkeys(found))


async def find_team(session: AsyncSession, reference: str, field: str = "team") -> Team:
    """A team by slug or id."""
    return await _by_key_or_id(session, Team, reference, field)


async def find_component(session: AsyncSession, reference: str, field: str = "component") -> Component:
    """A component by id."""
    component = await session.get(Component, decode_as("Component", reference, field))
    if component is None:
        raise not_found(field, "component", reference)
    refuse_archived(component, field)
    return component


def refuse_archived(component: Component, field: str) -> None:
    """INVALID_INPUT for a component that is out of use."""
    if component.archived:
        raise invalid(field, f"The component {component.name!r} is archived.", "Choose another component.")


async def find_severity(session: AsyncSession, reference: str, field: str = "severity") -> SeverityVersion:
    """The present version of a severity by name (`SEV1`, any case) or id."""
    if not reference.isprintable():
        raise not_found(field, "severity", reference)
    current = select(SeverityVersion).join(Severity, Severity.current_version_id == SeverityVersion.id)
    named = current.where(func.lower(SeverityVersion.name) == reference.lower())
    version = (await session.scalars(named.order_by(Severity.archived_at.is_not(None)))).first()
    if version is None:
        try:
            key = decode_as("Severity", reference, field)
        except DomainError as error:
            raise not_found(field, "severity", reference) from error
        version = (await session.scalars(current.where(Severity.id == key))).first()
    if version is None:
        raise not_found(field, "severity", reference)
    if version.archived:
        raise invalid(field, f"The severity {version.name!r} is archived.", "Choose another severity.")
    return version
