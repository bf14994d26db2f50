"""The reads of the API."""

import strawberry

import models.incident
import resolvers.action_items
import resolvers.alerts
import resolvers.catalogue
import resolvers.changes
import resolvers.events
import resolvers.heartbeats
import resolvers.incidents
import resolvers.learning
import resolvers.nodes
import resolvers.people
import resolvers.silences
import resolvers.source_preview
import resolvers.unread
import resolvers.work
from auth.permission import Permission
from resolvers.fields import root
from resolvers.page import PAGING, Cursor
from schema.access_query import AccessQuery
from schema.branding_query import BrandingQuery
from schema.connection import Connection
from schema.learning_query import LearningQuery
from schema.maintenance_query import MaintenanceQuery
from schema.metrics_query import MetricsQuery
from schema.node import Node
from schema.noise_query import NoiseQuery
from schema.outward_query import OutwardQuery
from schema.paging_query import PagingQuery
from schema.practice_query import PracticeQuery
from schema.publishing_query import PublishingQuery
from schema.routing_query import RoutingQuery
from schema.runbooks_query import RunbooksQuery
from schema.running_query import RunningQuery
from schema.saved_filters_query import SavedFiltersQuery
from schema.schedules_query import SchedulesQuery
from schema.status_pages_query import StatusPagesQuery
from schema.subscribers_query import SubscribersQuery
from schema.types.action_item import ActionItem
from schema.types.actor import Actor
from schema.types.alert import Alert
from schema.types.alert_source import AlertSource
from schema.types.change import Change
from schema.types.component import Component
from schema.types.heartbeat import Heartbeat
from schema.types.incident import Incident
from schema.types.role import Role
from schema.types.routing_rule import RoutingRule
from schema.types.service import Service
from schema.types.severity import Severity
from schema.types.silence import Silence
from schema.types.source_preview import AlertSourcePreview
from schema.types.team import Team
from schema.types.unread_delivery import UnreadDelivery
from schema.types.user import User
from schema.types.webhook import Webhook
from schema.workflow_query import WorkflowQuery


@strawberry.type(
    description="Everything that can be read. One request is answered from one snapshot, so that its parts agree."
)
class Query(
    AccessQuery,
    BrandingQuery,
    LearningQuery,
    MaintenanceQuery,
    MetricsQuery,
    NoiseQuery,
    OutwardQuery,
    PagingQuery,
    PracticeQuery,
    PublishingQuery,
    RoutingQuery,
    RunbooksQuery,
    SavedFiltersQuery,
    RunningQuery,
    SchedulesQuery,
    StatusPagesQuery,
    SubscribersQuery,
    WorkflowQuery,
):
    viewer: Actor = root(
        resolvers.people.viewer, permission=None, description="Who you are; ANONYMOUS without credentials."
    )
    cursor: Cursor = root(
        resolvers.events.newest_cursor,
        description="Where the feed stands for this answer: subscribe after it, and nothing is missed or doubled.",
    )
    node: Node | None = root(
        resolvers.nodes.node,
        description="Anything by its id; null if it is not there or you may not see it. INVALID_INPUT for other texts.",
        arguments={"id": "An id as it was returned."},
    )
    incident: Incident | None = root(
        resolvers.incidents.incident,
        description="One incident; null if it is not there or you may not see it.",
        arguments={
            "ref": "A reference such as INC-123, the number alone, or an id. INVALID_INPUT for anything else.",
            "as_of": "As it was when the feed stood at this cursor, rebuilt from its events; null if it had not begun."
            " Who may see it is decided by today. What it leads to is as it is today: people, teams, catalogues,"
            " counters of alerts, and other incidents. CURSOR_EXPIRED if its past was not kept.",
        },
    )
    incidents: Connection[Incident] | None = root(
        resolvers.incidents.incidents,
        rows=models.incident.Incident,
        description="The incidents that you may see.",
        arguments={
            **PAGING,
            "filter": "Which ones; without it, all.",
            "order_by": "In which order; cursors of one order are refused in another.",
        },
    )
    severities: list[Severity] | None = root(
        resolvers.catalogue.severities,
        description="All severities in their present version, the worst first, archived ones last.",
    )
    roles: list[Role] | None = root(resolvers.catalogue.roles, description="All roles, archived ones last.")
    services: list[Service] | None = root(
        resolvers.catalogue.services, description="All services by name, archived ones last."
    )
    components: list[Component] | None = root(
        resolvers.catalogue.components,
        description="All components in the order of the status page, archived ones last.",
    )
    users: list[User] | None = root(
        resolvers.people.users,
        description="People by name, archived ones last; the first 1,000.",
        arguments={"text": "Only those whose name or address begins with this, or whose name has a word that does."},
    )
    teams: list[Team] | None = root(resolvers.people.teams, description="All teams by name, archived ones last.")
    alert: Alert | None = root(
        resolvers.alerts.alert,
        description="One alert; null if it is not there or you may not see it.",
        arguments={"id": "An id as it was returned."},
    )
    alerts: Connection[Alert] | None = root(
        resolvers.alerts.alerts,
        description="The alerts that you may see, the newest first.",
        arguments={**PAGING, "state": "Only alerts in this state."},
    )
    alert_sources: list[AlertSource] | None = root(
        resolvers.alerts.alert_sources, description="All alert sources by name, archived ones last."
    )
    changes: Connection[Change] | None = root(
        resolvers.changes.changes,
        description="The changes of services that sources told of, the newest first.",
        arguments={**PAGING, "service": "Only changes of this service, by slug."},
    )
    heartbeats: Connection[Heartbeat] | None = root(
        resolvers.heartbeats.heartbeats,
        description="The monitors that should report, in the order in which they were made.",
        arguments={**PAGING, "archived": "Those that are archived, in place of those in use."},
    )
    routing_rules: list[RoutingRule] | None = root(
        resolvers.alerts.routing_rules, description="All routing rules in the order in which they are tried."
    )
    alert_source_preview: AlertSourcePreview | None = root(
        resolvers.source_preview.alert_source_preview,
        permission=Permission.ADMINISTER,
        description="What an alert source would make of a body or a mail, or what fails; nothing is stored. Needs the"
        " permission to administer.",
        arguments={
            "mapping": "Expressions or patterns by name, as in `createAlertSource`; those that are left out are the"
            " usual ones.",
            "body": "A body as the monitor sends it, in at most 100,000 characters; for `email` a mail with headers, of"
            " which `Subject: …` is enough.",
            "kind": "The kind of the source, as in `createAlertSource`.",
        },
    )
    unread_deliveries: list[UnreadDelivery] | None = root(
        resolvers.unread.unread_deliveries,
        permission=Permission.ADMINISTER,
        description="The newest 100 deliveries of which no alerts could be made, kept for seven days. Needs the"
        " permission to administer.",
        arguments={"source": "Of this alert source alone, by id."},
    )
    silences: list[Silence] | None = root(
        resolvers.silences.silences,
        description="The silences of alerts that end last, those that are over at the end; at most 200.",
    )
    would_silence: list[Alert] | None = root(
        resolvers.silences.would_silence,
        description="What fires, belongs to no incident, and would be held back by such a silence; the newest first.",
        arguments={
            "matchers": "Labels that an alert must have, as in routing rules.",
            "source": "The alert source that it must come from, by id.",
            "service": "The service that it must be about, by slug or id.",
        },
    )
    webhooks: list[Webhook] | None = root(
        resolvers.work.webhooks,
        permission=Permission.ADMINISTER,
        description="The webhooks in use. FORBIDDEN without the permission to administer.",
    )
    action_items: Connection[ActionItem] | None = root(
        resolvers.action_items.action_items,
        description="The action items that you may see, the newest first.",
        arguments={
            **PAGING,
            "state": "Only those in this state.",
            "overdue": "True: only those that are not done and were due before today (UTC). False: only the others.",
            "kind": "Only those of this kind.",
            "owner": "Only those of this team, by slug or id. NOT_FOUND if unknown.",
            "assignee": "Only those of the person with this id.",
            "assigned": "True: only those that somebody is to do. False: only those that are nobody's.",
            "severity": "Only those of incidents of this severity, by name (any case) or id, whichever version.",
        },
    )
