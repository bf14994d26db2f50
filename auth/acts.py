"""What can be done on an incident, and what each of it needs: data, which actions check and clients are told.

An act is a mutation, by its name in the API. Its permission may come from an access role or from a role on the incident
(`actions.allowed`); in which stages it makes sense follows from the transition table, or stands here beside it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from auth.actor import Actor
from auth.permission import Permission, may_on
from models.incident import Incident
from models.lifecycle import OPEN_STAGES, TRANSITIONS, Verb
from models.postmortem import LEARNING_STAGES
from models.words import IncidentKind, PostmortemStatus, PublicStatus, Stage


class Act(StrEnum):
    """A mutation of an incident, or of something that hangs on one."""

    ACKNOWLEDGE_INCIDENT = "acknowledgeIncident"
    DECLARE_INCIDENT = "declareIncident"
    DECLINE_INCIDENT = "declineIncident"
    CANCEL_INCIDENT = "cancelIncident"
    EDIT_INCIDENT = "editIncident"
    CHANGE_SEVERITY = "changeSeverity"
    CHANGE_STAGE = "changeStage"
    REOPEN_INCIDENT = "reopenIncident"
    MERGE_INCIDENT = "mergeIncident"
    CORRECT_TIMESTAMP = "correctTimestamp"
    CHANGE_VISIBILITY = "changeVisibility"
    ADD_MEMBER = "addMember"
    REMOVE_MEMBER = "removeMember"
    ASSIGN_ROLE = "assignRole"
    RELINQUISH_ROLE = "relinquishRole"
    ADD_ENTRY = "addEntry"
    LINK_CHANGE = "linkChange"
    PIN_EVENT = "pinEvent"
    ADD_TASK = "addTask"
    CLAIM_TASK = "claimTask"
    RELEASE_TASK = "releaseTask"
    COMPLETE_TASK = "completeTask"
    DROP_TASK = "dropTask"
    OPEN_RUNBOOK = "openRunbook"
    OPEN_BRIDGE = "openBridge"
    OPEN_TICKET = "openTicket"
    OPEN_CHANNEL = "openChannel"
    ARCHIVE_CHANNEL = "archiveChannel"
    PAGE_ON_CALL = "pageOnCall"
    ACKNOWLEDGE_PAGE = "acknowledgePage"
    PAGE_SOMEBODY = "pageSomebody"
    ESCALATE_NOW = "escalateNow"
    ANNOUNCE = "announce"
    RUN_WORKFLOW = "runWorkflow"
    CANCEL_RUN = "cancelRun"
    ANSWER_QUESTION = "answerQuestion"
    PUBLISH_UPDATE = "publishUpdate"
    EDIT_UPDATE = "editUpdate"
    WITHDRAW_UPDATE = "withdrawUpdate"
    ACKNOWLEDGE_ALERT = "acknowledgeAlert"
    RESOLVE_ALERT = "resolveAlert"
    LINK_ALERT = "linkAlert"
    SNOOZE_ALERT = "snoozeAlert"
    UNSNOOZE_ALERT = "unsnoozeAlert"
    MARK_NOISE = "markNoise"
    UNMARK_NOISE = "unmarkNoise"
    ADD_ACTION_ITEM = "addActionItem"
    CHANGE_ACTION_ITEM = "changeActionItem"
    CHANGE_ACTION_ITEMS = "changeActionItems"
    OPEN_ACTION_ITEM_TICKET = "openActionItemTicket"
    EDIT_POSTMORTEM = "editPostmortem"
    REASSEMBLE_POSTMORTEM = "reassemblePostmortem"
    CHOOSE_FACTORS = "chooseFactors"
    REQUEST_REVIEW = "requestPostmortemReview"
    REVIEW_POSTMORTEM = "reviewPostmortem"
    COMMENT_ON_POSTMORTEM = "commentOnPostmortem"
    RESOLVE_COMMENT = "resolvePostmortemComment"
    SUGGEST_EDIT = "suggestPostmortemEdit"
    PROPOSE_WORDING = "proposePostmortemWording"
    DECIDE_SUGGESTION = "decidePostmortemSuggestion"
    PUBLISH_POSTMORTEM = "publishPostmortem"
    PUBLISH_POSTMORTEM_PUBLICLY = "publishPostmortemPublicly"
    EDIT_PUBLIC_POSTMORTEM = "editPublicPostmortem"
    WITHDRAW_PUBLIC_POSTMORTEM = "withdrawPublicPostmortem"


ANY = frozenset(Stage)
UNMERGED = ANY - {Stage.MERGED}
"""A merged incident goes on as another."""
AT_WORK = UNMERGED - {Stage.CLOSED, Stage.DECLINED, Stage.CANCELLED}
"""The stages in which somebody works on an incident."""

DRAFTED = frozenset(PostmortemStatus)
UNPUBLISHED = DRAFTED - {PostmortemStatus.PUBLISHED}


class Beside(NamedTuple):
    """What stands beside an incident, as far as acts need it."""

    postmortem: PostmortemStatus | None = None
    """Where its postmortem stands; None: there is none."""
    public: bool = False
    """Whether customers read one."""
    channel: bool = False
    """Whether it has a channel in a chat."""


@dataclass(frozen=True, slots=True)
class Need:
    """What an act needs."""

    permission: Permission
    stages: frozenset[Stage] = ANY
    """The stages in which it is possible."""
    even_if: Callable[[Incident], bool] | None = None
    """When it is possible in any other stage, too."""
    unless: Callable[[Incident], bool] | None = None
    """When it is not possible in any stage."""
    postmortem: frozenset[PostmortemStatus] | None = None
    """Where the incident's postmortem must stand; None: it does not matter."""
    public: bool | None = None
    """Whether customers must, or must not, read a postmortem; None: it does not matter."""

    channel: bool | None = None
    """Whether it must, or must not, have a channel in a chat; None: it does not matter."""

    def fits(self, incident: Incident, beside: Beside) -> bool:
        """Whether the state of an incident, with what stands beside it, allows it."""
        if self.unless is not None and self.unless(incident):
            return False
        if self.postmortem is not None and beside.postmortem not in self.postmortem:
            return False
        if self.public is not None and beside.public is not self.public:
            return False
        if self.channel is not None and beside.channel is not self.channel:
            return False
        return incident.stage in self.stages or (self.even_if is not None and self.even_if(incident))


def _moves(verb: Verb, permission: Permission) -> Need:
    """The need of what moves an incident on: possible where the transition table has it."""
    return Need(
        permission, frozenset(stage for stage, ways in TRANSITIONS.items() if stage is not None and verb in ways)
    )


def _thread_is_open(incident: Incident) -> bool:
    """Whether customers read that something is wrong."""
    return incident.public_thread_open


def _customers_await_the_end(incident: Incident) -> bool:
    """Whether customers have not read that it is over, or must know nothing of it."""
    told = incident.public_status is PublicStatus.RESOLVED
    return not told or _hidden(incident)


def _written_later(incident: Incident) -> bool:
    """Whether it was written down after the fact: such incidents page nobody."""
    return incident.kind is IncidentKind.BACKFILLED


def _hidden(incident: Incident) -> bool:
    return incident.kept_from_customers


def _private(incident: Incident) -> bool:
    return incident.private


NEEDS: dict[Act, Need] = {
    Act.ACKNOWLEDGE_INCIDENT: _moves(Verb.ACKNOWLEDGE, Permission.RESPOND),
    Act.DECLARE_INCIDENT: _moves(Verb.DECLARE, Permission.REPORT),
    Act.DECLINE_INCIDENT: _moves(Verb.DECLINE, Permission.COMMAND),
    Act.CANCEL_INCIDENT: _moves(Verb.CANCEL, Permission.COMMAND),
    Act.EDIT_INCIDENT: Need(Permission.RESPOND, UNMERGED),
    Act.CHANGE_SEVERITY: Need(Permission.COMMAND, UNMERGED),
    Act.CHANGE_STAGE: _moves(Verb.CHANGE_STAGE, Permission.COMMAND),
    Act.REOPEN_INCIDENT: _moves(Verb.REOPEN, Permission.COMMAND),
    Act.MERGE_INCIDENT: _moves(Verb.MERGE, Permission.COMMAND),
    Act.CORRECT_TIMESTAMP: Need(Permission.COMMAND, UNMERGED),
    Act.CHANGE_VISIBILITY: Need(Permission.COMMAND, UNMERGED, unless=_thread_is_open),
    Act.ADD_MEMBER: Need(Permission.COMMAND, UNMERGED),
    Act.REMOVE_MEMBER: Need(Permission.COMMAND, UNMERGED),
    Act.ASSIGN_ROLE: Need(Permission.COMMAND, AT_WORK),
    Act.RELINQUISH_ROLE: Need(Permission.COMMAND, UNMERGED),
    Act.ADD_ENTRY: Need(Permission.RESPOND, UNMERGED),
    Act.LINK_CHANGE: Need(Permission.RESPOND, UNMERGED),
    Act.PIN_EVENT: Need(Permission.RESPOND),
    Act.ADD_TASK: Need(Permission.RESPOND, AT_WORK),
    Act.CLAIM_TASK: Need(Permission.RESPOND, AT_WORK),
    Act.RELEASE_TASK: Need(Permission.RESPOND, UNMERGED),
    Act.COMPLETE_TASK: Need(Permission.RESPOND, UNMERGED),
    Act.DROP_TASK: Need(Permission.RESPOND, UNMERGED),
    Act.OPEN_RUNBOOK: Need(Permission.RESPOND, AT_WORK),
    Act.OPEN_BRIDGE: Need(Permission.RESPOND, AT_WORK),
    Act.OPEN_TICKET: Need(Permission.RESPOND, UNMERGED),
    Act.OPEN_CHANNEL: Need(Permission.RESPOND, AT_WORK),
    Act.ARCHIVE_CHANNEL: Need(Permission.COMMAND, channel=True),
    Act.ANNOUNCE: Need(Permission.RESPOND, AT_WORK, unless=_private),
    Act.PAGE_ON_CALL: Need(Permission.RESPOND, OPEN_STAGES, unless=_written_later),
    Act.ACKNOWLEDGE_PAGE: Need(Permission.RESPOND, OPEN_STAGES - {Stage.DETECTION}, unless=_written_later),
    Act.PAGE_SOMEBODY: Need(Permission.RESPOND, OPEN_STAGES, unless=_written_later),
    Act.ESCALATE_NOW: Need(Permission.RESPOND, OPEN_STAGES, unless=_written_later),
    Act.RUN_WORKFLOW: Need(Permission.RESPOND, UNMERGED),
    Act.CANCEL_RUN: Need(Permission.COMMAND),
    Act.ANSWER_QUESTION: Need(Permission.RESPOND, UNMERGED),
    Act.PUBLISH_UPDATE: Need(Permission.COMMUNICATE, UNMERGED, even_if=_thread_is_open),
    Act.EDIT_UPDATE: Need(Permission.COMMUNICATE),
    Act.WITHDRAW_UPDATE: Need(Permission.COMMUNICATE),
    Act.ACKNOWLEDGE_ALERT: Need(Permission.ALERT, UNMERGED),
    Act.RESOLVE_ALERT: Need(Permission.ALERT, UNMERGED),
    Act.LINK_ALERT: Need(Permission.ALERT, UNMERGED),
    Act.SNOOZE_ALERT: Need(Permission.ALERT, UNMERGED),
    Act.UNSNOOZE_ALERT: Need(Permission.ALERT, UNMERGED),
    Act.MARK_NOISE: Need(Permission.ALERT, UNMERGED),
    Act.UNMARK_NOISE: Need(Permission.ALERT, UNMERGED),
    Act.ADD_ACTION_ITEM: Need(Permission.LEARN, UNMERGED),
    Act.CHANGE_ACTION_ITEM: Need(Permission.LEARN),
    Act.CHANGE_ACTION_ITEMS: Need(Permission.LEARN),
    Act.OPEN_ACTION_ITEM_TICKET: Need(Permission.LEARN),
    Act.EDIT_POSTMORTEM: Need(Permission.LEARN, postmortem=DRAFTED),
    Act.REASSEMBLE_POSTMORTEM: Need(Permission.LEARN, postmortem=DRAFTED),
    Act.CHOOSE_FACTORS: Need(Permission.LEARN, postmortem=DRAFTED),
    Act.REQUEST_REVIEW: Need(Permission.LEARN, LEARNING_STAGES, postmortem=UNPUBLISHED),
    Act.REVIEW_POSTMORTEM: Need(Permission.LEARN, LEARNING_STAGES, postmortem=UNPUBLISHED),
    Act.COMMENT_ON_POSTMORTEM: Need(Permission.LEARN, postmortem=DRAFTED),
    Act.RESOLVE_COMMENT: Need(Permission.LEARN, postmortem=DRAFTED),
    Act.SUGGEST_EDIT: Need(Permission.LEARN, postmortem=DRAFTED),
    Act.PROPOSE_WORDING: Need(Permission.LEARN, postmortem=UNPUBLISHED),
    Act.DECIDE_SUGGESTION: Need(Permission.LEARN, postmortem=DRAFTED),
    Act.PUBLISH_POSTMORTEM: Need(Permission.PUBLISH_POSTMORTEM, LEARNING_STAGES, postmortem=UNPUBLISHED),
    Act.PUBLISH_POSTMORTEM_PUBLICLY: Need(
        Permission.COMMUNICATE, LEARNING_STAGES, unless=_customers_await_the_end, public=False
    ),
    Act.EDIT_PUBLIC_POSTMORTEM: Need(Permission.COMMUNICATE, unless=_hidden, public=True),
    Act.WITHDRAW_PUBLIC_POSTMORTEM: Need(Permission.COMMUNICATE, public=True),
}
"""What each act needs."""


def possible(actor: Actor, incident: Incident, roles: Iterable[str], beside: Beside) -> list[Act]:
    """What an actor with some roles (by key) on an incident, which they see, may do on it as it stands."""
    held = frozenset(roles)
    return [act for act, need in NEEDS.items() if may_on(actor, need.permission, held) and need.fits(incident, beside)]
