"""A customer signs up, confirms, is told in one thread, leaves by one click, and hears nothing more."""

from actions.update_parts import ClaimInput
from actions.updates import edit_update, withdraw_update
from core import ids
from models.words import ComponentStatus, PublicStatus


def threads(mails):
    return [(mail["Message-ID"], mail["References"], mail["In-Reply-To"]) for mail in mails]


async def test_a_customer_is_told_from_the_first_word_to_the_last_and_leaves_by_one_click(page):
    answer = await page.sign_up("Eve@Example.ORG")
    assert "Look into your mailbox." in answer.text
    await page.work()
    (asked,) = page.box.arrived
    assert asked["To"] == "Eve@example.org"
    assert asked["Subject"] == "[Quillhaven] Confirm that you want status updates"

    (confirm,) = page.links()
    assert "Confirm" in (await page.client.get(confirm)).text
    (row,) = await page.subscribers()
    assert row.confirmed_at is None, "a GET changes nothing"
    assert "You are subscribed." in (await page.client.post(confirm)).text

    reference = await page.declare()
    claim = [ClaimInput(page.component("checkout"), ComponentStatus.MAJOR_OUTAGE)]
    await page.say(reference, components=claim)
    await page.work()
    page.world.clock.advance(minutes=15)
    await page.say(reference, "We roll *back*.", PublicStatus.IDENTIFIED)
    await page.work()
    page.world.clock.advance(minutes=15)
    await page.say(reference, "Orders go through.", PublicStatus.RESOLVED)
    await page.work()

    first, second, last = page.box.arrived[1:]
    assert first["Subject"] == "[Quillhaven] Major outage: Orders can't be placed (update 1)"
    assert last["Subject"] == "[Quillhaven] Resolved after 30 min: Orders can't be placed (update 3)"
    assert first["References"] is None
    assert {second["References"], second["In-Reply-To"], last["References"]} == {first["Message-ID"]}
    assert len({mail["Message-ID"] for mail in page.box.arrived}) == 4
    told = second.get_body(("plain",)).get_content()
    for words in ("Checkout: Major outage", "We roll *back*.", "We are investigating", f"/incidents/{reference}"):
        assert words in told
    assert "<em>back</em>" in second.get_body(("html",)).get_content()
    assert "db-7" not in str(last)

    leave = first["List-Unsubscribe"].strip("<>")
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    clicked = await page.client.post(leave, data={"List-Unsubscribe": "One-Click"})
    assert clicked.status_code == 200
    again = await page.declare()
    await page.say(again)
    await page.work()
    assert len(page.box.arrived) == 4, "nothing more arrives"
    kinds = [event.kind for event in await page.world.events() if event.kind.startswith("subscriber.")]
    assert kinds == ["subscriber.confirmed", "subscriber.unsubscribed"]


async def test_who_chose_components_is_told_of_those_alone(page):
    await page.subscribe("all@example.org")
    await page.subscribe("search@example.org", components=[page.component("search")])
    await page.subscribe("work@example.org", kinds=["MAINTENANCE"])
    page.box.arrived.clear()
    reference = await page.declare()
    await page.say(reference, components=[ClaimInput(page.component("checkout"), ComponentStatus.MAJOR_OUTAGE)])
    await page.work()
    assert [mail["To"] for mail in page.box.arrived] == ["all@example.org"]
    await page.say(reference, components=[ClaimInput(page.component("search"), ComponentStatus.PARTIAL_OUTAGE)])
    await page.work()
    await page.say(reference, "It is over.", PublicStatus.RESOLVED)
    await page.work()
    assert [mail["To"] for mail in page.box.arrived[1:]] == ["all@example.org", "search@example.org"] * 2


async def test_an_edit_is_told_if_it_is_to_be_and_what_was_withdrawn_is_not(page):
    await page.subscribe()
    page.box.arrived.clear()
    reference = await page.declare()
    update = await page.say(reference, notify=False)
    await page.work()
    assert page.box.arrived == []
    key = ids.encode("Update", update.id)
    await page.world.do(edit_update, page.world.ada, update=key, body="We know more.")
    await page.work()
    assert page.box.arrived == []
    await page.world.do(edit_update, page.world.ada, update=key, body="We know it all.", notify=True)
    await page.work()
    (mail,) = page.box.arrived
    assert "Corrected: We are investigating" in mail.get_body(("plain",)).get_content()
    gone = await page.say(reference, "Wrong.", PublicStatus.MONITORING)
    await page.world.do(withdraw_update, page.world.ada, update=ids.encode("Update", gone.id), reason="Wrong.")
    await page.work()
    assert len(page.box.arrived) == 1


async def test_a_lost_link_comes_again_by_the_same_form_and_lets_choose(page):
    await page.subscribe()
    page.world.clock.advance(minutes=11)
    await page.sign_up()
    await page.work()
    manage = page.links()[0]
    assert "E-mail: <bdi>e…@example.org</bdi>" in (await page.client.get(manage)).text
    chosen = {"kinds": ["INCIDENTS"], "components": [page.component("search")]}
    saved = await page.client.post(manage, data=chosen)
    assert "Saved." in saved.text
    assert saved.text.count(" checked") == 2
    (row,) = await page.subscribers()
    assert (row.kinds, row.every_component) == (["INCIDENTS"], False)
    nothing = await page.client.post(manage, data={"components": [page.component("search")]})
    assert nothing.status_code == 400
    assert "No kind of news is chosen." in nothing.text
