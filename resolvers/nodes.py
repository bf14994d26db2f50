"""Anything by its id, for `Query.node`: under the same rules by which its own fields would show it."""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, Select, bindparam, exists, false, select, true

from auth.actor import Actor
from auth.permission import Permission, may
from auth.visibility import REMEMBERED, visible_action_items, visible_alerts, visible_events, visible_to
from core.errors import invalid
from core.ids import decode
from models.access import AccessToken, BrowserSession, OAuthClient, ServiceAccount
from models.alert import Alert, AlertSource, RoutingRule, RoutingVersion
from models.change import Change
from models.chat import ChatMessage
from models.delivery import Delivery, Webhook
from models.event import Event
from models.heartbeat import Heartbeat
from models.incident import Incident
from models.integration import Integration, OutwardAction
from models.learning import FactorKind
from models.maintenance import Maintenance, MaintenanceSeries, MaintenanceUpdate
from models.organisation import Organisation
from models.paging.contact import ContactMethod
from models.paging.policy import EscalationPolicy
from models.person import Team, User
from models.postmortem import ActionItem, Postmortem
from models.role import Role
from models.runbook import OpenedRunbook, Runbook
from models.saved_filter import SavedFilter
from models.schedule.table import Schedule, ScheduleOverride
from models.service import Component, Service
from models.silence import Silence
from models.status_page import StatusPage, StatusPageLink
from models.subscriber import Subscriber, Suppression
from models.task import Task
from models.update import Update
from models.update_template import UpdateTemplate
from models.workflow import Workflow, WorkflowRun, WorkflowStepRun, WorkflowVersion
from models.writing import PostmortemTemplate
from resolvers.catalogue import current_severities
from resolvers.context import Context
from resolvers.paging import own_methods
from resolvers.saved_filters import own_filters

Fetch = Callable[[Context, int], Awaitable[Any]]
Condition = Callable[[Actor], ColumnElement[bool]]


def _row(model: type[Any], condition: Condition | None = None, needs: Permission = Permission.READ) -> Fetch:
    @lru_cache(REMEMBERED)
    def statement(actor: Actor) -> Select[Any]:
        by_key = select(model).where(model.id == bindparam("key"))
        return by_key if condition is None else by_key.where(condition(actor))

    async def fetch(ctx: Context, key: int) -> Any:
        if not may(ctx.actor, needs):
            return None
        return await ctx.reader.row(model, statement(ctx.actor), {"key": key})

    return fetch


def _of_visible(model: type[Any]) -> Condition:
    """The condition that the incident to which a row belongs is one that the actor may see."""
    return lambda actor: exists(select(1).where(Incident.id == model.incident_id, visible_to(actor)))


def _deliveries(actor: Actor) -> ColumnElement[bool]:
    if may(actor, Permission.AUDIT):
        return Delivery.incident_id.is_(None) | _of_visible(Delivery)(actor)
    return Delivery.user_id.is_not(None) & _of_visible(Delivery)(actor)


def _orders(actor: Actor) -> ColumnElement[bool]:
    item = select(1).where(ActionItem.id == OutwardAction.action_item_id, visible_action_items(actor))
    return _of_visible(OutwardAction)(actor) | exists(item)


def _steps(actor: Actor) -> ColumnElement[bool]:
    run = select(1).where(WorkflowRun.id == WorkflowStepRun.run_id, _of_visible(WorkflowRun)(actor))
    return exists(run)


def own_or_all(model: type[AccessToken] | type[BrowserSession]) -> Condition:
    """The condition that a credential is the actor's own; all are, for whoever keeps everybody's."""

    def condition(actor: Actor) -> ColumnElement[bool]:
        if may(actor, Permission.ADMINISTER_PEOPLE):
            return true()
        return model.user_id == actor.user_id if actor.user_id is not None else false()

    return condition


async def _severity(ctx: Context, key: int) -> Any:
    return (await current_severities(ctx, [key]))[0]


NOUNS: dict[str, Fetch] = {
    "ActionItem": _row(ActionItem, visible_action_items),
    "Alert": _row(Alert, visible_alerts),
    "AlertSource": _row(AlertSource),
    "Change": _row(Change),
    "ChatMessage": _row(ChatMessage, _of_visible(ChatMessage)),
    "Component": _row(Component),
    "Delivery": _row(Delivery, _deliveries),
    "ContactMethod": _row(ContactMethod, own_methods),
    "EscalationPolicy": _row(EscalationPolicy),
    "Event": _row(Event, visible_events),
    "FactorKind": _row(FactorKind),
    "Heartbeat": _row(Heartbeat),
    "Incident": _row(Incident, visible_to),
    "Integration": _row(Integration),
    "Maintenance": _row(Maintenance),
    "MaintenanceSeries": _row(MaintenanceSeries),
    "MaintenanceUpdate": _row(MaintenanceUpdate),
    "OAuthClient": _row(OAuthClient, needs=Permission.ADMINISTER_PEOPLE),
    "OpenedRunbook": _row(OpenedRunbook, _of_visible(OpenedRunbook)),
    "OutwardAction": _row(OutwardAction, _orders),
    "Organisation": _row(Organisation),
    "Postmortem": _row(Postmortem, _of_visible(Postmortem)),
    "PostmortemTemplate": _row(PostmortemTemplate),
    "Role": _row(Role),
    "RoutingRule": _row(RoutingRule),
    "RoutingVersion": _row(RoutingVersion),
    "Runbook": _row(Runbook),
    "Schedule": _row(Schedule),
    "ScheduleOverride": _row(ScheduleOverride),
    "Service": _row(Service),
    "SavedFilter": _row(SavedFilter, own_filters),
    "ServiceAccount": _row(ServiceAccount, needs=Permission.ADMINISTER_PEOPLE),
    "Session": _row(BrowserSession, own_or_all(BrowserSession)),
    "Severity": _severity,
    "Silence": _row(Silence),
    "StatusPage": _row(StatusPage, needs=Permission.ADMINISTER),
    "StatusPageLink": _row(StatusPageLink, needs=Permission.ADMINISTER),
    "Subscriber": _row(Subscriber, needs=Permission.SUBSCRIBERS),
    "Suppression": _row(Suppression, needs=Permission.SUBSCRIBERS),
    "Task": _row(Task, _of_visible(Task)),
    "Team": _row(Team),
    "Token": _row(AccessToken, own_or_all(AccessToken)),
    "Update": _row(Update, _of_visible(Update)),
    "UpdateTemplate": _row(UpdateTemplate),
    "User": _row(User),
    "Webhook": _row(Webhook, needs=Permission.ADMINISTER),
    "Workflow": _row(Workflow),
    "WorkflowRun": _row(WorkflowRun, _of_visible(WorkflowRun)),
    "WorkflowStepRun": _row(WorkflowStepRun, _steps),
    "WorkflowVersion": _row(WorkflowVersion),
}


async def node(ctx: Context, *, id: strawberry.ID) -> Any:  # noqa: A002 (the name that was promised to clients)
    """What has this id; None if it is not there or the viewer may not see it."""
    noun, key = decode(id)
    fetch = NOUNS.get(noun)
    if fetch is None:
        raise invalid("id", f"{id[:80]!r} is not an id of Muster.", "Pass an id exactly as the API returned it.")
    return await fetch(ctx, key)
