"""The enumerations of workflows, integrations, metrics and the practice as clients see them."""

from actions.alerts.rehearsal import RoutingFate
from actions.outward.checks import Result
from actions.outward.vendors import Port
from models import words
from models.heartbeat import HeartbeatState
from models.practice.words import LimitUnit, Trend, Verdict
from models.schedule import words as schedule_words
from schema.enums import publish

publish(
    words.RunState,
    "Where a run of a workflow stands.",
    RUNNING="Its steps are being taken.",
    WAITING="It waits: for its time, for an answer, or for a vendor.",
    DONE="It is over, and no step failed.",
    FAILED="It is over, and a step failed; the step says what to mend.",
    CANCELLED="It was called off, or did not begin; it says why.",
)
publish(
    words.StepState,
    "Where a step of a run stands.",
    PENDING="It is still to be taken.",
    WAITING="It waits: for its time, or for an answer.",
    UNDER_WAY="It was ordered at a vendor and goes on there; the next steps don't wait, unless its failure stops them.",
    DONE="It is done.",
    SKIPPED="There was no need or no way to take it; it says why.",
    FAILED="It failed; it says what to mend.",
    CALLED_OFF="It was called off before it was done.",
)
publish(
    words.OnFailure,
    "What becomes of a run when a step fails.",
    CONTINUE="The next steps are taken.",
    STOP="The rest is called off.",
)
publish(
    words.NewsKind,
    "What a subscriber of the status page can ask to be told of.",
    INCIDENTS="Public updates on incidents.",
    MAINTENANCE="Scheduled maintenance.",
)
publish(
    words.OutwardVerb,
    "What is done at a vendor for an incident.",
    OPEN_BRIDGE="Open the conference call.",
    OPEN_TICKET="Open the ticket.",
    OPEN_CHANNEL="Open the chat channel.",
    ARCHIVE_CHANNEL="Archive the chat channel.",
    PAGE="Page who is on call.",
    ACKNOWLEDGE_PAGE="Say at the pager that somebody has taken the incident.",
    RESOLVE_PAGE="Say at the pager that the incident is over.",
    FOLLOW_CHANNEL="Bring the chat channel up to date: its summary, its links, who is in it.",
    ANNOUNCE="Announce the incident.",
    FOLLOW_ANNOUNCEMENT="Bring the announcement up to date.",
    RELAY_UPDATE="Pass an internal update on to those who read the announcement.",
    SAY="Say something in the channel: a runbook, or what a workflow has to say.",
    COMMENT_TICKET="Say in the ticket what changed.",
    FOLLOW_TICKET="Look how far the ticket is, and close or reopen it with what it stands for.",
)
publish(
    words.OutwardState,
    "Where something that is to be done at a vendor stands.",
    PENDING="It waits for its turn, or to be tried again.",
    UNKNOWN="It is being done, or may have been done: it is looked up before it is done again.",
    DONE="It is done.",
    FAILED="It was given up; the error says what to mend. Asked for again, it is tried again.",
    CALLED_OFF="Its integration was archived before it was done, or the incident became private.",
)
publish(
    words.TicketState,
    "How far a ticket is, whatever its vendor calls that.",
    OPEN="Nobody has begun. GitHub's open issues are all here.",
    IN_PROGRESS="Somebody works on it.",
    DONE="Nothing is left to do, because it is done or will not be done.",
)
publish(
    Port,
    "What an incident may need of a vendor.",
    BRIDGE="A conference call.",
    TICKET="A ticket.",
    CHAT="A channel in a chat.",
    SAY="Something that is said in that channel.",
    PAGER="Paging who is on call.",
    ANNOUNCE="An announcement where everybody reads it.",
    METRICS="What monitors measured while it lasted.",
    WORDING="Wordings that a language model proposes for its postmortem.",
    MESSAGE="Messages to one person who is paged.",
)
publish(
    Result,
    "What an examination found of one thing that an integration needs.",
    OK="It is as it should be.",
    MISSING="It is not there.",
    WRONG="It is there, and wrong.",
)
publish(
    words.PagingScope,
    "Whom a severity pages.",
    ALL_HANDS="Everybody.",
    ON_CALL="Those who are on call for the services concerned.",
    NOBODY="Nobody.",
)
publish(
    words.IncidentTimestamp,
    "A moment of an incident that can be corrected, and that metrics are anchored in.",
    IMPACT_STARTED="When customers began to be affected.",
    DETECTED="When somebody or something noticed.",
    ACKNOWLEDGED="When somebody took it.",
    DECLARED="When it was declared.",
    MITIGATED="When the impact stopped.",
    RESOLVED="When the lasting fix was verified.",
    CLOSED="When everything was done.",
)
publish(
    words.MetricUnit,
    "What the figures of a metric count.",
    SECONDS="Seconds.",
    HOURS="Hours.",
    SHARE="A part from 0 to 1, in `mean`.",
    INCIDENTS="Incidents, in `count`.",
    PAGES="Pages of one person.",
)
publish(
    words.MetricPeriod,
    "How long a bucket of a series is.",
    DAY="A day.",
    WEEK="A week, from Monday on (ISO 8601).",
    MONTH="A month of the calendar.",
)
publish(
    words.MetricDimension,
    "What a metric can be split by.",
    SEVERITY="The severity that the incident has.",
    SERVICE="The services that it touches.",
    TEAM="The teams that own these services today.",
    CAUSE="The kinds of contributing factors that its postmortem names; INVALID_INPUT where none are kept.",
)
publish(
    words.LeftOut,
    "Why something that a metric is about has no value in it.",
    NO_START="The moment from which it is measured is not known.",
    NO_END="The moment until which it is measured has not come, or is not known.",
    END_BEFORE_START="It ended before it began: the impact began after its detection.",
    DECLARED_DIRECTLY="It never waited in detection: it was declared directly.",
)
publish(
    Verdict,
    "How an incident, or a time, stands against a check of the practice.",
    PASS="It is as it should be.",  # noqa: S106 (a verdict, no password)
    FAIL="It is not; `closes` says what helps.",
    UNKNOWN="It can't be told, or not yet.",
    NOT_APPLICABLE="The check is not about it, or is switched off.",
)
publish(
    Trend,
    "How the share that passed has changed since the time before.",
    BETTER="More pass.",
    SAME="As many pass.",
    WORSE="Fewer pass.",
    UNKNOWN="There was nothing to judge, now or then.",
)
publish(
    LimitUnit,
    "What the limit of a check counts.",
    MINUTES="Minutes.",
    DAYS="Days.",
    TIMES="How often, or how many.",
)
publish(
    schedule_words.RotationKind,
    "What a turn in a schedule's layer is measured in.",
    HOURLY="Hours, by the clocks.",
    DAILY="Days.",
    WEEKLY="Weeks.",
    MONTHLY="Months.",
)
publish(
    schedule_words.HolidayRule,
    "What a schedule's layer does on holidays.",
    ALSO="It counts then, too.",
    NOT="It does not count then: a lower layer does, or nobody.",
    ONLY="It counts then alone.",
)
publish(
    RoutingFate,
    "What routing rules would have made of an alert.",
    NEW_INCIDENT="It makes an incident.",
    JOINS="It belongs to the incident that another alert made.",
    WAITS="There were not enough like it for an incident.",
    ASKS="People are asked whether it is an incident.",
    PAGES="People are paged for it, without an incident.",
    KEPT="It is kept, and that is all.",
    DROPPED="It is kept as noise, with the reason.",
)
publish(
    HeartbeatState,
    "Where a heartbeat stands.",
    NEW="It was never heard; nothing is expected of it until then.",
    UP="It reported in time.",
    LATE="It should have reported by now; its grace lasts.",
    DOWN="It is silent for too long, or said that it failed: an alert fires.",
    PAUSED="Nothing is expected of it until somebody goes on.",
)
