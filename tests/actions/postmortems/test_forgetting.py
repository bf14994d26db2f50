"""Values that monitors measured are kept for so many days; that they were asked for stays."""

from datetime import timedelta

from sqlalchemy import select

from actions.postmortems.forgetting import forget_measured
from actions.postmortems.measuring import TRIES
from models.metric import MetricSnapshot
from tests.actions.lifecycle import declared


async def test_old_values_go_and_their_rows_say_so(world):
    incident, now = await declared(world), world.clock.now()
    service = world.services["checkout-api"].id
    series = [{"labels": {}, "values": [1.0, None]}]
    asked = {"query": "up", "unit": "%", "starts_at": now, "ends_at": now, "step_seconds": 15}
    rows = {"old": (31, None, series), "new": (29, None, series), "wrong": (31, "It refuses this.", [])}
    async with world.database.unit_of_work() as session:
        for name, (days, error, kept) in rows.items():
            told = {"measured_at": now - timedelta(days=days), "error": error, "series": kept}
            session.add(MetricSnapshot(incident_id=incident.id, service_id=service, name=name, **asked, **told))
    assert await forget_measured(world.database, days=30) == 1
    assert await forget_measured(world.database, days=30) == 0
    async with world.database.reading() as reader:
        found = {row.name: row for row in await reader.rows(MetricSnapshot, select(MetricSnapshot))}
    old = found["old"]
    assert (old.series, old.error, old.attempts) == ([], "Measured values are kept for 30 days.", TRIES)
    assert (found["new"].series, found["new"].error) == (series, None)
    assert found["wrong"].error == "It refuses this."
