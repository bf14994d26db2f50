"""An incident as it was: what its events add up to at a cursor is what the tables said when the feed stood there."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from actions.action_items import add_action_item, change_action_item
from actions.alerts.changes import acknowledge_alert, link_alert, resolve_alert
from actions.declarations import declare_incident
from actions.edits import edit_incident
from actions.endings import reopen_incident
from actions.entries import add_entry, pin_event
from actions.members import add_member, remove_member
from actions.merges import merge_incident
from actions.reports import acknowledge_incident, report_incident
from actions.roles import assign_role, relinquish_role
from actions.severity_changes import change_severity
from actions.stages import change_stage
from actions.tasks import add_task, claim_task, complete_task, drop_task, release_task
from actions.timestamps import correct_timestamp
from actions.updates import edit_update, publish_update, withdraw_update
from actions.visibility_changes import change_visibility
from core.cursor import encode_cursor
from core.ids import encode
from models.words import (
    ActionItemState,
    Audience,
    ComponentStatus,
    EntryKind,
    IncidentTimestamp,
    PublicStatus,
    Stage,
    Visibility,
)
from tests.actions.alerting import Monitor, alerts, firing, id_of, resolved, rule
from tests.schema.story import tell
from tests.test_journal import make_incident

WHOLE = """
  id reference title publicTitle summary labels severity { name rank } stage kind visibility members { name } version
  url publicUrl impactStartedAt detectedAt acknowledgedAt declaredAt mitigatedAt resolvedAt closedAt
  reportedBy { kind name } services { slug } mergedInto { reference } mergedFrom { reference } commander { name }
  held: roles { role { key } user { name } assumedAt }
  history: roles(current: false) { role { key } user { name } assumedAt relinquishedAt } unfilledRoles { key }
  tasks(first: 50) { nodes { id title state claimedBy { name } claimedAt doneAt } pageInfo { hasNextPage endCursor } }
  timeline(first: 100) { nodes { id number kind text pinned } pageInfo { hasNextPage } }
  marked: timeline(first: 100, pinned: true) { nodes { number } } lately: timeline(last: 2) { nodes { number } }
  updates(first: 50) { nodes { id audience status body publishedAt editedAt withdrawnAt nextUpdateBy
    components { component { name } to } } }
  internal: updates(last: 1, audience: INTERNAL) { nodes { body } pageInfo { hasPreviousPage } }
  alerts(first: 50) { nodes { id title state resolvedAt } }
  actionItems(first: 50) { nodes { id title state version dueOn owner { slug } doneAt } }
  promised: nextUpdateDueAt(audience: PUBLIC) nextUpdateDueAt(audience: INTERNAL)"""
NOW = f"query($ref: String!) {{ cursor incident(ref: $ref) {{ {WHOLE} }} }}"
THEN = f"query($ref: String!, $at: Cursor) {{ incident(ref: $ref, asOf: $at) {{ {WHOLE} }} }}"


class Album:
    """Pictures of incidents: how the tables had them, and where the feed stood. `world.do` takes one of each."""

    def __init__(self, client, *refs):
        self.client, self.world, self.refs, self.pictures = client, client.world, list(refs), []

    async def do(self, action, *args, **given):
        done = await self.world.do(action, *args, **given)
        self.world.clock.advance(minutes=1)
        await self.take()
        return done

    async def take(self):
        for ref in self.refs:
            seen = await self.client.ask(NOW, {"ref": ref}, by="ada")
            self.pictures.append((ref, seen["cursor"], seen["incident"]))

    async def compare(self):
        """Every picture against what the events say today."""
        for ref, cursor, picture in self.pictures:
            then = await self.client.ask(THEN, {"ref": ref, "at": cursor}, by="ada")
            assert then["incident"] == picture, (ref, cursor)
        assert len({cursor for _, cursor, _ in self.pictures}) > 1


async def test_the_life_of_an_incident_can_be_read_at_every_step(client, world):
    ada, ben, album = world.ada, world.ben, Album(client)
    found = await album.do(report_incident, ben, title="Slow", summary="Very", labels={"a": "1"}, members=None)
    ref = found.reference
    album.refs.append(ref)
    await album.take()
    await album.do(acknowledge_incident, ada, incident=ref)
    started = world.clock.now() - timedelta(hours=2)
    roles = [SimpleNamespace(role="commander", user=world.id_of("chi"))]
    declaring = {"severity": "SEV2", "title": "Slower", "services": ["search-api"], "impact_started_at": started}
    await album.do(declare_incident, ben, incident=ref, roles=roles, labels={"b": "2"}, **declaring)
    await album.do(assign_role, ben, incident=ref, role="commander", user=world.id_of("dov"))
    await album.do(assign_role, ben, incident=ref, role="scribe", user=world.id_of("eve"))
    await album.do(relinquish_role, ben, incident=ref, role="commander")
    note = await album.do(add_entry, ben, incident=ref, kind=EntryKind.NOTE, text="It is the cache", pinned=True)
    other = await album.do(add_entry, ben, incident=ref, kind=EntryKind.DECISION, text="Flush it")
    await album.do(pin_event, ben, event=encode("Event", note.id), pinned=False)
    await album.do(pin_event, ben, event=encode("Event", other.id), pinned=True)
    await album.do(change_severity, ben, incident=ref, severity="SEV1", reason="all of them")
    await album.do(edit_incident, ben, incident=ref, summary=None, services=["checkout-api"], public_title="Slow pages")
    await album.do(change_stage, ben, incident=ref, stage=Stage.MITIGATION)
    await album.do(
        correct_timestamp, ben, incident=ref, timestamp=IncidentTimestamp.DETECTED, value=started, reason="logs"
    )
    await album.do(change_stage, ben, incident=ref, stage=Stage.RESPONSE, note="not yet")
    await album.do(change_stage, ben, incident=ref, stage=Stage.RESOLUTION)
    await album.do(reopen_incident, ben, incident=ref, reason="again")
    await album.compare()


async def test_what_was_said_and_done_can_be_read_at_every_step(client, world):
    ben = world.ben
    ref = (await world.do(declare_incident, ben, title="Slow", severity="SEV1")).reference
    album = Album(client, ref)
    first = await album.do(add_task, ben, incident=ref, title="Roll back")
    second = await album.do(add_task, ben, incident=ref, title="Call them")
    key, other = encode("Task", first.id), encode("Task", second.id)
    await album.do(claim_task, ben, task=key)
    await album.do(release_task, ben, task=key)
    await album.do(claim_task, world.dov, task=key, user=world.id_of("chi"))
    await album.do(complete_task, world.chi, task=key)
    await album.do(drop_task, ben, task=other)
    await album.do(publish_update, ben, incident=ref, audience=Audience.INTERNAL, body="We look")
    checkout = encode("Component", world.components["checkout"].id)
    claim = SimpleNamespace(component=checkout, status=ComponentStatus.MAJOR_OUTAGE)
    told = {"incident": ref, "audience": Audience.PUBLIC}
    status = PublicStatus.INVESTIGATING
    said = await album.do(
        publish_update, ben, **told, status=status, body="Down", public_title="Oh", components=[claim]
    )
    await album.do(edit_update, ben, update=encode("Update", said.id), body="Down, sorry")
    more = await album.do(publish_update, ben, **told, status=PublicStatus.RESOLVED, body="Up")
    await album.do(withdraw_update, ben, update=encode("Update", more.id), reason="it is not")
    item = await album.do(add_action_item, ben, incident=ref, title="A limit", owner="payments", priority=1)
    done = {"action_item": encode("ActionItem", item.id), "state": ActionItemState.DONE}
    await album.do(change_action_item, ben, **done)
    await album.compare()


async def test_alerts_and_members_and_merges_can_be_read_at_every_step(client, world):
    ben = world.ben
    await rule(world)
    monitor = await Monitor.create(world)
    await monitor.sends(firing("a"), firing("b"))
    first, second = await alerts(world)
    album = Album(client, f"INC-{first.incident_id}")
    source = album.refs[0]
    await album.do(acknowledge_alert, ben, alert=id_of(first))
    await monitor.sends(resolved("a"), firing("b"), firing("c"))
    await album.take()
    await album.do(resolve_alert, ben, alert=id_of(second))
    await album.do(link_alert, ben, alert=id_of(second), incident=None)
    await album.do(add_task, ben, incident=source, title="Look")
    await album.do(add_member, ben, incident=source, user=world.id_of("eve"))
    await album.do(remove_member, ben, incident=source, user=world.id_of("eve"))
    entry = await album.do(add_entry, ben, incident=source, kind=EntryKind.NOTE, text="x", pinned=True)
    target = (await world.do(declare_incident, ben, title="The same", severity="SEV2")).reference
    third = (await world.do(declare_incident, ben, title="The same too", severity="SEV3")).reference
    album.refs += [target, third]
    await album.take()
    await album.do(merge_incident, ben, incident=source, into=target, reason="one thing")
    await album.do(pin_event, world.dov, event=encode("Event", entry.id), pinned=True)
    await album.do(merge_incident, ben, incident=target, into=third)
    members = [world.id_of("ada"), world.id_of("ben"), world.id_of("chi")]
    hidden = {"visibility": Visibility.PRIVATE, "members": members, "reason": "customers' data"}
    await album.do(change_visibility, ben, incident=third, **hidden)
    await album.compare()


async def test_before_it_began_there_was_no_incident(client, world):
    story = await tell(world)
    begun = (await world.events(story.incident.id))[0]
    at = {"ref": story.ref, "at": encode_cursor(begun.id - 1)}
    assert (await client.ask(THEN, at))["incident"] is None


async def test_a_cursor_ahead_of_the_feed_is_refused(client, world):
    story = await tell(world)
    error = await client.refusal(THEN, {"ref": story.ref, "at": encode_cursor(10**6)})
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID_INPUT", "asOf")


async def test_the_past_of_what_is_private_today_is_private(client, world):
    ref = (await world.do(declare_incident, world.ben, title="Slow", severity="SEV1")).reference
    cursor = (await client.ask("{ cursor }"))["cursor"]
    hidden = {"visibility": Visibility.PRIVATE, "members": [], "reason": "customers' data"}
    await world.do(change_visibility, world.ben, incident=ref, **hidden)
    at = {"ref": ref, "at": cursor}
    assert (await client.ask(THEN, at, by="ben"))["incident"]["visibility"] == "ORGANISATION"
    assert (await client.ask(THEN, at, by="eve"))["incident"] is None


async def test_an_alert_that_belongs_to_a_private_incident_by_now_is_not_shown_from_the_past(client, world):
    await rule(world)
    await (await Monitor.create(world)).sends(firing("a"))
    (alert,) = await alerts(world)
    cursor = (await client.ask("{ cursor }"))["cursor"]
    secret = await world.do(declare_incident, world.ben, title="x", severity="SEV1", visibility=Visibility.PRIVATE)
    await world.do(link_alert, world.ben, alert=id_of(alert), incident=secret.reference)
    at = {"ref": f"INC-{alert.incident_id}", "at": cursor}
    assert len((await client.ask(THEN, at, by="ben"))["incident"]["alerts"]["nodes"]) == 1
    assert (await client.ask(THEN, at, by="eve"))["incident"]["alerts"]["nodes"] == []


async def test_alerts_of_the_past_are_read_page_by_page(client, world):
    await rule(world)
    await (await Monitor.create(world)).sends(*(firing(f"a{n:03}") for n in range(250)))
    ref = f"INC-{(await alerts(world))[0].incident_id}"
    cursor, seen, after = (await client.ask("{ cursor }"))["cursor"], [], None
    query = """query($ref: String!, $at: Cursor, $after: Cursor) { incident(ref: $ref, asOf: $at) {
      alerts(first: 100, after: $after) { nodes { title } pageInfo { hasNextPage endCursor } } } }"""
    while True:
        page = (await client.ask(query, {"ref": ref, "at": cursor, "after": after}))["incident"]["alerts"]
        seen += [node["title"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [alert.title for alert in await alerts(world)]


async def test_a_cursor_of_a_lost_history_is_refused_before_and_after_the_next_event(client, world):
    story = await tell(world)
    newest = (await world.events())[-1].id
    async with world.database.engine.begin() as connection:
        await connection.exec_driver_sql("select feed_enter_era(0, true)")
    at = {"ref": story.ref, "at": encode_cursor(newest + 5)}
    for _ in range(2):
        error = await client.refusal(THEN, at)
        assert (error["extensions"]["code"], error["extensions"]["field"]) == ("CURSOR_EXPIRED", "asOf")
        await world.do(add_entry, world.ben, incident=story.ref, kind=EntryKind.NOTE, text="after the restore")
    assert (await client.ask(THEN, at | {"at": encode_cursor(newest)}))["incident"] is not None


async def test_a_past_costs_something(client, world):
    story = await tell(world)
    one = f'incident(ref: "{story.ref}", asOf: "{encode_cursor(1)}") {{ title }}'
    many = " ".join(f"a{n}: {one}" for n in range(26))
    assert (await client.refusal(f"{{ {many} }}"))["extensions"]["code"] == "TOO_EXPENSIVE"


@pytest.mark.parametrize("field", ["deliveries { nodes { id } }", "postmortem { id }"])
async def test_what_is_not_kept_says_so(client, world, field):
    story = await tell(world)
    query = f"query($r: String!, $at: Cursor) {{ incident(ref: $r, asOf: $at) {{ {field} }} }}"
    cursor = (await client.ask("{ cursor }"))["cursor"]
    error = await client.refusal(query, {"r": story.ref, "at": cursor}, by="ada")
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID_INPUT", "asOf")


async def test_an_incident_from_before_pasts_were_kept_is_refused_not_invented(client, world):
    await world.do(make_incident)
    await world.do(add_entry, world.ben, incident="INC-1", kind=EntryKind.NOTE, text="first")
    cursor = (await client.ask("{ cursor }"))["cursor"]
    error = await client.refusal(THEN, {"ref": "INC-1", "at": cursor})
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("CURSOR_EXPIRED", "asOf")
