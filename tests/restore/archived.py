"""An organisation whose alerts are a hundred days old: some may be archived, and the others say why not."""

from datetime import UTC, datetime, timedelta

import psycopg

from actions.alerts.changes import acknowledge_alert, link_alert
from actions.alerts.noise import mark_noise
from actions.alerts.silences import end_silence, save_silence
from core import ids
from core.db import Database
from core.secrets import Secrets
from server.keeping.archive_place import place_at
from server.keeping.archiving import archive
from server.startup import read_settings
from tests.actions.alerting import Monitor, alerts, firing, id_of, incidents, resolved, rule
from tests.actions.paging.calls import policy, step
from tests.core.feed import note

DAYS = 100
"""How old it is."""
TABLES = ("alert", "event", "event_text", "event_change", "event_origin", "audit_link", "delivery", "paging_run")

GOES = {"dropped", "ended", "held", "noise"}
"""The alerts that may go, by fingerprint: dropped for good, ended, held back until it ended, marked as noise."""
STAYS = {"fires", "incident", "unlinked", "paged"}
"""The others: one fires, one has an incident, one had one, and one paged somebody."""


def rows(url, *names):
    """All rows of tables as texts."""
    with psycopg.connect(url) as connection:
        connection.execute("set timezone = 'UTC'")
        return {
            name: sorted(text for (text,) in connection.execute(f"select t::text from {name} t"))
            for name in names or TABLES
        }


async def lived(world, monitor=None):
    """Alerts of each kind, a hundred days ago by the machine's clock; and an event of today, by which the log ends."""
    today = datetime.now(UTC)
    world.clock.moment = began = today.replace(hour=10, minute=0) - timedelta(days=DAYS)
    await policy(world, step(world, "ben"), service=None)
    await rule(world, name="Noise", matchers={"job": "noise"}, drop_reason="It tells nothing.", position=1)
    await rule(world, name="Page", matchers={"job": "page"}, create_incident="NEVER", page="Payments", position=2)
    await rule(world, name="Open", matchers={"job": "open"}, position=3)
    await rule(world, name="Rest", create_incident="NEVER", position=4)
    monitor = await Monitor.create(world)
    hold = {"matchers": {"job": "disk"}, "reason": "Moved.", "ends_at": began + timedelta(hours=1)}
    silence = await world.do(save_silence, world.ben, **hold)
    jobs = {"dropped": "noise", "held": "disk", "incident": "open", "unlinked": "open", "paged": "page"}
    for name in ("dropped", "ended", "held", "noise", "fires", "incident", "unlinked", "paged"):
        await monitor.sends(firing(name, starts_at=began, job=jobs.get(name, "web")), key=name)
    rows = {row.fingerprint: row for row in await alerts(world)}
    await world.do(acknowledge_alert, world.ben, alert=id_of(rows["ended"]))
    await world.do(mark_noise, world.ben, alert=id_of(rows["noise"]), reason="It always does that.")
    await world.do(link_alert, world.ben, alert=id_of(rows["unlinked"]), incident=None)
    world.clock.advance(minutes=10)
    for name in ("ended", "held", "noise", "incident", "unlinked", "paged"):
        await monitor.sends(
            resolved(name, starts_at=began, ends_at=began + timedelta(minutes=5), job=jobs.get(name, "web")), key=name
        )
    await world.do(end_silence, world.ben, silence=ids.encode("Silence", silence.id))
    world.clock.moment = today
    await note(world.database, "today")
    assert len(await incidents(world)) == 2
    return monitor


def fingerprints(url):
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("select fingerprint from alert")}


def file_names(url):
    with psycopg.connect(url) as connection:
        return [name for (name,) in connection.execute("select name from archive order by id")]


class Place:
    """Archives of a test: `await place.take(url)`, `await place.back(url, name)`."""

    def __init__(self, folder):
        self.folder = folder / "archive"
        self.place = place_at(read_settings({"data_dir": folder}), f"dir:{self.folder}")

    async def take(self, url, days=60, place=None, **more):
        database = Database(url, pool_size=2, secrets=Secrets(["tests"]))
        try:
            return await archive(database, place or self.place, days=days, **more)
        finally:
            await database.close()

    async def back(self, url, name, place=None):
        from server.keeping.archive_back import put_back  # noqa: PLC0415

        database = Database(url, pool_size=2, secrets=Secrets(["tests"]))
        try:
            return await put_back(database, place or self.place, name)
        finally:
            await database.close()
