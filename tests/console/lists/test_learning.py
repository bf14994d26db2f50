"""What is learned: action items by lateness, filters, many changed at once, and postmortems that are owed."""

from datetime import date

import pytest
from sqlalchemy import select

from actions.action_items import add_action_item, change_action_item
from actions.declarations import declare_incident
from actions.postmortems.changes import publish_postmortem
from actions.postmortems.reviewing import request_review
from actions.stages import change_stage
from core import ids
from models.postmortem import ActionItem, Postmortem
from models.words import ActionItemState, PostmortemStatus, Stage, Visibility
from tests.console.lists.conftest import counting, text_of, words

LIST = "/console/learning"


async def rows_of(world):
    async with world.database.reading() as reader:
        return {row.title: row for row in await reader.rows(ActionItem, select(ActionItem).order_by(ActionItem.id))}


@pytest.fixture
async def items(world, clock):
    """Late, being done, waiting, done, and one of a private incident."""
    incident = await world.do(declare_incident, world.ben, title="Checkout is down", severity="SEV1")
    secret = await world.do(
        declare_incident, world.ada, title="Keys leaked", severity="SEV1", visibility=Visibility.PRIVATE
    )
    made = {}
    for title, by, more in (
        ("Late", world.ben, {"due_on": date(2026, 11, 25), "assignee": world.id_of("chi"), "kind": "PREVENT"}),
        ("Doing", world.ben, {"owner": "platform"}),
        ("Waiting", world.ben, {"assignee": world.id_of("ben")}),
        ("Done", world.ben, {}),
        ("Secret", world.ada, {"incident": secret.reference}),
    ):
        given = {"incident": incident.reference, "owner": "payments", **more}
        made[title] = ids.encode("ActionItem", (await world.do(add_action_item, by, title=title, **given)).id)
    for title, state in (("Doing", ActionItemState.IN_PROGRESS), ("Done", ActionItemState.DONE)):
        await world.do(change_action_item, world.ben, action_item=made[title], state=state)
    clock.advance(days=3)
    return made


def parts(page):
    """What stands in each list, by its heading."""
    found = {}
    for part in page.text.split('<section class="sect" aria-labelledby="')[1:]:
        key, _, rest = part.partition("-title")
        found[key] = text_of(rest)
    return found


async def test_what_is_overdue_stands_first(browse, items):
    page = await (await browse("ben")).get(LIST)
    shown = parts(page)
    assert list(shown) == ["late", "doing", "waiting", "owed"]
    assert "Late Payments · Chi Tran · prevent" in shown["late"]
    assert "Due Wed 25 Nov 2026" in shown["late"]
    assert "Doing Platform · nobody does it yet" in shown["doing"]
    assert "Waiting" in shown["waiting"]
    assert "<strong>Done</strong>" not in page.text
    assert "Secret" not in page.text
    assert "Secret" in (await (await browse("ada")).get(LIST)).text
    viewer = await (await browse("eve")).get(LIST)
    assert "Late" in viewer.text
    assert "Change what is ticked" not in viewer.text
    assert items


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("assignee=me", {"Waiting"}),
        ("assignee=nobody", {"Doing"}),
        ("assignee=Chi", {"Late"}),
        ("team=platform", {"Doing"}),
        ("kind=PREVENT", {"Late"}),
        ("state=DONE", {"Done"}),
        ("state=OPEN", {"Late", "Waiting"}),
        ("only={Done}", {"Done"}),
        ("only={Secret}", set()),
        ("only=99999999999999999999", set()),
        ("only=x", set()),
    ],
)
async def test_the_filter_stands_in_the_address(browse, items, query, shown):
    keys = {title: ids.decode_as("ActionItem", key) for title, key in items.items()}
    page = await (await browse("ben")).get(f"{LIST}?{query.format_map(keys)}")
    assert page.status_code == 200
    assert {title for title in items if f"<strong>{title}</strong>" in page.text} == shown
    assert 'href="/console/learning?team=payments"' in page.text, "one's own teams are one step away"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("team=nope", "There is no team"),
        ("state=LATE", "not one of the choices"),
        ("assignee=xyz", "Nobody here is called"),
    ],
)
async def test_a_bad_filter_says_why_and_the_list_stays(browse, items, query, reason):
    page = await (await browse("ben")).get(f"{LIST}?{query}")
    assert (page.status_code, reason in words(page), "<strong>Late</strong>" in page.text) == (422, True, True)
    assert items


async def test_many_are_changed_at_once_once_or_none_is(world, browse, items):
    ben = await browse("ben")
    page = await ben.get(f"{LIST}?team=payments")
    both = [items["Late"], items["Waiting"]]
    wanted = {"item": both, "new_assignee": "me", "new_due": "2026-12-24", "new_state": "IN_PROGRESS"}
    for _ in range(2):
        answer = await ben.send(page, "items", **wanted)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{LIST}?team=payments")
    found = await rows_of(world)
    for title in ("Late", "Waiting"):
        row = found[title]
        assert (row.assignee_id, row.due_on, row.state, row.version) == (
            world.users["ben"].id,
            date(2026, 12, 24),
            ActionItemState.IN_PROGRESS,
            2,
        )
    refused = await ben.send(await ben.get(LIST), "items", item=both, new_state="WONT_DO", new_due="2027-01-01")
    assert refused.status_code == 422
    assert "“Late”: Leaving an action item undone needs a reason. Nothing was changed." in words(refused)
    assert f'value="{items["Late"]}" aria-label="Tick Late" checked' in refused.text, "what was ticked stays ticked"
    assert 'value="2027-01-01"' in refused.text
    await ben.send(refused, "items", item=both, new_state="WONT_DO", reason="We replace it.")
    assert (await rows_of(world))["Late"].state is ActionItemState.WONT_DO
    await ben.send(await ben.get(LIST), "items", item=items["Doing"], new_assignee="chi@quillhaven.example")
    await ben.send(await ben.get(LIST), "items", item=items["Doing"], new_assignee="nobody")
    assert (await rows_of(world))["Doing"].assignee_id is None


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "Nothing is to be changed."),
        ({"item": None}, "No action item is ticked."),
        ({"new_due": "soon"}, "That is no day."),
        ({"new_due": "2020-01-01"}, "“Doing”:"),
        ({"new_assignee": "xyz"}, "Nobody here is called"),
        ({"new_state": "GONE"}, "not one of the choices"),
    ],
)
async def test_a_change_that_can_not_be_made_says_why(world, browse, items, given, reason):
    ben = await browse("ben")
    answer = await ben.send(await ben.get(LIST), "items", **{"item": items["Doing"], **given})
    assert (answer.status_code, reason in words(answer)) == (422, True)
    assert (await rows_of(world))["Doing"].version == 2


async def test_who_may_not_changes_nothing_and_what_is_hidden_is_not_there(world, browse, items):
    answer = await (await browse("eve")).post(f"{LIST}/items", item=items["Doing"], new_state="DONE")
    assert answer.status_code == 403
    ben = await browse("ben")
    hidden = await ben.post(f"{LIST}/items", item=items["Secret"], new_state="DONE")
    assert (hidden.status_code, "Secret" in hidden.text) == (404, False)
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"}
    assert (await ben.post(f"{LIST}/items", foreign, item=items["Doing"], new_state="DONE")).status_code == 403
    assert {row.state for row in (await rows_of(world)).values() if row.title in ("Doing", "Secret")} == {
        ActionItemState.IN_PROGRESS,
        ActionItemState.OPEN,
    }
    assert (await ben.get(f"{LIST}/items")).headers["location"] == LIST


async def test_postmortems_stand_there_until_they_are_published(world, clock, browse):
    ben = await browse("ben")
    assert "None is owed." in words(await ben.get(LIST))
    assert "Nobody owes anything." in words(await ben.get(LIST))
    made = {}
    for title, visibility in (("Checkout is down", Visibility.ORGANISATION), ("Keys leaked", Visibility.PRIVATE)):
        row = await world.do(declare_incident, world.ada, title=title, severity="SEV1", visibility=visibility)
        for stage in (Stage.MITIGATION, Stage.RESOLUTION, Stage.POSTMORTEM):
            await world.do(change_stage, world.ada, incident=row.reference, stage=stage)
        made[title] = row
    reference = made["Checkout is down"].reference
    async with world.database.unit_of_work() as session:
        if await session.scalar(select(Postmortem.id).limit(1)) is None:
            for row in made.values():
                session.add(
                    Postmortem(
                        incident_id=row.id,
                        status=PostmortemStatus.DRAFT,
                        created_at=clock.now(),
                        due_at=clock.advance(hours=24),
                    )
                )
    await world.do(request_review, world.ada, incident=reference, reviewers=[world.id_of("chi")], expected_version=1)
    clock.advance(days=20)
    ben = await browse("ben")  # the session of then is over
    page = await ben.get(LIST)
    owed = parts(page)["owed"]
    assert f"{reference} Checkout is down" in owed
    assert "reviewed by Chi Tran" in owed
    assert f'href="/console/incidents/{reference}/postmortem"' in page.text
    assert 'data-state="major"' in page.text, "it is overdue"
    assert "Keys leaked" not in owed
    assert "Keys leaked" in parts(await (await browse("ada")).get(LIST))["owed"]
    await world.do(publish_postmortem, world.ada, incident=reference)
    assert "None is owed." in words(await ben.get(LIST))


async def test_it_asks_as_many_questions_for_many_items_as_for_few(world, browse, items):
    async def count():
        with counting(world) as sent:
            assert (await ben.get(LIST)).status_code == 200
        return len(sent)

    ben = await browse("ben")
    few = await count()
    for number in range(20):
        own = await world.do(declare_incident, world.ben, title=f"Down {number}", severity="SEV2")
        given = {"owner": ("payments", "platform")[number % 2], "assignee": world.id_of("ben")}
        await world.do(add_action_item, world.ben, title=f"More {number}", incident=own.reference, **given)
    assert await count() == few
    assert few <= 25
    assert items
