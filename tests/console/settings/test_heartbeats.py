"""Heartbeats in Settings: added, with an address that is shown once; paused, resumed, and given another address."""

import re
from html import unescape

from actions.heartbeats.listening import note_listening
from tests.actions.beating import reporting

NEW = "/console/settings/heartbeats/new"


def address_in(page):
    line = unescape(re.search(r'<pre class="said" id="sample">(.*?)</pre>', page.text, re.DOTALL)[1])
    return re.fullmatch(r"curl -fsS -m 10 --retry 5 --retry-connrefused -o /dev/null (http\S+)", line)[1]


async def test_a_heartbeat_from_its_first_report_to_its_archive(world, ada, visit):
    await note_listening(world.database)
    await ada.read(NEW)
    refused = await ada.send(NEW, 422, name="Backup", every_seconds="7")
    assert "Send 30 to" in refused.text
    page = await ada.send(NEW, 200, name="Backup", every_seconds="300", grace_seconds="30")
    back = re.search(r'class="btn" href="(/console/settings/heartbeats/[^"]+)"', page.text)[1]
    said = await ada.read(back)
    assert "Nobody waits for it until it first reports." in said
    assert "/hooks/" not in said
    first = address_in(page).partition("/hooks")[2]
    async with reporting(world.database) as client:
        assert (await client.get("/hooks" + first)).status_code == 200
        assert "It should report by" in await ada.read(back)
        world.clock.advance(seconds=310)
        assert "It should have reported by" in await ada.read(back)
        assert "Late" in await ada.read("/console/settings/heartbeats")
        assert (await client.get(f"/hooks{first}/fail")).status_code == 200
        assert "Its alert fires since" in await ada.read(back)
        await ada.send(f"{back}/pause")
        assert "Nobody waits for it." in await ada.read(back)
        ben = await visit("ben")
        assert "Wait for it again" in await ben.read(back), "responders may"
        await ben.send(f"{back}/resume")
        assert "Give it another address" not in await ben.read(back), "and that is for admins"
        await ada.read(back)
        assert "at most" in (await ada.send(f"{back}/rotate", 422, overlap_minutes="99999")).text.lower()
        await ada.read(back)
        other = address_in(await ada.send(f"{back}/rotate", 200, overlap_minutes="0")).partition("/hooks")[2]
        assert (await client.get("/hooks" + first)).status_code == 404
        assert (await client.get("/hooks" + other)).status_code == 200
    await ada.read(back)
    await ada.send(f"{back}/part", confirm="Backup")
    assert "Its address is closed." in await ada.read(back)
    sources = await ada.read("/console/settings/alert-sources")
    assert "Heartbeats" in sources
