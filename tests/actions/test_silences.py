"""Silences: what they hold back, when they let go, and which of them can't be."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from actions.alerts import quiet, silences
from actions.alerts.changes import link_alert, resolve_alert
from actions.alerts.release import sweep_silences
from actions.alerts.silences import end_silence, save_silence
from core.errors import ErrorCode
from core.ids import encode
from models.alert import AlertSource
from models.words import AlertState, Stage
from tests.actions.alerting import START, Monitor, alerts, firing, id_of, incidents, resolved, rule
from tests.actions.test_alert_settings import refusal
from tests.schema.doorway import Doorway

HOUR = timedelta(hours=1)


@pytest.fixture
async def monitor(world):
    return await Monitor.create(world)


async def silence(world, **fields):
    moment = world.clock.now()
    given = {"matchers": {"job": "disk"}, "reason": "Disks are moved.", "ends_at": moment + HOUR, **fields}
    return await world.do(save_silence, world.ben, **given)


def ref(row):
    return encode("Silence", row.id)


async def sweep(world):
    """All that is due; how much it was."""
    done = 0
    while found := await sweep_silences(world.database):
        done += found
    return done


async def states(world):
    return [(a.fingerprint, a.state, a.silence_id, a.incident_id) for a in await alerts(world)]


async def test_what_matches_makes_no_incident_until_the_silence_is_over_and_then_it_does(world, monitor):
    await rule(world, service="checkout-api", severity="SEV2")
    made = await silence(world)
    receipt = await monitor.sends(firing("a", job="disk"), firing("b", job="disk"), resolved("c", job="disk"))
    assert (receipt.created, receipt.incident) == (3, None)
    await monitor.sends(firing("a", job="disk"), key="g")
    assert await incidents(world) == []
    assert await states(world) == [
        ("a", AlertState.SUPPRESSED, made.id, None),
        ("b", AlertState.SUPPRESSED, made.id, None),
        ("c", AlertState.RESOLVED, None, None),
    ]
    held = (await alerts(world))[0]
    assert held.suppressed_because == "Silenced until 04:00 UTC on 24 Nov 2026: Disks are moved."
    assert [e.data["title"] for e in await world.events(None, "alert.suppressed")] == ["a is down", "b is down"]

    await monitor.sends(resolved("b", job="disk"))
    assert await sweep(world) == 0, "it lasts still"
    world.clock.advance(hours=1)
    assert await sweep(world) == 1
    assert await sweep(world) == 0, "once is enough"
    (incident,) = await incidents(world)
    assert (incident.stage, incident.title, incident.detected_at) == (
        Stage.DETECTION,
        "InstanceDown on Checkout API",
        START,
    )
    assert await states(world) == [
        ("a", AlertState.FIRING, None, incident.id),
        ("b", AlertState.RESOLVED, None, None),
        ("c", AlertState.RESOLVED, None, None),
    ]
    assert (await alerts(world))[0].suppressed_because is None
    (event,) = await world.events(incident.id, "alert.released")
    assert event.data["silence_id"] == made.id
    receipt = await monitor.sends(firing("d", job="disk"))
    assert receipt.incident == incident.reference, "the group goes on in the same incident"


async def test_it_holds_what_fires_when_it_begins_but_nothing_that_people_work_on(world, monitor):
    await rule(world, matchers={"severity": "critical"})
    await monitor.sends(firing("a", job="disk"), firing("b", job="cpu"), firing("c", job="disk", severity="critical"))
    (incident,) = await incidents(world)
    later = await silence(world, starts_at=world.clock.now() + HOUR, ends_at=world.clock.now() + 2 * HOUR)
    assert [state for _, state, _, _ in await states(world)] == [AlertState.FIRING] * 3
    world.clock.advance(hours=1)
    assert await sweep(world) == 1
    assert await states(world) == [
        ("a", AlertState.SUPPRESSED, later.id, None),
        ("b", AlertState.FIRING, None, None),
        ("c", AlertState.FIRING, None, incident.id),
    ]
    await world.do(end_silence, world.ben, silence=ref(later))
    assert await world.do(end_silence, world.ben, silence=ref(later)), "again is no change"
    assert len(await world.events(None, "silence.ended")) == 1
    assert await sweep(world) == 1
    assert (await states(world))[0] == ("a", AlertState.FIRING, None, None), "no rule makes an incident of it"


async def test_of_two_that_overlap_the_longer_one_holds_on(world, monitor):
    await rule(world, service="checkout-api")
    short = await silence(world)
    service = await silence(world, matchers={}, service="checkout-api", ends_at=world.clock.now() + 3 * HOUR)
    await monitor.sends(firing("a", job="disk"), firing("b", job="cpu"))
    assert {s for _, _, s, _ in await states(world)} == {service.id}
    await world.do(end_silence, world.ben, silence=ref(service))
    assert await sweep(world) == 2
    (incident,) = await incidents(world)
    assert await states(world) == [
        ("a", AlertState.SUPPRESSED, short.id, None),
        ("b", AlertState.FIRING, None, incident.id),
    ]
    world.clock.advance(hours=1)
    await sweep(world)
    assert (await states(world))[0] == ("a", AlertState.FIRING, None, incident.id), "it joins its group's incident"


async def test_in_a_storm_it_finds_its_own_among_all_that_fires(world, monitor, monkeypatch):
    await monitor.sends(firing("a", job="disk"), firing("b", job="cpu"), firing("c", job="cpu"))
    monkeypatch.setattr(quiet, "MOST_HELD", 1)
    made = await silence(world)
    assert [held for _, _, held, _ in await states(world)] == [made.id, None, None]


async def test_source_and_labels_must_both_hold(world, monitor):
    other = await Monitor.create(world, "Other")
    made = await silence(world, source=encode("AlertSource", other.source.id))
    await monitor.sends(firing("a", job="disk"))
    await other.sends(firing("b", job="disk"), firing("c", job="cpu"))
    assert [s for _, _, s, _ in await states(world)] == [None, made.id, None]


async def test_people_may_take_an_alert_out_of_a_silence(world, monitor):
    await rule(world, matchers={"job": "cpu"})
    await monitor.sends(firing("x", job="cpu"), key="other")
    (incident,) = await incidents(world)
    await silence(world)
    await monitor.sends(firing("a", job="disk"), firing("b", job="disk"))
    _, a, b = await alerts(world)
    await world.do(link_alert, world.ben, alert=id_of(a), incident=incident.reference)
    await world.do(resolve_alert, world.ben, alert=id_of(b))
    assert (await states(world))[1:] == [
        ("a", AlertState.FIRING, None, incident.id),
        ("b", AlertState.RESOLVED, None, None),
    ]
    world.clock.advance(hours=1)
    assert await sweep(world) == 0


async def test_it_is_changed_until_it_is_over(world, monitor):
    made = await silence(world)
    await monitor.sends(firing("a", job="disk"))
    saved = len(await world.events(None, "silence.saved"))
    await silence(world, id=ref(made), ends_at=made.ends_at)
    assert len(await world.events(None, "silence.saved")) == saved, "the same again is no change"
    changed = await silence(world, id=ref(made), reason="It takes longer.", ends_at=made.ends_at + HOUR)
    assert (changed.id, changed.reason, changed.ends_at) == (made.id, "It takes longer.", made.ends_at + HOUR)
    (held,) = await alerts(world)
    assert held.suppressed_because == "Silenced until 05:00 UTC on 24 Nov 2026: It takes longer."
    for field, other in (("matchers", {"job": "cpu"}), ("service", "checkout-api")):
        told = await refusal(world, save_silence, world.ben, id=ref(made), **{field: other})
        assert told == (ErrorCode.CONFLICT, field), "what it holds would be neither held nor let go"
    assert await refusal(world, save_silence, world.ben, id=ref(made), starts_at=world.clock.now() + HOUR) == (
        ErrorCode.CONFLICT,
        "starts_at",
    )
    world.clock.advance(hours=3)
    assert await refusal(world, save_silence, world.ben, id=ref(made), reason="x") == (ErrorCode.CONFLICT, "id")


async def test_one_that_could_not_work_is_refused(world, monkeypatch):
    moment = world.clock.now()

    async def refused(actor=world.ben, **fields):
        given = {"matchers": {"job": "disk"}, "reason": "Disks.", "ends_at": moment + HOUR, **fields}
        given = {name: value for name, value in given.items() if value is not ...}
        return await refusal(world, save_silence, actor, **given)

    faults = SimpleNamespace(bad=ErrorCode.INVALID_INPUT, lost=ErrorCode.NOT_FOUND)
    for fields, expected in (
        ({"ends_at": ...}, (faults.bad, "ends_at")),
        ({"ends_at": None}, (faults.bad, "ends_at")),
        ({"ends_at": moment}, (faults.bad, "ends_at")),
        ({"ends_at": moment + timedelta(days=31)}, (faults.bad, "ends_at")),
        ({"starts_at": moment + 2 * HOUR}, (faults.bad, "ends_at")),
        ({"starts_at": moment - HOUR}, (faults.bad, "starts_at")),
        ({"reason": ...}, (faults.bad, "reason")),
        ({"reason": " "}, (faults.bad, "reason")),
        ({"matchers": {}}, (faults.bad, "matchers")),
        *(({"matchers": {"job": each}}, (faults.bad, "matchers")) for each in ("", "!=y", "=~.*")),
        ({"matchers": {"job": "=~(a"}}, (faults.bad, "matchers.job")),
        ({"service": "no"}, (faults.lost, "service")),
        ({"source": encode("AlertSource", 999)}, (faults.lost, "source")),
        ({"id": encode("Silence", 999)}, (faults.lost, "id")),
    ):
        assert await refused(**fields) == expected, fields
    gone = await Monitor.create(world, "Gone")
    async with world.database.unit_of_work() as session:
        (await session.get_one(AlertSource, gone.source.id)).archived_at = moment
    assert await refused(source=encode("AlertSource", gone.source.id)) == (faults.bad, "source")
    assert await refused(actor=world.eve) == (ErrorCode.FORBIDDEN, None)
    skewed = await silence(world, starts_at=moment - timedelta(seconds=20))
    assert moment <= skewed.starts_at < moment + HOUR, "a clock that is a little behind means now"
    monkeypatch.setattr(silences, "MAX_SILENCES", 1)
    assert await refused() == (ErrorCode.CONFLICT, None)


async def test_what_one_would_hold_is_refused_as_saving_it_would_be(world, monitor, tmp_path):
    await rule(world, matchers={"job": "disk"}, service="checkout-api", create_incident="NEVER")
    await monitor.sends(firing("a", job="disk"), firing("b", job="cpu"))
    api = Doorway.open(world, tmp_path)
    try:
        for given, titles in (('service: "checkout-api"', ["a is down"]), ('matchers: {job: "cpu"}', ["b is down"])):
            data, refusals = await api.ask("ben", f"{{ wouldSilence({given}) {{ title }} }}")
            assert ([each["title"] for each in data["wouldSilence"]], refusals) == (titles, [])
        for given, field in (
            ("", "matchers"),
            ('(matchers: {job: "=~.*"})', "matchers"),
            ('(service: "no")', "service"),
        ):
            _, refusals = await api.ask("ben", f"{{ wouldSilence{given} {{ title }} }}")
            assert [refusal[1:] for refusal in refusals] == [("INVALID_INPUT", field)], given
    finally:
        await api.close()
