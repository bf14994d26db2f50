"""A mail to colleagues leads to the public page only where customers really read there what it tells of."""

import pytest
from sqlalchemy import select

from actions.updates import publish_update, withdraw_update
from jobs.scene import read_scene
from models.event import Event
from models.words import Audience, PublicStatus
from tests.telling import make_incident, update_id

CONSOLE, PAGE = "https://muster.example.org", "https://status.example.org"


async def hide(world, said):
    await world.do(withdraw_update, world.ben, update=update_id(said), reason="Wrong")


@pytest.mark.parametrize(
    ("audience", "after", "link"),
    [
        (Audience.PUBLIC, None, f"{PAGE}/incidents/INC-7"),
        (Audience.INTERNAL, None, None),
        (Audience.PUBLIC, hide, None),
    ],
    ids=["public", "internal", "withdrawn"],
)
async def test_the_link_to_the_page_stands_where_customers_read_it(world, audience, after, link):
    await world.do(make_incident, 7)
    status = PublicStatus.INVESTIGATING if audience is Audience.PUBLIC else None
    words = {"incident": "INC-7", "body": "We look into it.", "status": status}
    said = await world.do(publish_update, world.ben, audience=audience, **words)
    if after is not None:
        await after(world, said)
    async with world.database.reading() as reader:
        published = select(Event.id).where(Event.kind == "update.published")
        scene = await read_scene(reader, await reader.scalar(published), CONSOLE, PAGE)
    assert scene.public_url == link
    assert scene.url == f"{CONSOLE}/console/incidents/INC-7"
