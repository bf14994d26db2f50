"""The report on alert fatigue: what counts as action, day and night, and pages that rules would have spared."""

from datetime import UTC, datetime, timedelta

from actions.alerts.changes import acknowledge_alert
from actions.alerts.noise import mark_noise
from actions.declarations import declare_incident
from actions.endings import decline_incident
from actions.outward.paging import page_on_call
from actions.outward.settings import save_integration
from actions.paging.preferences import save_notification_rules
from models.integration import OutwardAction
from models.words import OutwardState
from resolvers import fatigue
from tests.actions.alerting import Monitor, alerts, firing, id_of, incidents, rule
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


async def test_what_vendors_pagers_were_asked_counts_by_day_and_night(world, tmp_path):
    await _lived(world)
    for name, key in (("PagerDuty", "pd"), ("Opsgenie", "og")):
        secret = {"routing_key": "r" * 32} if name == "PagerDuty" else {"api_key": "a"}
        await world.do(save_integration, world.ada, vendor=name.lower(), key=key, name=name, configuration=secret)
    (down,) = [row for row in await incidents(world) if row.stage == "RESPONSE"]

    async def page(integration, **more):
        given = {"incident": down.reference, "integration": integration, **more}
        return await world.do(page_on_call, world.chi, **given)

    await page("pd")
    off = await page("og")
    async with world.database.unit_of_work() as session:
        (await session.get(OutwardAction, off.id)).state = OutwardState.CALLED_OFF
    world.clock.advance(hours=14)
    await page("pd", again="Nobody answers.")
    api = Doorway.open(world, tmp_path)
    try:
        data, refusals = await api.ask("ben", f"{{ alertFatigue {{ {FIELDS} pagers {{ pager pages atNight }} }} }}")
        assert refusals == []
        found = data["alertFatigue"]
        assert [tuple(each.values()) for each in found["pagers"]] == [("PagerDuty", 2, 1)]
        assert (found["pages"], found["pagesAtNight"]) == (3, 2), "with the one that was asked of Ben at night"
        assert {each["rule"]: (each["pages"], each["pagesAtNight"]) for each in found["rules"]}["Down"] == (3, 2)
        assert {each["service"]: each["pages"] for each in found["services"]} == {None: 0, "Checkout API": 3}
        rules = '{name: "No Down", matchers: {alertname: "Down"}, drop_reason: "Noise."}, {name: "All"}'
        data, _ = await api.ask("ada", f"{{ alertPagesSaved(rules: [{rules}]) {{ pages pagesSaved }} }}")
        assert data["alertPagesSaved"] == {"pages": 3, "pagesSaved": 3}
    finally:
        await api.close()


async def test_the_whole_counts_what_is_not_named_too(world, tmp_path, monkeypatch):
    monkeypatch.setattr(fatigue, "MOST", 1)
    await _lived(world)
    api = Doorway.open(world, tmp_path)
    try:
        data, _ = await api.ask("ben", f"{{ alertFatigue {{ {FIELDS} }} }}")
        found = data["alertFatigue"]
        assert [len(found[key]) for key in ("rules", "services", "people")] == [1, 1, 1]
        assert [found[key] for key in ("alerts", "atNight", "acted", "pages")] == [7, 5, 2, 1]
    finally:
        await api.close()


async def test_pages_of_alerts_alone_are_spared_by_rules_that_page_for_none(world, tmp_path):
    made = await policy(world, step(world, "ben"))
    await rule(world, create_incident="NEVER", page=made.name, name="Page")
    await rule(
        world, create_incident="ASK", ask_minutes=15, page=made.name, name="Ask", position=1, matchers={"q": "y"}
    )
    monitor = await Monitor.create(world)
    await monitor.sends(firing("a", alertname="Disk"), key="1")
    await monitor.sends(firing("b", alertname="Disk", q="y"), key="2")
    api = Doorway.open(world, tmp_path)
    page, ask = f'{{name: "P", create_incident: "NEVER", page: "{made.name}"}}', 'matchers: {q: "y"}'
    try:
        for rules, saved in (
            (page, 0),
            (f'{{name: "Q", {ask}, drop_reason: "Noise."}}, {page}', 1),
            ('{name: "None", create_incident: "NEVER"}', 2),
        ):
            data, refusals = await api.ask("ada", f"{{ alertPagesSaved(rules: [{rules}]) {{ pages pagesSaved }} }}")
            assert refusals == []
            assert data["alertPagesSaved"] == {"pages": 2, "pagesSaved": saved}
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
