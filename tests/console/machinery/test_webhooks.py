"""Webhooks at their pages: added with a secret that is shown once, their log, sending again, enabling, deleting."""

import re

from sqlalchemy import select

from actions.declarations import declare_incident
from core.ids import encode
from models.delivery import Webhook
from models.words import DeliveryState, Visibility
from tests.console.desk import words
from tests.jobs.inline import deliveries, jobs_with, run_jobs
from tests.jobs.receiver import receiver

PATH = "/console/settings/webhooks"


async def only(world):
    async with world.database.reading() as reader:
        return await reader.row(Webhook, select(Webhook))


async def send(world, tmp_path):
    with jobs_with(world.database, tmp_path, webhook_allow_private=True):
        await run_jobs(world.database, "webhook.send")


async def test_a_story_from_the_address_to_the_message_that_is_sent_again(world, sits, tmp_path):
    ada = await sits("ada")
    assert "No address is told of anything." in await ada.reads(PATH)
    async with receiver() as other:
        given = {"url": other.url, "kinds": "incident.declared\nincident.edited", "_key": "one"}
        page = (await ada.post(f"{PATH}/new", given)).text
        secret = re.search(r'id="secret"[^>]*>(whsec_[^<]+)<', page).group(1)
        assert secret not in (await ada.post(f"{PATH}/new", given)).text
        row = await only(world)
        assert (row.url, row.kinds) == (other.url, ["incident.declared", "incident.edited"])
        address = f"{PATH}/{encode('Webhook', row.id)}"
        assert "Nothing was sent to it yet." in await ada.reads(address)
        other.status = 410
        incident = await world.do(declare_incident, world.ben, title="Checkout is down", severity="SEV3")
        await send(world, tmp_path)
        page = await ada.reads(address)
        assert "It was switched off The address answered 410 Gone." in page
        assert f"incident.declared {incident.reference} was given up It answered 410." in page
        assert "Send again" not in page
        assert "It was switched off" in await ada.reads(PATH)
        await ada.does(f"{address}/enable")
        other.status = 200
        [message] = [each for each in await deliveries(world.database) if each.channel == "webhook"]
        again = {"delivery": encode("Delivery", message.id)}
        for _ in range(2):
            assert await ada.does(f"{address}/redeliver", {**again, "_key": "two"}) == (
                f"{address}?done=again#message-{message.id}"
            )
        refused = words(await ada.is_refused(f"{address}/redeliver", again, status=409))
        assert "It is on its way already." in refused
        await send(world, tmp_path)
        assert len(other.arrived) == 2
    [message] = [each for each in await deliveries(world.database) if each.channel == "webhook"]
    assert message.state is DeliveryState.DELIVERED
    assert "was taken" in await ada.reads(address)
    assert "This is not the name" in words(await ada.is_refused(f"{address}/delete", {"confirm": "yes"}))
    assert await ada.does(f"{address}/delete", {"confirm": other.url}) == f"{PATH}?done=deleted"
    assert (await only(world)).archived_at is not None


async def test_the_log_is_turned_by_keys_and_leaves_out_what_is_private(world, sits, tmp_path):
    ada = await sits("ada")
    async with receiver() as other:
        await ada.post(f"{PATH}/new", {"url": other.url, "kinds": "incident.declared"})
        for number in range(27):
            await world.do(declare_incident, world.ben, title=f"Number {number}", severity="SEV3")
        secret = {"visibility": Visibility.PRIVATE, "severity": "SEV3"}
        await world.do(declare_incident, world.ben, title="Hidden", **secret)
        await send(world, tmp_path)
    address = f"{PATH}/{encode('Webhook', (await only(world)).id)}"
    first = (await ada.get(address)).text
    assert first.count("Send again:") == 25
    older = re.search(r'href="([^"]+)" rel="next"', first).group(1).replace("&amp;", "&")
    second = (await ada.get(older)).text
    assert second.count("Send again:") == 2
    newer = re.search(r'href="([^"]+)" rel="prev"', second).group(1).replace("&amp;", "&")
    assert (await ada.get(newer)).text.count("Send again:") == 25


async def test_what_is_wrong_is_told_at_its_field_and_others_see_nothing(world, sits):
    ada, dov = await sits("ada"), await sits("dov")
    page = await ada.is_refused(f"{PATH}/new", {"url": "https://hooks.example.org/", "kinds": "incident.declare"})
    assert 'aria-invalid="true"' in page.partition('id="new-kinds"')[2].partition(">")[0]
    assert "incident.declare</textarea>" in page
    page = await ada.is_refused(f"{PATH}/new", {"url": "gopher://hooks"})
    assert 'aria-invalid="true"' in page.partition('id="new-url"')[2].partition(">")[0]
    assert (await ada.get(f"{PATH}/nonsense")).status_code == 404
    assert await only(world) is None
    assert (await dov.get(PATH)).status_code == 403
    assert (await dov.post(f"{PATH}/new", {"url": "https://hooks.example.org/"})).status_code == 403
    overview = await dov.reads("/console/settings")
    assert "Webhooks Addresses that are told of events, and what each of them answered. For admins." in overview
