"""What every save of the catalogue does: find or begin the row, note what changes, record it.

An input that saves creates without an id and changes with one. Absent fields stay as they are, null clears, a list
replaces the list (contract, "Rules").
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.record import now, record_saved
from actions.violations import flush
from auth.actor import Actor
from core.errors import conflict, invalid, not_found
from core.ids import decode_as
from core.unset import UNSET, Unset
from models.access import ServiceAccount
from models.alert import RoutingRule
from models.integration import Integration
from models.learning import FactorKind
from models.paging.policy import EscalationPolicy
from models.person import DirectoryFacts, Team, User
from models.role import Role
from models.runbook import Runbook
from models.schedule.table import Schedule
from models.service import Component, Service
from models.severity import SeverityVersion
from models.status_page import StatusPage
from models.update_template import UpdateTemplate
from models.workflow import Workflow
from models.writing import PostmortemTemplate

Row = TypeVar(  # fmt: skip (a list of nouns, not one a line)
    "Row",
    User, Team, Role, Service, Component, SeverityVersion, ServiceAccount, UpdateTemplate, StatusPage, Runbook,
    FactorKind, PostmortemTemplate, Workflow, Schedule, EscalationPolicy,
)  # fmt: skip
T = TypeVar("T")
Keyed = TypeVar("Keyed", Integration, Workflow)

NAME = 120
LIST = 500
SLUG = re.compile(r"[a-z0-9-]{1,60}")


@dataclass(slots=True)
class Saving(Generic[Row]):
    """A row that is being created or changed, and what changes of it: `{field: {"from": …, "to": …}}`."""

    session: AsyncSession
    noun: str
    row: Row
    creating: bool
    changed: dict[str, Any] = field(default_factory=dict)

    def given(self, name: str, value: T | Unset | None) -> T | Unset:
        """A field that can't be empty: INVALID_INPUT when a new row lacks it, or when it is to be cleared."""
        if value is None:
            raise invalid(name, f"The {name.replace('_', ' ')} can't be cleared.", "Leave it out, or send a value.")
        if self.creating and isinstance(value, Unset):
            raise invalid(name, f"A new {self.noun} needs this.", "Send it; without an id something new is created.")
        return value

    def text(self, name: str, value: str | Unset | None, *, limit: int = NAME) -> None:
        """Set a text that can't be empty."""
        content = self.given(name, value)
        if not isinstance(content, Unset):
            self.set(name, check.text(content, name, limit=limit))

    def slug(self, value: str | Unset | None) -> None:
        """Set the slug: lower-case letters, digits and hyphens, at most 60."""
        content = self.given("slug", value)
        if not isinstance(content, Unset) and not SLUG.fullmatch(content):
            raise invalid("slug", f"{content[:80]!r} is no slug.", "Use 1 to 60 of a-z, 0-9 and hyphens.")
        self.set("slug", content)

    def set(self, name: str, value: Any) -> None:
        """Set a column, if a value was given and differs."""
        before = getattr(self.row, name)
        if value is not UNSET and value != before:
            setattr(self.row, name, value)
            self.note(name, before, value)

    def note(self, name: str, before: Any, after: Any) -> None:
        """Note a change of something that is not a column of the row."""
        if before != after:
            self.changed[name] = {"from": _plain(before), "to": _plain(after)}

    def archive(self, archived: bool | Unset | None) -> bool:
        """Archive the row or bring it back; whether it is being archived by this change."""
        wanted = self.row.archived if archived is UNSET else bool(archived)
        if wanted == self.row.archived:
            return False
        self.row.archived_at = now(self.session) if wanted else None
        self.note("archived", not wanted, wanted)
        return wanted

    async def write(self) -> None:
        """Send the row to the database; CONFLICT if its slug, key or address is taken."""
        if self.creating:
            self.session.add(self.row)
        await flush(self.session)

    def record(self, actor: Actor, key: int | None = None) -> None:
        """Record what was saved, for auditors. A save that changed nothing records nothing."""
        if self.changed or self.creating:
            if isinstance(self.row, DirectoryFacts) and not self.creating:
                self.row.changed_at = now(self.session)
            record_saved(self.session, actor, self.noun, key or self.row.id, self.changed, created=self.creating)


async def begin(session: AsyncSession, model: type[Row], reference: str | None) -> Saving[Row]:
    """The row with this id, archived or not; a new one without an id. NOT_FOUND for an unknown id.

    The row is locked against being referred to as well, so that what is being given to it right now is waited for.
    """
    noun = re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()
    if reference is None:
        return Saving(session, noun, model(created_at=now(session)), creating=True)
    key = decode_as(model.__name__, reference)
    found = await session.get(model, key, populate_existing=True, with_for_update=True)
    if found is None:
        raise not_found("id", noun.replace("_", " "), reference)
    return Saving(session, noun, found, creating=False)


async def find_keyed(session: AsyncSession, model: type[Keyed], reference: str, *, field: str, archived: bool) -> Keyed:
    """The row with this key or id, locked. NOT_FOUND also for an archived one, unless that is asked for."""
    noun = model.__name__.lower()
    if SLUG.fullmatch(reference):
        by_key = select(model).where(model.key == reference, model.archived_at.is_(None))
        found = await session.scalar(by_key.with_for_update())
    else:
        found = await session.get(model, decode_as(model.__name__, reference, field), with_for_update=True)
    if found is None or (found.archived and not archived):
        raise not_found(field, noun, reference)
    return found


def bounded(references: list[str], name: str, model: type[User | Component]) -> dict[int, str]:
    """The keys that a list of ids stands for, each with its place in the list (`members.0`), which errors name."""
    check.few(references, name, limit=LIST)
    places = [f"{name}.{i}" for i in range(len(references))]
    keys = [decode_as(model.__name__, reference, place) for reference, place in zip(references, places, strict=True)]
    return dict(reversed(list(zip(keys, places, strict=True))))


async def refuse_routed(session: AsyncSession, condition: ColumnElement[bool]) -> None:
    """CONFLICT if a routing rule still points to what is being archived: alerts would be routed to nothing."""
    rule = (await session.scalars(select(RoutingRule).where(condition).order_by(RoutingRule.position))).first()
    if rule is not None:
        raise conflict(
            f"The routing rule {rule.name!r} still points to it.",
            field="archived",
            hint="Change or delete that rule first.",
        )


def _plain(value: Any) -> Any:
    """A value as JSON."""
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, Collection) and not isinstance(value, str | dict) else value
