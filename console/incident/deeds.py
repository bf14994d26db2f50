"""What can be done on an incident's page: each form or button by its name, the mutation that it is, and its action.

`given(desk, fields)` is what the action takes besides the incident; refusals name the form's own fields.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from actions.action_items import add_action_item
from actions.alerts.changes import acknowledge_alert, resolve_alert
from actions.declarations import declare_incident
from actions.edits import edit_incident
from actions.endings import cancel_incident, decline_incident, reopen_incident
from actions.entries import add_entry, pin_event
from actions.linked_changes import link_change
from actions.members import add_member, remove_member
from actions.merges import merge_incident
from actions.outward.announcements import announce
from actions.outward.bridges import open_bridge
from actions.outward.channels import archive_channel, open_channel
from actions.outward.paging import acknowledge_page, page_on_call
from actions.outward.tickets import open_ticket
from actions.paging.escalating import escalate_now
from actions.reports import acknowledge_incident
from actions.roles import assign_role, relinquish_role
from actions.runbooks.opening import open_runbook
from actions.severity_changes import change_severity
from actions.stages import change_stage
from actions.tasks import add_task, claim_task, complete_task, drop_task, release_task
from actions.timestamps import correct_timestamp
from actions.updates import edit_update, withdraw_update
from actions.visibility_changes import change_visibility
from actions.workflows.by_hand import run_workflow
from actions.workflows.questions import answer_question
from console.desk import Desk
from console.fields import Fields
from console.postmortem_desk.deeds import item
from console.times import Times
from core.errors import invalid
from core.ids import encode
from models.words import EntryKind, IncidentTimestamp, Stage, Visibility
from resolvers.mutations.perform import Given, of_input, of_row

SHORTCUTS = {f"/{kind.value.lower()}": kind for kind in EntryKind}
"""With which an entry may begin to say what kind it is: `/decision We roll back.`"""

Read = Callable[[Desk, Fields, Times], Given]


@dataclass(frozen=True, slots=True)
class Doing:
    """A form or button of the page."""

    mutation: str
    action: Callable[..., Awaitable[Any]]
    given: Read
    anchor: str
    key: Callable[[Any, Given], int | None] = of_row
    hung: bool = False
    """Whether the action is of something that hangs on the incident, and takes no `incident`."""


def _only(*names: str, **optional: str) -> Read:
    """The fields of these names; of `optional` ones the second name is the action's, and an empty one is left out."""

    def read(_: Desk, fields: Fields, __: Times) -> Given:
        found: Given = {name: fields[name] for name in names}
        return found | {own: value for name, own in optional.items() if (value := fields.optional(name)) is not None}

    return read


def _me(desk: Desk) -> str:
    return encode("User", desk.actor.id or 0)


def _take(desk: Desk, fields: Fields, _: Times) -> Given:
    return {"role": fields["role"], "user": _me(desk)}


def entry(_desk: Desk, fields: Fields, t: Times) -> Given:
    """An entry: its kind from the list, or from the word that it begins with."""
    kind = fields.one_of("kind", {each.value: each for each in EntryKind}) if "kind" in fields else EntryKind.NOTE
    text = fields.text("text").strip()
    word, _space, rest = text.partition(" ")
    if word.lower() in SHORTCUTS:
        kind, text = SHORTCUTS[word.lower()], rest.strip()
    found: Given = {"kind": kind, "text": text, "pinned": fields.flag("pinned")}
    at = fields.moment("occurred_at", t.zone)
    return found | ({"occurred_at": at} if at is not None else {})


def _stage(_: Desk, fields: Fields, t: Times) -> Given:
    found: Given = {"stage": fields.one_of("stage", {each.value: each for each in Stage})}
    at = fields.moment("occurred_at", t.zone)
    return found | _said(fields, "note") | ({"occurred_at": at} if at is not None else {}) | _version(fields)


def _said(fields: Fields, name: str) -> Given:
    words = fields.optional(name)
    return {name: words} if words is not None else {}


def _version(fields: Fields) -> Given:
    version = fields.number("expected_version")
    return {"expected_version": version} if version is not None else {}


def _severity(_: Desk, fields: Fields, __: Times) -> Given:
    return {"severity": fields["severity"]} | _said(fields, "reason") | _version(fields)


def _declare(_: Desk, fields: Fields, __: Times) -> Given:
    return {"severity": fields["severity"]}


def _edit(_: Desk, fields: Fields, __: Times) -> Given:
    """The whole form: an empty public title or summary takes it away."""
    labels: dict[str, str] = {}
    for line in filter(None, map(str.strip, fields.text("labels").splitlines())):
        name, sign, value = line.partition("=")
        if not sign:
            raise invalid("labels", f"{line[:40]!r} is no label.", "Write one a line: region=eu.")
        labels[name.strip()] = value.strip()
    found: Given = {name: fields.optional(name) for name in ("title", "public_title", "summary")}
    return found | {"services": fields.all("services"), "labels": labels} | _version(fields)


def _visibility(_: Desk, fields: Fields, __: Times) -> Given:
    return {
        "visibility": fields.one_of("visibility", {each.value: each for each in Visibility}),
        "reason": fields["reason"],
    }


def _timestamp(_: Desk, fields: Fields, t: Times) -> Given:
    value = fields.moment("value", t.zone)
    if value is None:
        raise invalid("value", "This is needed.", "Give the right time.")
    stamps = {each.value: each for each in IncidentTimestamp}
    return {"timestamp": fields.one_of("timestamp", stamps), "value": value, "reason": fields["reason"]}


def _pin(_: Desk, fields: Fields, __: Times) -> Given:
    return {"event": fields["event"], "pinned": fields.flag("pinned")}


def _change(_: Desk, fields: Fields, t: Times) -> Given:
    found = {"url": fields["url"], "title": fields["title"]}
    at = fields.moment("happened_at", t.zone)
    return found | ({"happened_at": at} if at is not None else {})


def _reword(_: Desk, fields: Fields, __: Times) -> Given:
    flags = {name: fields.flag(name) for name in ("notify", "hide_earlier")}
    return {"update": fields["update"], "body": fields.text("body"), **flags} | _version(fields)


DEEDS: dict[str, Doing] = {
    "acknowledge": Doing("acknowledgeIncident", acknowledge_incident, _only(), "needs"),
    "declare": Doing("declareIncident", declare_incident, _declare, "move"),
    "decline": Doing("declineIncident", decline_incident, _only("reason"), "move"),
    "cancel": Doing("cancelIncident", cancel_incident, _only("reason"), "move"),
    "reopen": Doing("reopenIncident", reopen_incident, _only("reason"), "move"),
    "merge": Doing("mergeIncident", merge_incident, _only("into", reason="reason"), "move"),
    "stage": Doing("changeStage", change_stage, _stage, "move"),
    "severity": Doing("changeSeverity", change_severity, _severity, "move"),
    "edit": Doing("editIncident", edit_incident, _edit, "main"),
    "visibility": Doing("changeVisibility", change_visibility, _visibility, "main"),
    "timestamp": Doing("correctTimestamp", correct_timestamp, _timestamp, "main"),
    "add-member": Doing("addMember", add_member, _only("user"), "main"),
    "remove-member": Doing("removeMember", remove_member, _only("user"), "main"),
    "take": Doing("assignRole", assign_role, _take, "roles"),
    "give": Doing("assignRole", assign_role, _only("role", "user"), "roles"),
    "leave": Doing("relinquishRole", relinquish_role, _only("role"), "roles"),
    "entry": Doing("addEntry", add_entry, entry, "log"),
    "pin": Doing("pinEvent", pin_event, _pin, "log", of_input("event"), hung=True),
    "change": Doing("linkChange", link_change, _change, "log"),
    "add-task": Doing("addTask", add_task, _only("title"), "tasks"),
    "claim": Doing("claimTask", claim_task, _only("task"), "tasks", hung=True),
    "release": Doing("releaseTask", release_task, _only("task"), "tasks", hung=True),
    "complete": Doing("completeTask", complete_task, _only("task"), "tasks", hung=True),
    "drop": Doing("dropTask", drop_task, _only("task"), "tasks", hung=True),
    "item": Doing("addActionItem", add_action_item, lambda _, fields, __: item(fields), "items"),
    "runbook": Doing("openRunbook", open_runbook, _only("runbook"), "rooms"),
    "channel": Doing("openChannel", open_channel, _only("integration"), "rooms"),
    "archive-channel": Doing("archiveChannel", archive_channel, _only(), "rooms"),
    "bridge": Doing("openBridge", open_bridge, _only("integration"), "rooms"),
    "ticket": Doing("openTicket", open_ticket, _only("integration"), "rooms"),
    "announce": Doing("announce", announce, _only("integration"), "rooms"),
    "page": Doing("pageOnCall", page_on_call, _only("integration", target="target"), "rooms"),
    "page-taken": Doing("acknowledgePage", acknowledge_page, _only(), "rooms"),
    "escalate": Doing("escalateNow", escalate_now, _only(), "told"),
    "answer-page": Doing("acknowledgePage", acknowledge_page, _only(), "told"),
    "workflow": Doing("runWorkflow", run_workflow, _only("workflow"), "rooms"),
    "answer": Doing("answerQuestion", answer_question, _only("question", "answer"), "needs", hung=True),
    "take-alert": Doing("acknowledgeAlert", acknowledge_alert, _only("alert"), "alerts", hung=True),
    "end-alert": Doing("resolveAlert", resolve_alert, _only("alert"), "alerts", hung=True),
    "reword": Doing("editUpdate", edit_update, _reword, "said", hung=True),
    "withdraw": Doing("withdrawUpdate", withdraw_update, _only("update", "reason"), "said", hung=True),
}
"""By the last part of the address: `/console/incidents/INC-7/do/take`. Updates have a door of their own."""
