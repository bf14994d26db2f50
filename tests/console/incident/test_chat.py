"""The excerpt of the chat on an incident's page: what was said last, by whom, and where it is."""

import pytest

from actions.declarations import declare_incident
from tests.console.desk import words

FILES = [{"name": "graph.png", "url": "https://f.example/g"}]


@pytest.fixture
async def incident(world):
    return await world.do(declare_incident, world.ben, title="Checkout fails", severity="SEV1")


async def test_what_was_said_last_stands_on_the_page(sits, incident, channel):
    ben, here = await sits("ben"), f"/console/incidents/{incident.reference}"
    assert "Nothing was said in the channel yet." in await ben.reads(here)
    await channel.knows("U1", "Fay at the chat", "fay@nowhere.example")
    await channel.knows("U2", "chi_o", "chi@quillhaven.example")
    for number in range(7):
        await channel.says(f"Line {number} <b>", author="U1")
    root = await channel.says("<@U2> look at the pool", author="U1")
    await channel.says("It is empty", author="U2", thread=root)
    gone = await channel.says("I am not sure", author="U2", thread=root)
    await channel.takes_back(gone)
    slip = await channel.says("My password is hunter2", author="U2")
    await channel.takes_back(slip)
    edited = await channel.says("We rol back", author="U2", files=FILES)
    await channel.says("We roll back", stamp=edited, author="U2", edited="9999999999.000001", files=FILES)
    await channel.says("x" * 1000, bot=True)
    page = (await ben.get(here)).text
    part = page[page.index('id="part-chat"') : page.index('id="part-move"')]
    text = words(part)
    assert "Line 5 <b>" in text
    assert "Line 4" not in text
    assert "@chi_o look at the pool" in text or "@Chi Okafor look at the pool" in text
    assert "Fay at the chat" in text
    assert "1 reply" in text
    assert "It is empty" not in text
    assert "hunter2" not in page
    assert "Taken back." in text
    assert "We roll back (edited)" in text
    assert "graph.png" in text
    assert "An app" in text
    assert f"{'x' * 399}…" in text
    assert f"https://acme.slack.com/archives/C1/p{root.replace('.', '')}" in part
    assert 'href="https://acme.slack.com/archives/C1" rel="noreferrer">Open in Slack' in part


async def test_without_a_channel_there_is_nothing(sits, incident):
    page = (await (await sits("ben")).get(f"/console/incidents/{incident.reference}")).text
    assert '<div id="part-chat" hidden></div>' in page
