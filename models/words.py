"""The enumerations of the domain (DESIGN §3). Stored as text, published in the GraphQL schema under the same names."""

from enum import StrEnum


class Stage(StrEnum):
    """Where an incident stands; DETECTION to POSTMORTEM are the six stages of the drill, the rest are ends."""

    DETECTION = "DETECTION"
    TRIAGE = "TRIAGE"
    RESPONSE = "RESPONSE"
    MITIGATION = "MITIGATION"
    RESOLUTION = "RESOLUTION"
    POSTMORTEM = "POSTMORTEM"
    CLOSED = "CLOSED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"
    MERGED = "MERGED"


class IncidentKind(StrEnum):
    """Real, an exercise, or written down after the fact."""

    REAL = "REAL"
    DRILL = "DRILL"
    BACKFILLED = "BACKFILLED"


class Visibility(StrEnum):
    """Who may see something: everyone signed in, or only the incident's members."""

    ORGANISATION = "ORGANISATION"
    PRIVATE = "PRIVATE"


class EntryKind(StrEnum):
    """What a person wrote on the timeline."""

    NOTE = "NOTE"
    DECISION = "DECISION"
    OBSERVATION = "OBSERVATION"
    ACTION = "ACTION"
    HYPOTHESIS = "HYPOTHESIS"


class Audience(StrEnum):
    """Whom an update addresses."""

    INTERNAL = "INTERNAL"
    PUBLIC = "PUBLIC"


class PublicStatus(StrEnum):
    """What a public update says of the incident."""

    INVESTIGATING = "INVESTIGATING"
    IDENTIFIED = "IDENTIFIED"
    MONITORING = "MONITORING"
    RESOLVED = "RESOLVED"


class ComponentStatus(StrEnum):
    """How a component is, as customers are told. Declared from best to worst, maintenance apart: see `rank`."""

    OPERATIONAL = "OPERATIONAL"
    UNDER_MAINTENANCE = "UNDER_MAINTENANCE"
    DEGRADED_PERFORMANCE = "DEGRADED_PERFORMANCE"
    PARTIAL_OUTAGE = "PARTIAL_OUTAGE"
    MAJOR_OUTAGE = "MAJOR_OUTAGE"

    @property
    def rank(self) -> int:
        """0 is best. A component's state is the worst of all that is claimed of it (DESIGN §3)."""
        return _RANKS[self]


_RANKS = {status: rank for rank, status in enumerate(ComponentStatus)}


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "OPEN"
    CLAIMED = "CLAIMED"
    DONE = "DONE"
    DROPPED = "DROPPED"


class AlertState(StrEnum):
    """Where an alert stands."""

    FIRING = "FIRING"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RESOLVED = "RESOLVED"
    SUPPRESSED = "SUPPRESSED"


class ActionItemState(StrEnum):
    """Where an action item stands."""

    OPEN = "OPEN"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    WONT_DO = "WONT_DO"


class ActionItemKind(StrEnum):
    """What an action item is good for."""

    PREVENT = "PREVENT"
    DETECT = "DETECT"
    MITIGATE = "MITIGATE"
    PROCESS = "PROCESS"


class ItemReminder(StrEnum):
    """Why somebody is reminded of an action item."""

    UNASSIGNED = "UNASSIGNED"
    SOON = "SOON"
    OVERDUE = "OVERDUE"


class Likeness(StrEnum):
    """What two incidents have in common."""

    SERVICE = "SERVICE"
    LABEL = "LABEL"
    FACTOR = "FACTOR"
    WORDS = "WORDS"


class PostmortemStatus(StrEnum):
    """Where a postmortem stands."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    PUBLISHED = "PUBLISHED"


class ReviewDecision(StrEnum):
    """What a reviewer says of a postmortem."""

    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"


class SuggestionState(StrEnum):
    """Where a suggested wording stands."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"


class WordingState(StrEnum):
    """Where a request to a language model for wordings stands."""

    ASKED = "ASKED"
    ANSWERED = "ANSWERED"
    FAILED = "FAILED"


class DeliveryState(StrEnum):
    """Where a message to one recipient stands. UNKNOWN: a crash came between sending and noting it."""

    PENDING = "PENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    SUPPRESSED = "SUPPRESSED"


class ActorKind(StrEnum):
    """Who does something."""

    USER = "USER"
    SERVICE_ACCOUNT = "SERVICE_ACCOUNT"
    INTEGRATION = "INTEGRATION"
    SYSTEM = "SYSTEM"
    WORKFLOW = "WORKFLOW"
    VENDOR = "VENDOR"
    ANONYMOUS = "ANONYMOUS"


class PagingScope(StrEnum):
    """Whom a severity pages."""

    ALL_HANDS = "ALL_HANDS"
    ON_CALL = "ON_CALL"
    NOBODY = "NOBODY"


class IncidentTimestamp(StrEnum):
    """The moments of an incident that metrics are anchored in; each names the column `<value>_at`."""

    IMPACT_STARTED = "IMPACT_STARTED"
    DETECTED = "DETECTED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    DECLARED = "DECLARED"
    MITIGATED = "MITIGATED"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"


class AccessRole(StrEnum):
    """What a person or a service account may do (auth.permission); not to be confused with an incident role."""

    VIEWER = "VIEWER"
    RESPONDER = "RESPONDER"
    MANAGER = "MANAGER"
    ADMIN = "ADMIN"


class CreateIncident(StrEnum):
    """When a rule makes an incident of alerts. AFTER_…: once enough came, or monitors say so. ASK: people are asked."""

    ALWAYS = "ALWAYS"
    NEVER = "NEVER"
    AFTER_ALERTS = "AFTER_ALERTS"
    AFTER_SOURCES = "AFTER_SOURCES"
    ASK = "ASK"


class EndIncident(StrEnum):
    """Which of its alerts must end for an incident to end by itself, as a routing rule says."""

    NEVER = "NEVER"
    FIRST = "FIRST"
    """Any of them."""
    LAST = "LAST"
    """The one that came last."""
    ALL = "ALL"


class MaintenanceState(StrEnum):
    """Where planned work stands. IN_PROGRESS and VERIFYING: it is under way."""

    SCHEDULED = "SCHEDULED"
    IN_PROGRESS = "IN_PROGRESS"
    VERIFYING = "VERIFYING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class SeriesScope(StrEnum):
    """How far a change of recurring work reaches."""

    THIS = "THIS"
    THIS_AND_FOLLOWING = "THIS_AND_FOLLOWING"


class Channel(StrEnum):
    """How somebody outside is told of news on the status page."""

    EMAIL = "EMAIL"
    WEBHOOK = "WEBHOOK"
    SLACK = "SLACK"
    TEAMS = "TEAMS"


class OutwardVerb(StrEnum):
    """What is done at a vendor for an incident."""

    OPEN_BRIDGE = "OPEN_BRIDGE"
    OPEN_TICKET = "OPEN_TICKET"
    OPEN_CHANNEL = "OPEN_CHANNEL"
    ARCHIVE_CHANNEL = "ARCHIVE_CHANNEL"
    PAGE = "PAGE"
    ACKNOWLEDGE_PAGE = "ACKNOWLEDGE_PAGE"
    RESOLVE_PAGE = "RESOLVE_PAGE"
    FOLLOW_CHANNEL = "FOLLOW_CHANNEL"
    ANNOUNCE = "ANNOUNCE"
    FOLLOW_ANNOUNCEMENT = "FOLLOW_ANNOUNCEMENT"
    RELAY_UPDATE = "RELAY_UPDATE"
    SAY = "SAY"
    COMMENT_TICKET = "COMMENT_TICKET"
    FOLLOW_TICKET = "FOLLOW_TICKET"


class TicketState(StrEnum):
    """How far a ticket is, whatever its vendor calls that."""

    OPEN = "OPEN"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"


class PageChange(StrEnum):
    """What became of a page at a pager's vendor."""

    ACKNOWLEDGED = "ACKNOWLEDGED"
    UNACKNOWLEDGED = "UNACKNOWLEDGED"
    RESOLVED = "RESOLVED"
    REOPENED = "REOPENED"
    REASSIGNED = "REASSIGNED"
    ESCALATED = "ESCALATED"
    ANNOTATED = "ANNOTATED"
    RESPONDER_ADDED = "RESPONDER_ADDED"
    RESPONDER_REPLIED = "RESPONDER_REPLIED"


class OutwardState(StrEnum):
    """Where something that is to be done at a vendor stands. UNKNOWN: it may have been done."""

    PENDING = "PENDING"
    UNKNOWN = "UNKNOWN"
    DONE = "DONE"
    FAILED = "FAILED"
    CALLED_OFF = "CALLED_OFF"


class RunState(StrEnum):
    """Where a run of a workflow stands. WAITING: for its time, for an answer, or for a vendor."""

    RUNNING = "RUNNING"
    WAITING = "WAITING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class StepState(StrEnum):
    """Where a step of a run stands. UNDER_WAY: it was ordered at a vendor, whose answer is awaited."""

    PENDING = "PENDING"
    WAITING = "WAITING"
    UNDER_WAY = "UNDER_WAY"
    DONE = "DONE"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"
    CALLED_OFF = "CALLED_OFF"


class OnFailure(StrEnum):
    """What becomes of a run when one of its steps fails."""

    CONTINUE = "CONTINUE"
    STOP = "STOP"


class NewsKind(StrEnum):
    """What subscribers of the status page can ask to be told of."""

    INCIDENTS = "INCIDENTS"
    MAINTENANCE = "MAINTENANCE"


class TemplateUse(StrEnum):
    """What a template is written for."""

    INCIDENT = "INCIDENT"
    MAINTENANCE = "MAINTENANCE"


class PageAccess(StrEnum):
    """Who may read a status page."""

    PUBLIC = "PUBLIC"
    LINK = "LINK"
    MEMBERS = "MEMBERS"


class MetricUnit(StrEnum):
    """What the figures of a metric count."""

    SECONDS = "SECONDS"
    HOURS = "HOURS"
    SHARE = "SHARE"
    INCIDENTS = "INCIDENTS"
    PAGES = "PAGES"


class MetricPeriod(StrEnum):
    """How long the buckets of a metric's series are. A week begins on Monday (ISO 8601)."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


class MetricDimension(StrEnum):
    """What a metric can be split by."""

    SEVERITY = "SEVERITY"
    SERVICE = "SERVICE"
    TEAM = "TEAM"
    CAUSE = "CAUSE"


class LeftOut(StrEnum):
    """Why something that a metric is about has no value in it."""

    NO_START = "NO_START"
    NO_END = "NO_END"
    END_BEFORE_START = "END_BEFORE_START"
    DECLARED_DIRECTLY = "DECLARED_DIRECTLY"
