"""The types by name, for modules that point to each other: `ALazy` in an annotation is the type of that name."""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from schema.types.action_item import ActionItem
    from schema.types.actor import Actor
    from schema.types.alert import Alert
    from schema.types.change import Change
    from schema.types.chat import ChatMessage, ChatReading
    from schema.types.component import Component
    from schema.types.delivery import Delivery
    from schema.types.event import Event
    from schema.types.incident import Incident
    from schema.types.integration import Integration
    from schema.types.maintenance import Maintenance, MaintenanceSeries
    from schema.types.oauth_client import OAuthClient
    from schema.types.outward_action import OutwardAction
    from schema.types.paging import EscalationPolicy, PagingRun
    from schema.types.postmortem import Postmortem, PublicPostmortem
    from schema.types.practice import PracticeFinding
    from schema.types.role import Role
    from schema.types.runbook import OpenedRunbook, Runbook
    from schema.types.schedule import Schedule
    from schema.types.service import Service
    from schema.types.service_account import ServiceAccount
    from schema.types.session import Session
    from schema.types.severity import Severity
    from schema.types.similar import SimilarIncident
    from schema.types.task import Task
    from schema.types.team import Team
    from schema.types.ticket import Ticket
    from schema.types.token import Token
    from schema.types.update import Update
    from schema.types.user import User
    from schema.types.workflow import WorkflowRun

AnActionItem = Annotated["ActionItem", strawberry.lazy("schema.types.action_item")]
AChange = Annotated["Change", strawberry.lazy("schema.types.change")]
AnActor = Annotated["Actor", strawberry.lazy("schema.types.actor")]
AnAlert = Annotated["Alert", strawberry.lazy("schema.types.alert")]
AChatMessage = Annotated["ChatMessage", strawberry.lazy("schema.types.chat")]
AChatReading = Annotated["ChatReading", strawberry.lazy("schema.types.chat")]
AComponent = Annotated["Component", strawberry.lazy("schema.types.component")]
ADelivery = Annotated["Delivery", strawberry.lazy("schema.types.delivery")]
AnEscalationPolicy = Annotated["EscalationPolicy", strawberry.lazy("schema.types.paging")]
AnEvent = Annotated["Event", strawberry.lazy("schema.types.event")]
AnIncident = Annotated["Incident", strawberry.lazy("schema.types.incident")]
AnIntegration = Annotated["Integration", strawberry.lazy("schema.types.integration")]
AMaintenance = Annotated["Maintenance", strawberry.lazy("schema.types.maintenance")]
AMaintenanceSeries = Annotated["MaintenanceSeries", strawberry.lazy("schema.types.maintenance")]
AnOAuthClient = Annotated["OAuthClient", strawberry.lazy("schema.types.oauth_client")]
AnOpenedRunbook = Annotated["OpenedRunbook", strawberry.lazy("schema.types.runbook")]
AnOutwardAction = Annotated["OutwardAction", strawberry.lazy("schema.types.outward_action")]
APostmortem = Annotated["Postmortem", strawberry.lazy("schema.types.postmortem")]
APagingRun = Annotated["PagingRun", strawberry.lazy("schema.types.paging")]
APracticeFinding = Annotated["PracticeFinding", strawberry.lazy("schema.types.practice")]
APublicPostmortem = Annotated["PublicPostmortem", strawberry.lazy("schema.types.postmortem")]
ARole = Annotated["Role", strawberry.lazy("schema.types.role")]
ARunbook = Annotated["Runbook", strawberry.lazy("schema.types.runbook")]
ASchedule = Annotated["Schedule", strawberry.lazy("schema.types.schedule")]
AService = Annotated["Service", strawberry.lazy("schema.types.service")]
AServiceAccount = Annotated["ServiceAccount", strawberry.lazy("schema.types.service_account")]
ASession = Annotated["Session", strawberry.lazy("schema.types.session")]
ASeverity = Annotated["Severity", strawberry.lazy("schema.types.severity")]
ASimilarIncident = Annotated["SimilarIncident", strawberry.lazy("schema.types.similar")]
ATask = Annotated["Task", strawberry.lazy("schema.types.task")]
ATeam = Annotated["Team", strawberry.lazy("schema.types.team")]
ATicket = Annotated["Ticket", strawberry.lazy("schema.types.ticket")]
AToken = Annotated["Token", strawberry.lazy("schema.types.token")]
AnUpdate = Annotated["Update", strawberry.lazy("schema.types.update")]
AUser = Annotated["User", strawberry.lazy("schema.types.user")]
AWorkflowRun = Annotated["WorkflowRun", strawberry.lazy("schema.types.workflow")]
