"""A page is drawn ahead for nobody in particular: of what everybody sees, and whatever the database does."""

from actions.declarations import declare_incident
from console.ahead import look_ahead
from core.db import Database
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.words import Visibility


def runtime_of(database, folder):
    return Runtime(Settings(data_dir=folder), database, Live(database))


async def test_the_newest_incident_that_everybody_sees_is_drawn(world, tmp_path, caplog):
    runtime = runtime_of(world.database, tmp_path)
    assert await look_ahead(runtime) is None, "there is none yet"
    seen = await world.do(declare_incident, world.ben, title="Checkout fails", severity="SEV1")
    hidden = {"title": "Somebody is inside", "severity": "SEV1", "visibility": Visibility.PRIVATE}
    await world.do(declare_incident, world.ben, **hidden)
    assert await look_ahead(runtime) == seen.reference
    assert not caplog.records


async def test_where_the_database_is_away_nothing_is_drawn_and_nothing_is_said(tmp_path, caplog):
    away = Database(f"postgresql://postgres@/postgres?host={tmp_path}")
    assert await look_ahead(runtime_of(away, tmp_path)) is None
    assert not caplog.records
