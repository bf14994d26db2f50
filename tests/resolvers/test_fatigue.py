"""The report on alert fatigue: what counts as action, day and night, and pages that rules would have spared."""

from datetime import UTC, datetime, timedelta

from actions.alerts.changes import acknowledge_alert
from actions.alerts.noise import mark_noise
from actions.declarations import declare_incident
from actions.endings import decline_incident
from actions.paging.preferences import save_notification_rules
from tests.actions.alerting import Monitor, alerts, firing, id_of, rule
from tests.actions.paging.calls import policy, step
from tests.schema.doorway import Doorway

FIELDS = """alerts atNight acted pages pagesAtNight timeZone
  rules { rule source alerts atNight acted shareActed noise pages pagesAtNight }
  services { service alerts atNight acted pages pagesAtNight } people { name timeZone pages atNight acknowledged }"""


async def _lived(world):
    """Three o'clock at night: an alert that leads to a page; one that is declined; noise; then one by day."""
    await rule(world, matchers={"alertname": "Cpu"}, create_incident="NEVER")
    await rule(world, service="checkout-api")
    await policy(world, step(world, "ben"))
    monitor = await Monitor.create(world)
    made = {}
    for name in ("Down", "Slow"):
        receipt = await monitor.sends(firing(name, alertname=name), key=name)
        made[name] = receipt.incident
    for name in "abc":
        await monitor.sends(firing(name, alertname="Cpu"), key=name)
    await world.do(declare_incident, world.chi, incident=made["Down"], severity="SEV1")
    await world.do(decline_incident, world.ada, incident=made["Slow"], reason="Nothing.")
    world.clock.advance(hours=9)
    await monitor.sends(firing("d", alertname="Cpu"), key="d")
    await monitor.sends(firing("e", alertname="Disk"), key="e")
    rows = {row.fingerprint: row for row in await alerts(world)}
    await world.do(acknowledge_alert, world.ben, alert=id_of(rows["d"]))
    await world.do(acknowledge_alert, world.ben, alert=id_of(rows["a"]))
    await world.do(mark_noise, world.ben, alert=id_of(rows["a"]), reason="Always.")


async def test_it_tells_what_led_to_action_and_what_never_does_first(world, tmp_path):
    await _lived(world)
    api = Doorway.open(world, tmp_path)
    try:
        data, refusals = await api.ask("ben", f"{{ alertFatigue {{ {FIELDS} }} }}")
        assert refusals == []
        found = data["alertFatigue"]
        assert {key: found[key] for key in ("alerts", "atNight", "acted", "pages", "pagesAtNight")} == {
            "alerts": 7,
            "atNight": 5,
            "acted": 2,
            "pages": 1,
            "pagesAtNight": 1,
        }
        keys = ("rule", "alerts", "atNight", "acted", "noise", "pages", "pagesAtNight")
        assert [tuple(each[key] for key in keys) for each in found["rules"]] == [
            ("Disk", 1, 0, 0, 0, 0, 0),
            ("Slow", 1, 1, 0, 0, 0, 0),
            ("Cpu", 4, 3, 1, 1, 0, 0),
            ("Down", 1, 1, 1, 0, 1, 1),
        ]
        assert found["rules"][2]["shareActed"] == 0.25
        assert [tuple(each.values()) for each in found["services"]] == [
            (None, 4, 3, 1, 0, 0),
            ("Checkout API", 3, 2, 1, 1, 1),
        ]
        assert [tuple(each.values()) for each in found["people"]] == [("Ben Silva", "UTC", 1, 1, 0)]

        await world.do(save_notification_rules, world.ben, zone="Asia/Tokyo")
        data, _ = await api.ask("ben", f'{{ alertFatigue(timeZone: "Asia/Tokyo") {{ {FIELDS} }} }}')
        found = data["alertFatigue"]
        assert (found["atNight"], found["pages"], found["pagesAtNight"]) == (0, 1, 0), "noon, and nine in the evening"
        day = datetime(2026, 11, 23, tzinfo=UTC).date()
        data, _ = await api.ask("ben", f'{{ alertFatigue(lastDay: "{day}") {{ {FIELDS} }} }}')
        assert (data["alertFatigue"]["alerts"], data["alertFatigue"]["people"]) == (0, [])
        for given, field in (
            (f'firstDay: "{day}", lastDay: "{day - timedelta(days=1)}"', "lastDay"),
            (f'firstDay: "{day - timedelta(days=366)}", lastDay: "{day}"', "firstDay"),
            ('timeZone: "Moon"', "timeZone"),
        ):
            _, refusals = await api.ask("ben", f"{{ alertFatigue({given}) {{ alerts }} }}")
            assert [refusal[1:] for refusal in refusals] == [("INVALID_INPUT", field)], given
    finally:
        await api.close()


async def test_pages_of_alerts_alone_count_for_their_rule_service_and_person(world, tmp_path):
    made = await policy(world, step(world, "ben"))
    await rule(world, create_incident="NEVER", page=made.name, service="checkout-api")
    monitor = await Monitor.create(world)
    await monitor.sends(firing("a", alertname="Disk"), firing("b", alertname="Disk"))
    api = Doorway.open(world, tmp_path)
    try:
        data, refusals = await api.ask("ben", f"{{ alertFatigue {{ {FIELDS} }} }}")
        assert refusals == []
        found = data["alertFatigue"]
        assert (found["alerts"], found["pages"], found["pagesAtNight"]) == (2, 1, 1)
        assert [(each["rule"], each["pages"], each["pagesAtNight"]) for each in found["rules"]] == [("Disk", 1, 1)]
        assert [(each["service"], each["pages"]) for each in found["services"]] == [("Checkout API", 1)]
        assert [tuple(each.values()) for each in found["people"]] == [("Ben Silva", "UTC", 1, 1, 0)]
    finally:
        await api.close()


async def test_pages_that_rules_would_have_spared_are_told_from_a_dry_run(world, tmp_path):
    await _lived(world)
    api = Doorway.open(world, tmp_path)
    fields = "alerts incidentsBefore incidentsAfter pages pagesSaved cut"
    try:
        for rules, saved in (
            ('{name: "No Down", matchers: {alertname: "Down"}, drop_reason: "Noise."}, {name: "All"}', 1),
            ('{name: "No Slow", matchers: {alertname: "Slow"}, drop_reason: "Noise."}, {name: "All"}', 0),
        ):
            data, refusals = await api.ask("ada", f"{{ alertPagesSaved(rules: [{rules}]) {{ {fields} }} }}")
            assert refusals == []
            found = data["alertPagesSaved"]
            assert (found["alerts"], found["pages"], found["pagesSaved"], found["cut"]) == (7, 1, saved, False)
            assert found["incidentsBefore"] == 3
        _, refusals = await api.ask("ada", "{ alertPagesSaved(rules: [], days: 91) { pages } }")
        assert [refusal[1:] for refusal in refusals] == [("INVALID_INPUT", "days")]
        _, refusals = await api.ask("ben", "{ alertPagesSaved(rules: []) { pages } }")
        assert [refusal[1] for refusal in refusals] == ["FORBIDDEN"]
    finally:
        await api.close()
