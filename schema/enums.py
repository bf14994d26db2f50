"""The enumerations of the domain as clients see them, each value with its meaning.

The classes are models' own: publishing one adds to it what Strawberry needs to know and changes nothing else.
"""

from enum import EnumType
from typing import Any, cast

import strawberry
from strawberry.types.enum import has_enum_definition

from actions.postmortems.diffs import LineChange
from auth.permission import Permission
from core.errors import ErrorCode
from models import words
from models.logo import LogoTheme
from resolvers.events import TimelineOrder
from resolvers.incident_filter import IncidentOrder


def publish(enum: EnumType, description: str, **values: str) -> None:
    """Publish an enumeration; every value needs its description."""
    if not has_enum_definition(enum):  # it has one where Strawberry met it in an annotation before
        strawberry.enum(enum)
    definition = cast("Any", enum).__strawberry_definition__
    definition.description = description
    if {value.name for value in definition.values} != set(values):
        raise TypeError(f"{enum.__name__}: every value needs its description, and only those do")
    for value in definition.values:
        value.description = values[value.name]


publish(
    words.Stage,
    "Where an incident stands. Entering a stage means that it is achieved; nothing advances by itself.",
    DETECTION="Somebody or a monitor noticed something; nobody has looked at it yet.",
    TRIAGE="Somebody took the report and judges whether it is an incident, and how bad.",
    RESPONSE="The incident is declared and people work on it.",
    MITIGATION="The impact has stopped; the cause may still be there.",
    RESOLUTION="The lasting fix is verified.",
    POSTMORTEM="The response is over and what happened is being written up.",
    CLOSED="Everything is done.",
    DECLINED="Triage found that it is no incident.",
    CANCELLED="It was called off while it was open.",
    MERGED="It goes on as part of another incident.",
)
publish(
    words.IncidentKind,
    "Whether an incident is real.",
    REAL="Something is, or was, wrong.",
    DRILL="An exercise: never public, and in no metric.",
    BACKFILLED="Written down after the fact: it pages nobody and owes no updates.",
)
publish(
    words.Visibility,
    "Who may see an incident.",
    ORGANISATION="Everybody who may read at all.",
    PRIVATE="Its members alone; no access role opens it, not even that of an admin.",
)
publish(
    words.EntryKind,
    "What a person wrote on the timeline.",
    NOTE="Something worth keeping.",
    DECISION="What was decided, and best also why.",
    OBSERVATION="What somebody saw.",
    ACTION="What somebody did.",
    HYPOTHESIS="What may be the cause.",
)
publish(
    words.Audience,
    "Whom an update addresses.",
    INTERNAL="Colleagues.",
    PUBLIC="Customers: it is on the status page at once.",
)
publish(
    words.PublicStatus,
    "What a public update says of the incident.",
    INVESTIGATING="The cause is being looked for.",
    IDENTIFIED="The cause is known and a fix is being made.",
    MONITORING="A fix is in place and being watched.",
    RESOLVED="It is over; this ends the public thread.",
)
publish(
    words.ComponentStatus,
    "How a component is, as customers are told.",
    OPERATIONAL="It works.",
    UNDER_MAINTENANCE="It is being worked on as planned.",
    DEGRADED_PERFORMANCE="It works, but slowly or with errors.",
    PARTIAL_OUTAGE="It does not work for some.",
    MAJOR_OUTAGE="It does not work.",
)
publish(
    words.MaintenanceState,
    "Where planned work stands.",
    SCHEDULED="It is to come.",
    IN_PROGRESS="It is under way; its components are under maintenance.",
    VERIFYING="It is done and being checked; its components are still under maintenance.",
    COMPLETED="It is over.",
    CANCELLED="It does not take place, or was broken off.",
)
publish(
    words.SeriesScope,
    "How far a change of recurring work reaches.",
    THIS="This occurrence alone; later changes of the whole leave it as it is.",
    THIS_AND_FOLLOWING="This one, all that come after it, and those still to be made.",
)
publish(
    words.TaskState,
    "Where a task stands.",
    OPEN="Nobody has it.",
    CLAIMED="Exactly one person or script has it.",
    DONE="It is done.",
    DROPPED="It need not be done.",
)
publish(
    words.AlertState,
    "Where an alert stands.",
    FIRING="The monitor says that it fires.",
    ACKNOWLEDGED="Somebody looks at it.",
    RESOLVED="It no longer fires, or somebody closed it by hand.",
    SUPPRESSED="It was held back; the alert says why.",
)
publish(
    words.ActionItemState,
    "Where an action item stands.",
    OPEN="Nobody has begun.",
    IN_PROGRESS="It is being worked on.",
    DONE="It is done.",
    WONT_DO="It was decided against, with a reason.",
)
publish(
    words.ActionItemKind,
    "What an action item is good for.",
    PREVENT="It does not happen again.",
    DETECT="It is noticed sooner.",
    MITIGATE="It hurts less, or is over sooner.",
    PROCESS="People work together better when it happens.",
)
publish(
    words.Likeness,
    "What two incidents have in common.",
    SERVICE="They touch the same services.",
    LABEL="They have the same labels.",
    FACTOR="The same contributed to them.",
    WORDS="They are told in the same words, whatever their endings.",
)
publish(
    words.PostmortemStatus,
    "Where a postmortem stands.",
    DRAFT="It was assembled from the record and may be edited.",
    IN_REVIEW="It is being read before it is published.",
    PUBLISHED="It is finished.",
)
publish(
    words.ReviewDecision,
    "What a reviewer says of a postmortem.",
    APPROVED="It may be published as it is.",
    CHANGES_REQUESTED="Something is to be changed before.",
)
publish(
    words.SuggestionState,
    "Where a suggested wording stands.",
    OPEN="Nobody has decided.",
    ACCEPTED="The section came to read so.",
    DECLINED="It was not taken.",
)
publish(
    words.WordingState,
    "Where a request to a language model for wordings stands.",
    ASKED="It is being asked, or is to be asked again.",
    ANSWERED="Suggestions came of it.",
    FAILED="Nothing came of it; the error says why.",
)
publish(
    words.DeliveryState,
    "Where a message to one recipient stands.",
    PENDING="It waits to be sent.",
    SENT="The other side took it.",
    DELIVERED="The other side says that it arrived.",
    ACKNOWLEDGED="The recipient answered.",
    FAILED="It was given up; the delivery says why.",
    UNKNOWN="A crash came between sending it and noting that; it is sent again under the same id.",
    SUPPRESSED="It was not sent; the delivery says why.",
)
publish(
    words.ActorKind,
    "Who does something.",
    USER="A person.",
    SERVICE_ACCOUNT="A script or bot.",
    INTEGRATION="An alert source.",
    SYSTEM="Muster itself.",
    WORKFLOW="A workflow, taking its steps.",
    VENDOR="An account at a vendor that tells its news: a ticket system.",
    ANONYMOUS="Somebody without credentials.",
)
publish(
    words.AccessRole,
    "What a person or a script may do in Muster; not to be confused with a role in an incident.",
    VIEWER="See incidents and the catalogue.",
    RESPONDER="Report and work on incidents, publish updates, write postmortems.",
    MANAGER="The same, and act for others, keep catalogue and subscribers, plan work, publish postmortems, audit.",
    ADMIN="Everything, and keep people, roles, severities, alert sources, routing rules and webhooks.",
)
publish(
    Permission,
    "One thing that may be done: by an access role everywhere, or by a role in an incident on that incident.",
    READ="See incidents, alerts, people and the catalogue.",
    REPORT="Report and declare incidents.",
    RESPOND="Work on an incident: entries, tasks, facts.",
    COMMAND="Lead an incident: severity, stage, roles, merging, members, visibility, timestamps.",
    COMMUNICATE="Publish, edit and withdraw updates.",
    ALERT="Acknowledge, resolve and link alerts.",
    ASSIGN="Claim, release or finish tasks on behalf of someone else.",
    LEARN="Edit postmortems, add and change action items.",
    PUBLISH_POSTMORTEM="Declare a postmortem finished.",
    CATALOGUE="Keep teams, services and components.",
    MAINTAIN="Plan, begin and end maintenance, and tell customers of it.",
    SUBSCRIBERS="See and keep the subscribers of the status page: their addresses are personal data.",
    ADMINISTER="Keep roles, severities, alert sources, routing rules, webhooks and integrations.",
    ADMINISTER_PEOPLE="Keep people, what they may do, service accounts, and everybody's credentials.",
    AUDIT="See deliveries, who changed the configuration, and who signed in.",
    SEE_PRIVATE="See private incidents without being a member: given to single admins, never by a role.",
)
publish(
    words.Channel,
    "How a subscriber of the status page is told of news.",
    EMAIL="By mail.",
    WEBHOOK="By a signed post (Standard Webhooks).",
    SLACK="By an incoming webhook of Slack.",
    TEAMS="By an incoming webhook of Microsoft Teams.",
)
publish(
    ErrorCode,
    "Why an operation was refused: the value of `extensions.code` of every error. Branch on it, never on the message.",
    GRAPHQL_INVALID="The document or its variables are not valid GraphQL for this schema.",
    UNAUTHENTICATED="This needs credentials, or those that were sent are not good.",
    FORBIDDEN="Neither your access role nor a role of yours in the incident allows this, or no longer.",
    NOT_FOUND="What a reference points to is not there, or you may not see it.",
    INVALID_INPUT="An input can't be accepted; `extensions.field` names it and `extensions.hint` says what to do.",
    ILLEGAL_TRANSITION="The incident can't go there from its present stage; the hint names the ways on.",
    CONFLICT="The present state of things forbids this.",
    VERSION_CONFLICT="Somebody changed it since you read it; read it again and apply your change to that.",
    IDEMPOTENCY_CONFLICT="This idempotencyKey was used with another input.",
    RATE_LIMITED="Too many requests; wait and send it again.",
    TOO_EXPENSIVE="The operation is larger than a limit allows; ask for less at once.",
    TIMEOUT="It took too long and was given up. Send it again; with an idempotencyKey that is always safe.",
    UNAVAILABLE="The database is away, read-only or full. Send it again; with an idempotencyKey that is always safe.",
    CURSOR_EXPIRED="The cursor is older than the feed is replayed; read the present state and begin from its cursor.",
    SLOW_CONSUMER="The subscription was not read fast enough; resume after the last cursor that you have.",
    DOCUMENT_NOT_TRUSTED="Only documents that were registered beforehand are accepted here.",
    PERSISTED_QUERY_NOT_FOUND="Nobody knows the document of this digest; send its text with it once.",
    INTERNAL="Something went wrong on our side; `extensions.id` finds it in our logs.",
)
publish(
    TimelineOrder,
    "In which order a timeline is read.",
    RECORDED="As it was written down; an entry that was back-dated stands where it was added.",
    OCCURRED="As it happened; an entry that was back-dated stands where it belongs.",
)
publish(
    IncidentOrder,
    "In which order incidents are listed.",
    NEWEST="By number, the newest first.",
    OLDEST="By number, the oldest first.",
    SEVERITY="The worst severity first, those without one last; the newest first among equals.",
)
publish(
    LogoTheme,
    "On which paper a logo stands.",
    LIGHT="Light paper; on dark paper, too, if there is no other, on a light ground.",
    DARK="Dark paper.",
)
publish(
    LineChange,
    "What became of a line between two texts.",
    SAME="It stays.",
    REMOVED="It goes, or was there before.",
    ADDED="It comes.",
    SKIPPED="Lines that stay and are not shown.",
)
publish(
    words.TemplateUse,
    "What a template is written for.",
    INCIDENT="Updates of incidents.",
    MAINTENANCE="Planned work: updates of it, and the words that go with its steps.",
)
publish(
    words.PageAccess,
    "Who may read a status page.",
    PUBLIC="Anybody.",
    LINK="Who has a link that opens it.",
    MEMBERS="Who is signed in.",
)
