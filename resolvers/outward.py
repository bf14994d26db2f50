"""Integrations, and what was ordered at vendors for incidents."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any, get_args

from pydantic import SecretStr
from pydantic_core import PydanticUndefined
from sqlalchemy import select

from actions.outward.checks import Check, Result
from actions.outward.ticket_state import NAME
from actions.outward.vendors import VENDORS, Port, Vendor, ports_of, secret_fields
from auth.permission import Permission, may
from models.incident import Incident
from models.integration import Integration, OutwardAction
from models.postmortem import ActionItem
from models.words import OutwardVerb
from resolvers.context import Context
from resolvers.page import Cursor, Order, Page, Window, paging
from resolvers.rows import pages

ACTIONS = Order("outward_actions", (OutwardAction.id,))
INTEGRATIONS = select(Integration).order_by(Integration.archived_at.is_not(None), Integration.name, Integration.id)


@dataclass(frozen=True, slots=True)
class Field:
    """Something that a vendor's adaptor must be told."""

    name: str
    help: str
    type: str
    required: bool
    secret: bool
    default: Any


async def vendors(_: Context) -> list[Vendor]:
    """Every vendor that there is an adaptor for, by name."""
    return sorted(VENDORS.values(), key=lambda vendor: vendor.name)


def fields_of(vendor: Vendor) -> list[Field]:
    """What a vendor's adaptor must be told, in the order in which to ask for it."""
    hidden = secret_fields(vendor.configuration)
    return [
        Field(
            name,
            field.description or "",
            "secret" if name in hidden else _kind(field.annotation),
            field.is_required(),
            name in hidden,
            None if field.default is PydanticUndefined or name in hidden else field.default,
        )
        for name, field in vendor.configuration.model_fields.items()
    ]


def _kind(annotation: Any) -> str:
    """The type of a field in one word."""
    kinds = {bool: "boolean", int: "integer", str: "text", SecretStr: "secret"}
    found = [kinds[each] for each in (annotation, *get_args(annotation)) if each is not NoneType and each in kinds]
    return found[0] if found else "object"


async def integrations(ctx: Context) -> list[Integration]:
    """All integrations by name, archived ones last."""
    return await ctx.reader.rows(Integration, INTEGRATIONS)


async def ports(_: Context, rows: Sequence[Integration]) -> list[list[Port]]:
    """What each can do, with what it was told; nothing, if this version has no adaptor for it."""
    return [sorted(ports_of(row.vendor, row.configuration)) for row in rows]


async def configurations(ctx: Context, rows: Sequence[Integration]) -> list[dict[str, Any] | None]:
    """What is not secret of each, for admins; None for others."""
    return [row.configuration if may(ctx.actor, Permission.ADMINISTER) else None for row in rows]


async def checks(ctx: Context, rows: Sequence[Integration]) -> list[list[Check] | None]:
    """What was found when each was last examined, for admins; None for others."""
    if not may(ctx.actor, Permission.ADMINISTER):
        return [None for _ in rows]
    return [[Check(each["subject"], Result(each["result"]), each["words"]) for each in row.checks] for row in rows]


async def outward_actions(
    ctx: Context,
    incidents: Sequence[Incident],
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> list[Page[OutwardAction]]:
    """A page of what was ordered at vendors for each incident."""
    window = Window(ACTIONS, paging(first, after, last, before))
    keys = [incident.id for incident in incidents]
    return await pages(
        ctx, OutwardAction, keys, window, lambda key: select(OutwardAction).where(OutwardAction.incident_id == key)
    )


async def tickets_of_items(ctx: Context, items: Sequence[ActionItem]) -> list[OutwardAction | None]:
    """The order for the ticket of each action item, as it is now; None where there is none."""
    keys = {item.id for item in items}
    ordered = select(OutwardAction).where(
        OutwardAction.action_item_id.in_(keys), OutwardAction.verb == OutwardVerb.OPEN_TICKET
    )
    found = {row.action_item_id: row for row in await ctx.reader.rows(OutwardAction, ordered)}
    return [found.get(item.id) for item in items]


async def ticket_errors(ctx: Context, orders: Sequence[OutwardAction]) -> list[str | None]:
    """What went wrong last in opening each ticket, or in moving it since."""
    keys = [f"{order.key.removesuffix('/ticket')}/{NAME}" for order in orders]
    moved = select(OutwardAction.key, OutwardAction.error).where(OutwardAction.key.in_(keys))
    found = {row.key: row.error for row in await ctx.reader.execute(moved)}
    return [order.error or found.get(key) for order, key in zip(orders, keys, strict=True)]
