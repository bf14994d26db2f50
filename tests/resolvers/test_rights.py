"""What clients are told that they may do is what they then can do: for each stage, each person, each mutation."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from actions.action_items import add_action_item, change_action_item
from actions.alerts.changes import acknowledge_alert, link_alert, resolve_alert
from actions.alerts.noise import mark_noise, unmark_noise
from actions.alerts.snoozes import snooze_alert, unsnooze_alert
from actions.declarations import declare_incident
from actions.edits import edit_incident
from actions.endings import cancel_incident, decline_incident, reopen_incident
from actions.entries import add_entry, pin_event
from actions.items.bulk import change_action_items
from actions.linked_changes import link_change
from actions.members import add_member, remove_member
from actions.merges import merge_incident
from actions.outward.announcements import announce
from actions.outward.bridges import open_bridge
from actions.outward.channels import archive_channel, open_channel
from actions.outward.paging import acknowledge_page, page_on_call
from actions.outward.tickets import open_action_item_ticket, open_ticket
from actions.postmortems.changes import edit_postmortem, publish_postmortem
from actions.postmortems.factors import choose_factors
from actions.postmortems.public import edit_public_postmortem, publish_postmortem_publicly, withdraw_public_postmortem
from actions.postmortems.reassembly import reassemble_postmortem
from actions.postmortems.remarks import comment_on_postmortem, decide_suggestion, resolve_comment, suggest_edit
from actions.postmortems.reviewing import request_review, review_postmortem
from actions.postmortems.wording import propose_wording
from actions.reports import acknowledge_incident
from actions.roles import assign_role, relinquish_role
from actions.runbooks.opening import open_runbook
from actions.severity_changes import change_severity
from actions.stages import change_stage
from actions.tasks import add_task, claim_task, complete_task, drop_task, release_task
from actions.timestamps import correct_timestamp
from actions.updates import edit_update, publish_update, withdraw_update
from actions.visibility_changes import change_visibility
from actions.workflows.by_hand import cancel_run, run_workflow
from actions.workflows.questions import answer_question
from auth.acts import NEEDS, Act
from auth.permission import INCIDENT_PERMISSIONS, Permission
from auth.scope import SCOPES, Scope
from core.errors import DomainError, ErrorCode
from core.ids import encode
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.alert import Alert, AlertSource
from models.integration import Integration, OutwardAction
from models.lifecycle import TRANSITIONS, Verb
from models.postmortem import LEARNING_STAGES, ActionItem
from models.runbook import Runbook
from models.task import Task
from models.update import Update
from models.words import (
    ActionItemState,
    ActorKind,
    AlertState,
    Audience,
    EntryKind,
    IncidentTimestamp,
    OutwardState,
    OutwardVerb,
    PostmortemStatus,
    PublicStatus,
    ReviewDecision,
    Stage,
    TaskState,
    Visibility,
)
from resolvers.context import Context
from resolvers.people import Who
from resolvers.rights import allowed_actions, permissions_of
from tests.actions.lifecycle import declared, incident_in
from tests.resolvers.hanging import GONE_WITH_A_MERGE, a_run, hang_postmortem, paging_ways
from tests.resolvers.trying import give, people
from tests.workflows.asking import hang_question

REFUSED = {ErrorCode.FORBIDDEN, ErrorCode.ILLEGAL_TRANSITION, ErrorCode.CONFLICT}


async def _tried(world, actor, action, given):
    """Why an action was refused, or None; nothing of it stays."""
    outcome = None
    with suppress(InterruptedError):
        async with world.database.unit_of_work() as session:
            try:
                await action(session, actor, **given)
                await session.flush()
            except DomainError as error:
                outcome = error.code
            raise InterruptedError  # nothing of it is to stay
    assert outcome in {None, *REFUSED}, f"{action.__name__}: {outcome}"
    return outcome


TOLD = {"slack": {"announcement_channel": "C2"}, "language-model": {"private_incidents": True}}
VENDORS = {vendor: TOLD.get(vendor, {}) for vendor in ("jitsi", "github", "pagerduty", *TOLD)}


async def _hang(world, incident, postmortem):
    """Hang one of everything on an incident, as if it had come there earlier; what they are by name."""
    moment = world.clock.now()
    own = {"incident_id": incident.id}
    async with world.database.unit_of_work() as session:
        for vendor, told in VENDORS.items():
            account = {"key": vendor, "vendor": vendor, "name": vendor, "configuration": told, "version": 1}
            made = insert(Integration).values({**account, "created_at": moment})
            await session.execute(made.on_conflict_do_nothing())
        book = {"name": "Odd things", "body": "- [ ] Look", "version": 1, "created_at": moment}
        await session.execute(insert(Runbook).values(book).on_conflict_do_nothing())
        slack = await session.scalar(select(Integration.id).where(Integration.key == "slack"))
        channel = OutwardAction(
            key=f"{incident.reference}/channel",
            integration_id=slack,
            verb=OutwardVerb.OPEN_CHANNEL,
            arguments={},
            state=OutwardState.DONE,
            created_at=moment,
            external_id="C1",
            **own,
        )
        pager = await session.scalar(select(Integration.id).where(Integration.key == "pagerduty"))
        page = OutwardAction(
            key=f"{incident.reference}/page/1",
            integration_id=pager,
            verb=OutwardVerb.PAGE,
            arguments={"mark": "m", "target": "search", "beside": None},
            state=OutwardState.DONE,
            created_at=moment,
            **own,
        )
        session.add_all([channel, page, a_run(moment, **own)])
        source = AlertSource(
            kind="alertmanager", name=f"{incident.id}", key_digest=b"%d" % incident.id, created_at=moment
        )
        session.add(source)
        await session.flush()
        stamps = {"starts_at": moment, "first_seen_at": moment, "last_seen_at": moment, "labels": {}, "annotations": {}}
        alert = Alert(
            source_id=source.id,
            fingerprint="f",
            group_key="g",
            title="Odd",
            state=AlertState.FIRING,
            count=1,
            **stamps,
            **own,
        )
        task = Task(title="Look", state=TaskState.OPEN, created_at=moment, **own)
        update = Update(
            audience=Audience.INTERNAL,
            body="Odd.",
            author_kind=ActorKind.USER,
            author_id=world.ben.id,
            published_at=moment,
            **own,
        )
        item = ActionItem(
            title="Fix",
            state=ActionItemState.OPEN,
            priority=3,
            version=1,
            owner_id=world.teams["payments"].id,
            created_at=moment,
            **own,
        )
        session.add_all([alert, task, update, item])
        remarks = await hang_postmortem(session, incident, postmortem, moment, world.ben.id)
        await session.flush()
        workflow, run, step = await hang_question(session, incident.id, moment)
        rows = {"alert": alert, "task": task, "update": update, "item": item}
        return SimpleNamespace(**rows, workflow=workflow, run=run, step=step, **remarks)


def _ways(world, incident, things, event, other):
    """How to try each act on an incident."""
    ref, chi = {"incident": incident.reference}, world.id_of("chi")
    why = {"reason": "So it is."}
    stages = TRANSITIONS[incident.stage].get(Verb.CHANGE_STAGE, {Stage.RESOLUTION})
    flipped = Visibility.ORGANISATION if incident.private else Visibility.PRIVATE
    words = {"audience": Audience.INTERNAL, "body": "We look."}
    if incident.stage is Stage.MERGED:
        words = {"audience": Audience.PUBLIC, "body": "Over.", "status": PublicStatus.RESOLVED}
    task, update = {"task": encode("Task", things.task.id)}, {"update": encode("Update", things.update.id)}
    alert, item = {"alert": encode("Alert", things.alert.id)}, {"action_item": encode("ActionItem", things.item.id)}
    impact = {"timestamp": IncidentTimestamp.IMPACT_STARTED, "value": incident.detected_at - timedelta(days=1)}
    return {
        Act.ACKNOWLEDGE_INCIDENT: (acknowledge_incident, ref),
        Act.DECLARE_INCIDENT: (declare_incident, {**ref, "severity": "SEV2"}),
        Act.DECLINE_INCIDENT: (decline_incident, {**ref, **why}),
        Act.CANCEL_INCIDENT: (cancel_incident, {**ref, **why}),
        Act.EDIT_INCIDENT: (edit_incident, {**ref, "title": "Odder"}),
        Act.CHANGE_SEVERITY: (change_severity, {**ref, "severity": "SEV3"}),
        Act.CHANGE_STAGE: (change_stage, {**ref, "stage": min(stages)}),
        Act.REOPEN_INCIDENT: (reopen_incident, {**ref, **why}),
        Act.MERGE_INCIDENT: (merge_incident, {**ref, "into": other.reference}),
        Act.CORRECT_TIMESTAMP: (correct_timestamp, {**ref, **impact, **why}),
        Act.CHANGE_VISIBILITY: (change_visibility, {**ref, **why, "visibility": flipped}),
        Act.ADD_MEMBER: (add_member, {**ref, "user": chi}),
        Act.REMOVE_MEMBER: (remove_member, {**ref, "user": chi}),
        Act.ASSIGN_ROLE: (assign_role, {**ref, "role": "technical_lead", "user": chi}),
        Act.RELINQUISH_ROLE: (relinquish_role, {**ref, "role": "technical_lead"}),
        Act.LINK_CHANGE: (link_change, {**ref, "url": "https://ci.example.org/412", "title": "Release 412"}),
        Act.ADD_ENTRY: (add_entry, {**ref, "kind": EntryKind.NOTE, "text": "Odd."}),
        Act.PIN_EVENT: (pin_event, {"event": encode("Event", event.id), "pinned": True}),
        Act.ADD_TASK: (add_task, {**ref, "title": "Look"}),
        Act.CLAIM_TASK: (claim_task, task),
        Act.RELEASE_TASK: (release_task, task),
        Act.COMPLETE_TASK: (complete_task, task),
        Act.DROP_TASK: (drop_task, task),
        Act.OPEN_RUNBOOK: (open_runbook, {**ref, "runbook": "Odd things"}),
        Act.OPEN_BRIDGE: (open_bridge, {**ref, "integration": "jitsi"}),
        Act.OPEN_TICKET: (open_ticket, {**ref, "integration": "github"}),
        Act.OPEN_CHANNEL: (open_channel, {**ref, "integration": "slack"}),
        Act.ARCHIVE_CHANNEL: (archive_channel, ref),
        Act.ACKNOWLEDGE_PAGE: (acknowledge_page, ref),
        Act.PAGE_ON_CALL: (page_on_call, {**ref, "integration": "pagerduty"}),
        **paging_ways(ref, chi),
        Act.ANNOUNCE: (announce, {**ref, "integration": "slack"}),
        Act.RUN_WORKFLOW: (run_workflow, {**ref, "workflow": things.workflow.key}),
        Act.CANCEL_RUN: (cancel_run, {"run": encode("WorkflowRun", things.run.id), **why}),
        Act.ANSWER_QUESTION: (
            answer_question,
            {"question": encode("WorkflowStepRun", things.step.id), "answer": "Yes"},
        ),
        Act.PUBLISH_UPDATE: (publish_update, {**ref, **words}),
        Act.EDIT_UPDATE: (edit_update, {**update, "body": "Odder."}),
        Act.WITHDRAW_UPDATE: (withdraw_update, {**update, **why}),
        Act.ACKNOWLEDGE_ALERT: (acknowledge_alert, alert),
        Act.RESOLVE_ALERT: (resolve_alert, alert),
        Act.LINK_ALERT: (link_alert, alert),
        Act.SNOOZE_ALERT: (snooze_alert, {**alert, "until": world.clock.now() + timedelta(hours=1)}),
        Act.UNSNOOZE_ALERT: (unsnooze_alert, alert),
        Act.MARK_NOISE: (mark_noise, {**alert, "reason": "Odd."}),
        Act.UNMARK_NOISE: (unmark_noise, alert),
        Act.ADD_ACTION_ITEM: (add_action_item, {**ref, "title": "Fix", "owner": "payments"}),
        Act.CHANGE_ACTION_ITEM: (change_action_item, {**item, "title": "Mend"}),
        Act.CHANGE_ACTION_ITEMS: (change_action_items, {"items": [item["action_item"]], "priority": 1}),
        Act.OPEN_ACTION_ITEM_TICKET: (open_action_item_ticket, {**item, "integration": "github"}),
        Act.EDIT_POSTMORTEM: (
            edit_postmortem,
            {**ref, "section": "summary", "markdown": "Odd.", "expected_version": 1},
        ),
        Act.REASSEMBLE_POSTMORTEM: (reassemble_postmortem, {**ref, "expected_version": 1}),
        Act.CHOOSE_FACTORS: (choose_factors, {**ref, "factors": [], "expected_version": 1}),
        Act.REQUEST_REVIEW: (request_review, {**ref, "reviewers": [chi], "expected_version": 1}),
        Act.REVIEW_POSTMORTEM: (review_postmortem, {**ref, "decision": ReviewDecision.APPROVED}),
        Act.COMMENT_ON_POSTMORTEM: (comment_on_postmortem, {**ref, "section": "summary", "body": "Why?"}),
        Act.RESOLVE_COMMENT: (resolve_comment, {**ref, "comment": things.comment}),
        Act.SUGGEST_EDIT: (
            suggest_edit,
            {**ref, "section": "summary", "markdown": "Odd.", "expected_version": 1},
        ),
        Act.PROPOSE_WORDING: (propose_wording, {**ref, "integration": "language-model"}),
        Act.DECIDE_SUGGESTION: (decide_suggestion, {**ref, "suggestion": things.suggestion, "accept": True}),
        Act.PUBLISH_POSTMORTEM: (publish_postmortem, ref),
        Act.PUBLISH_POSTMORTEM_PUBLICLY: (publish_postmortem_publicly, {**ref, "body": "We add disks."}),
        Act.EDIT_PUBLIC_POSTMORTEM: (edit_public_postmortem, {**ref, "body": "We add more disks."}),
        Act.WITHDRAW_PUBLIC_POSTMORTEM: (withdraw_public_postmortem, {**ref, **why}),
    }


async def _told(world, actor, incident):
    ctx = Context(Runtime(Settings(), world.database, Live(world.database)), actor)
    try:
        (names,) = await allowed_actions(ctx, [incident])
    finally:
        await ctx.close()
    return set(names)


async def _compare(world, incident, postmortem, turn=0):
    other = await declared(world, title="Another")
    things = await _hang(world, incident, postmortem)
    incident = await world.incident(incident.id)
    event = (await world.events(incident.id))[0]
    ways = _ways(world, incident, things, event, other)
    assert set(ways) == set(Act) == set(NEEDS)
    for actor, role in people(world, turn):
        await give(world, actor, role, incident, other)
        told = await _told(world, actor, incident)
        for act, (action, given) in ways.items():
            if incident.stage is Stage.MERGED and act in GONE_WITH_A_MERGE:
                assert act not in told
                continue
            refused = await _tried(world, actor, action, given)
            assert (act in told) is (refused is None), f"{actor.name} as {role} in {incident.stage}: {act} {refused}"


@pytest.mark.parametrize("stage", list(Stage))
async def test_in_each_stage_that_is_offered_what_can_be_done(world, stage):
    postmortem = PostmortemStatus.DRAFT if stage in LEARNING_STAGES else None
    await _compare(world, await incident_in(world, stage), postmortem, list(Stage).index(stage))


async def test_also_for_a_postmortem_that_stays_after_a_reopening_and_one_that_is_published(world):
    await _compare(world, await incident_in(world, Stage.RESPONSE), PostmortemStatus.IN_REVIEW)
    await _compare(world, await incident_in(world, Stage.CLOSED), PostmortemStatus.PUBLISHED, 1)


async def test_also_while_customers_read_of_it(world):
    incident = await incident_in(world, Stage.RESPONSE)
    await world.do(
        publish_update,
        world.ben,
        incident=incident.reference,
        audience=Audience.PUBLIC,
        status=PublicStatus.INVESTIGATING,
        public_title="Slow",
        body="We look.",
    )
    await _compare(world, incident, None, 2)
    target = await declared(world)
    await world.do(merge_incident, world.ben, incident=incident.reference, into=target.reference)
    assert Act.PUBLISH_UPDATE in await _told(world, world.ben, await world.incident(incident.id))


async def test_without_a_channel_none_can_be_archived_and_private_ones_are_not_announced(world):
    incident = await declared(world)
    told = await _told(world, world.dov, incident)
    assert Act.ARCHIVE_CHANNEL not in told
    assert Act.ANNOUNCE in told
    assert await _tried(world, world.dov, archive_channel, {"incident": incident.reference}) == ErrorCode.CONFLICT
    private = await declared(world, visibility=Visibility.PRIVATE)
    ben = await _told(world, world.ben, private)
    assert Act.ANNOUNCE not in ben
    given = {"incident": private.reference, "integration": "slack"}
    assert await _tried(world, world.ben, announce, given) == ErrorCode.CONFLICT


@pytest.mark.parametrize("public", [False, True])
async def test_also_when_customers_read_that_it_is_over_and_what_was_learned(world, public):
    incident = await incident_in(world, Stage.RESOLUTION)
    ref = {"incident": incident.reference}
    over = {"audience": Audience.PUBLIC, "status": PublicStatus.RESOLVED, "public_title": "Slow", "body": "Over."}
    await world.do(publish_update, world.ben, **ref, **over)
    if public:
        await world.do(publish_postmortem_publicly, world.ben, **ref, body="We add disks.")
    await _compare(world, await world.incident(incident.id), PostmortemStatus.DRAFT, 3 if public else 1)


def test_every_role_gives_reading_and_only_what_people_can_have():
    for held in INCIDENT_PERMISSIONS.values():
        assert Permission.READ in held
        assert not held & {
            Permission.ADMINISTER,
            Permission.ADMINISTER_PEOPLE,
            Permission.AUDIT,
            Permission.SEE_PRIVATE,
        }


async def test_permissions_are_told_of_the_viewer_alone(world):
    limited = replace(world.ada, limit=frozenset(SCOPES[Scope.ALERTS_WRITE]), sees_private=True)
    ctx = Context(Runtime(Settings(), world.database, Live(world.database)), limited)
    own, other = await permissions_of(ctx, [Who(ActorKind.USER, limited.id), Who(ActorKind.USER, world.ben.id)])
    assert own == [Permission.READ, Permission.ALERT]
    assert other is None
    await ctx.close()
