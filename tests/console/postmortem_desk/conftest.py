"""People of the test organisation at the command centre, and an incident whose postmortem is drafted."""

import pytest

from models.words import Audience, PublicStatus
from tests.actions.postmortems.incident import assemble, declared, note, publish, resolve
from tests.console.incident.conftest import app, sits

__all__ = ["app", "sits"]


@pytest.fixture
async def incident(world):
    """Resolved, with customers told that it is over, and with a draft."""
    made = await declared(world)
    await note(world, world.chi, made, "Orders fail since the release.")
    told = {"audience": Audience.PUBLIC, "public_title": "Orders can't be placed"}
    await publish(world, world.ben, made, "We look into it.", status=PublicStatus.INVESTIGATING, **told)
    await resolve(world, made)
    await publish(world, world.ben, made, "Orders work again.", status=PublicStatus.RESOLVED, audience=Audience.PUBLIC)
    await assemble(world, made.id)
    return made
