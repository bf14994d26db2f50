"""What mutations answer: what they made or changed, as it is after the commit, and where the feed stands then."""

import strawberry

from resolvers.action_items import changed_items
from resolvers.fields import batched, column, computed
from resolvers.mutations.fields import hook_urls, link_urls, made, made_event
from resolvers.page import Cursor
from schema.types.action_item import ActionItem
from schema.types.alert import Alert
from schema.types.alert_source import AlertSource
from schema.types.component import Component
from schema.types.event import Event
from schema.types.incident import Incident
from schema.types.oauth_client import OAuthClient
from schema.types.postmortem import Postmortem
from schema.types.role import Role
from schema.types.routing_rule import RoutingRule
from schema.types.routing_version import RoutingVersion
from schema.types.service import Service
from schema.types.service_account import ServiceAccount
from schema.types.session import Session
from schema.types.severity import Severity
from schema.types.silence import Silence
from schema.types.task import Task
from schema.types.team import Team
from schema.types.token import Token
from schema.types.update import Update
from schema.types.user import User
from schema.types.webhook import Webhook


@strawberry.type
class Payload:
    cursor: Cursor = column(
        "This change's last event; of a change that changed nothing, the newest event. Resuming the feed after it"
        " delivers what came later."
    )


@strawberry.type(description="An incident that was opened or changed.")
class IncidentPayload(Payload):
    incident: Incident = batched(made("Incident"), description="The incident as it is now.")


@strawberry.type(description="An event that was written or pinned.")
class EventPayload(Payload):
    event: Event = batched(
        made_event(), description="The event: the new entry or change, what was pinned or unpinned, or the erasure."
    )


@strawberry.type(description="A task that was added or changed.")
class TaskPayload(Payload):
    task: Task = batched(made("Task"), description="The task as it is now.")


@strawberry.type(description="An update that was published, edited or withdrawn.")
class UpdatePayload(Payload):
    update: Update = batched(made("Update"), description="The update as it is now.")


@strawberry.type(description="An alert that was changed.")
class AlertPayload(Payload):
    alert: Alert = batched(made("Alert"), description="The alert as it is now.")


@strawberry.type(description="An action item that was added or changed.")
class ActionItemPayload(Payload):
    action_item: ActionItem = batched(made("ActionItem"), description="The action item as it is now.")


@strawberry.type(description="Action items that were changed.")
class ActionItemsPayload(Payload):
    action_items: list[ActionItem] = batched(
        changed_items, description="The action items as they are now, in the order in which they were named."
    )


@strawberry.type(description="A postmortem that was edited or published.")
class PostmortemPayload(Payload):
    postmortem: Postmortem = batched(made("Postmortem"), description="The postmortem as it is now.")


@strawberry.type(description="A person who was added or changed.")
class UserPayload(Payload):
    user: User = batched(made("User"), description="The person as they are kept now.")


@strawberry.type(description="A team that was added or changed.")
class TeamPayload(Payload):
    team: Team = batched(made("Team"), description="The team as it is now.")


@strawberry.type(description="A role that was added or changed.")
class RolePayload(Payload):
    role: Role = batched(made("Role"), description="The role as it is now.")


@strawberry.type(description="A service that was added or changed.")
class ServicePayload(Payload):
    service: Service = batched(made("Service"), description="The service as it is now.")


@strawberry.type(description="A component that was added or changed.")
class ComponentPayload(Payload):
    component: Component = batched(made("Component"), description="The component as it is now.")


@strawberry.type(description="A severity that was added, or of which a new version was made.")
class SeverityPayload(Payload):
    severity: Severity = batched(made("Severity"), description="The version that is in force now.")


@strawberry.type(description="An alert source that was created.")
class AlertSourcePayload(Payload):
    source: AlertSource = batched(made("AlertSource"), description="The source as it is now.")
    hook_url: str | None = batched(
        hook_urls,
        description="Where it posts to, or is mailed. Shown once: null when a request is repeated. Whoever knows it can"
        " send alerts.",
    )


@strawberry.type(description="A routing rule that was added or changed.")
class RoutingRulePayload(Payload):
    rule: RoutingRule = batched(made("RoutingRule"), description="The rule as it is now.")


@strawberry.type(description="A version of the routing rules that is in force now.")
class RoutingVersionPayload(Payload):
    version: RoutingVersion = batched(made("RoutingVersion"), description="The version.")


@strawberry.type(description="A silence that was set, changed or ended.")
class SilencePayload(Payload):
    silence: Silence = batched(made("Silence"), description="The silence as it is now.")


@strawberry.type(description="A webhook that was created.")
class WebhookPayload(Payload):
    webhook: Webhook = batched(made("Webhook"), description="The webhook as it is now.")
    secret: str | None = column(
        "The secret with which its posts are signed (Standard Webhooks, `whsec_…`). Shown once: null when a request is"
        " repeated."
    )


@strawberry.type(description="A service account that was added or changed.")
class ServiceAccountPayload(Payload):
    service_account: ServiceAccount = batched(made("ServiceAccount"), description="The service account as it is now.")


@strawberry.type(description="A token that was ended.")
class TokenPayload(Payload):
    token: Token = batched(made("Token"), description="The token as it is now.")


@strawberry.type(description="A token that was made.")
class NewTokenPayload(Payload):
    token: Token = batched(made("Token"), description="The token as it is now.")
    secret: str | None = column(
        "The token itself, for the header `Authorization: Bearer …`. Shown once: null when a request is repeated."
    )


@strawberry.type(description="An OAuth client that was ended.")
class OAuthClientPayload(Payload):
    client: OAuthClient = batched(made("OAuthClient"), description="The client as it is now.")


@strawberry.type(description="An OAuth client that was made.")
class NewOAuthClientPayload(Payload):
    client: OAuthClient = batched(made("OAuthClient"), description="The client as it is now.")
    secret: str | None = column("The client's secret. Shown once: null when a request is repeated.")


@strawberry.type(description="A sign-in link that was made.")
class SignInLinkPayload(Payload):
    user: User = batched(made("User"), description="Whom it signs in.")
    url: str | None = batched(
        link_urls,
        description="Where to open it, once, within 24 hours. Shown once: null when a request is repeated.",
    )


@strawberry.type(description="A browser session that was ended.")
class SessionPayload(Payload):
    session: Session = batched(made("Session"), description="The session as it is now.")


@strawberry.type(description="Something that was deleted.")
class DeletePayload(Payload):
    id: strawberry.ID = computed(lambda outcome: outcome.given["id"], description="The id that it had.")
