"""The inbox of alerts: groups, states, several at once, links to incidents, and one alert by itself."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from actions.alerts.changes import link_alert
from actions.alerts.release import sweep_silences
from actions.alerts.rule_files import read_rules
from actions.alerts.rule_sets import apply_routing_rules
from actions.branding.organisation import save_organisation
from actions.declarations import declare_incident
from core import ids
from models.alert import Alert
from models.archive import Archive
from models.incident import Incident
from models.silence import Silence
from models.words import AlertState, Visibility
from tests.actions.alerting import Monitor, firing, resolved, rule
from tests.console.lists.conftest import counting, words

LIST = "/console/alerts"


@pytest.fixture
async def inbox(world):
    """Two groups that fire, no incident; one alert that is over."""
    monitor = await Monitor.create(world)
    await rule(world, create_incident="NEVER", service="checkout-api")
    await monitor.sends(firing("db-1"), firing("db-2"), key="disks")
    await monitor.sends(firing("web-1", team="shop"), key="webs")
    await monitor.sends(firing("old"), key="old")
    await monitor.sends(resolved("old"), key="old")
    return {row.fingerprint: ids.encode("Alert", row.id) for row in await rows_of(world)}


async def rows_of(world):
    async with world.database.reading() as reader:
        return await reader.rows(Alert, select(Alert).order_by(Alert.id))


async def states(world):
    return {row.fingerprint: row.state for row in await rows_of(world)}


async def test_what_fires_stands_in_its_groups(browse, inbox):
    ben = await browse("ben")
    page = await ben.get(LIST)
    said = words(page)
    assert said.index("webs") < said.index("web-1 is down") < said.index("disks") < said.index("db-2 is down")
    assert "old is down" not in said
    assert said.count("Prometheus") == 2
    assert "old is down" in words(await ben.get(f"{LIST}?state=RESOLVED"))
    assert "Nobody looks at an alert" in words(await ben.get(f"{LIST}?state=ACKNOWLEDGED"))
    assert (await ben.get(f"{LIST}?state=LOUD")).status_code == 422
    assert f'value="{inbox["db-1"]}"' in page.text
    viewer = await (await browse("eve")).get(LIST)
    assert 'type="checkbox"' not in viewer.text
    assert "Resolve ticked" not in viewer.text


async def test_without_a_monitor_the_page_teaches(browse):
    assert "No monitor is connected" in words(await (await browse("ben")).get(LIST))


async def test_several_are_acknowledged_resolved_and_linked_at_once(world, browse, inbox):
    ben = await browse("ben")
    page = await ben.get(LIST)
    both = [inbox["db-1"], inbox["db-2"]]
    answer = await ben.send(page, "alerts", alert=both, do="acknowledge")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{LIST}?state=FIRING")
    assert await ben.send(page, "alerts", alert=both, do="acknowledge")
    assert len(await world.events(None, "alert.acknowledged")) == 2
    made = await world.do(declare_incident, world.ben, title="Disks", severity="SEV2")
    inside = await ben.get(f"{LIST}?state=ACKNOWLEDGED")
    await ben.send(inside, "alerts", alert=both, do="link", incident=made.reference)
    assert {row.incident_id for row in await rows_of(world) if row.fingerprint.startswith("db")} == {made.id}
    assert made.reference in (await ben.get(f"{LIST}?state=ACKNOWLEDGED")).text
    mixed = await ben.post(
        f"{LIST}/change", _key="m", state="FIRING", do="acknowledge", alert=[inbox["old"], inbox["web-1"]]
    )
    assert mixed.status_code == 422
    assert "1 changed, 1 not changed." in words(mixed)
    assert "old is down : The alert “old is down” is resolved" in words(mixed)
    wrong = await ben.post(f"{LIST}/change", _key="w", state="FIRING", do="link", alert=inbox["web-1"], incident="nope")
    assert (wrong.status_code, "is no incident reference" in words(wrong)) == (422, True)
    for fields, reason in (
        ({"do": "link"}, "This is needed"),
        ({"do": "dance"}, "is not one of the choices"),
        ({}, "This is needed"),
    ):
        refused = await ben.post(f"{LIST}/change", alert=inbox["web-1"], **fields)
        assert (refused.status_code, reason in words(refused)) == (422, True)
    assert await states(world) == {
        "db-1": AlertState.ACKNOWLEDGED,
        "db-2": AlertState.ACKNOWLEDGED,
        "web-1": AlertState.ACKNOWLEDGED,
        "old": AlertState.RESOLVED,
    }


async def test_one_alert_tells_its_labels_and_what_happened(world, browse, inbox):
    ben, here = await browse("ben"), f"{LIST}/{inbox['web-1']}"
    page = await ben.get(here)
    assert (page.status_code, "team" in page.text, "shop" in page.text) == (200, True, True)
    assert "Prometheus reported “web-1 is down”." in words(page)
    answer = await ben.post(here, _key="a", do="acknowledge")
    assert (answer.status_code, answer.headers["location"]) == (303, here)
    made = await world.do(declare_incident, world.ben, title="Shop", severity="SEV2")
    await ben.send(page, "alert", incident=made.reference)
    told = words(await ben.get(here))
    order = ["Prometheus reported", "Ben Silva acknowledged the alert", "Ben Silva linked the alert"]
    assert sorted(map(told.index, order)) == list(map(told.index, order))
    await ben.post(here, _key="u", do="unlink")
    await ben.post(here, _key="r", do="resolve")
    assert [row.incident_id for row in await rows_of(world) if row.fingerprint == "web-1"] == [None]
    again = await ben.post(here, _key="x", do="acknowledge")
    assert (again.status_code, "is resolved" in words(again)) == (409, True)
    bad = await ben.send(page, "alert", incident="what?")
    assert (bad.status_code, 'value="what?"' in bad.text) == (422, True)
    assert (await ben.get(f"{LIST}/{ids.encode('Alert', 999)}")).status_code == 404
    assert (await ben.get(f"{LIST}/nonsense")).status_code == 422


async def test_who_may_not_changes_nothing(world, browse, inbox):
    eve, here = await browse("eve"), f"{LIST}/{inbox['web-1']}"
    page = await eve.get(here)
    assert "Acknowledge" not in words(page).partition("What happened")[0]
    assert (await eve.post(here, do="acknowledge")).status_code == 403
    answer = await eve.post(f"{LIST}/change", do="resolve", alert=inbox["db-1"])
    assert (answer.status_code, "0 changed, 1 not changed" in words(answer)) == (422, True)
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"}
    assert (await (await browse("ben")).post(here, foreign, do="resolve")).status_code == 403
    assert set((await states(world)).values()) == {AlertState.FIRING, AlertState.RESOLVED}


async def test_an_alert_of_a_private_incident_is_as_private(world, browse, inbox):
    secret = await world.do(
        declare_incident, world.ada, title="Keys leaked", severity="SEV1", visibility=Visibility.PRIVATE
    )
    await world.do(link_alert, world.ada, alert=inbox["web-1"], incident=secret.reference)
    ben, ada = await browse("ben"), await browse("ada")
    assert "web-1" not in (await ben.get(LIST)).text
    assert (await ben.get(f"{LIST}/{inbox['web-1']}")).status_code == 404
    hidden = await ben.post(f"{LIST}/change", do="acknowledge", alert=inbox["web-1"])
    assert (hidden.status_code, "web-1" in hidden.text) == (422, False)
    assert "Keys leaked" in (await ada.get(f"{LIST}/{inbox['web-1']}")).text
    await world.do(link_alert, world.ada, alert=inbox["web-1"])
    shown = words(await ben.get(f"{LIST}/{inbox['web-1']}"))
    assert "Prometheus reported" in shown
    assert "Ada Okafor linked" not in shown, "what happened to it there is the private incident's"


async def test_an_incident_is_declared_from_an_alert_and_gets_it(world, browse, inbox):
    ben = await browse("ben")
    assert f"/console/declare?alert={inbox['web-1']}" in (await ben.get(LIST)).text
    form = await ben.get(f"/console/declare?alert={inbox['web-1']}")
    assert 'value="web-1 is down"' in form.text
    assert 'value="checkout-api" checked' in form.text
    assert 'value="2026-11-24T02:50"' in form.text
    fields = {"title": "The shop is down", "services": "checkout-api", "severity": "SEV2", "since": "2026-11-24T02:50"}
    for _ in range(2):
        answer = await ben.send(form, "declare", **fields)
        assert answer.status_code == 303
    async with world.database.reading() as reader:
        (made,) = await reader.rows(Incident, select(Incident))
    assert answer.headers["location"] == f"/console/incidents/{made.reference}"
    assert made.impact_started_at.isoformat() == "2026-11-24T02:50:00+00:00"
    assert [row.incident_id for row in await rows_of(world) if row.fingerprint == "web-1"] == [made.id]


async def test_an_alert_that_can_not_be_linked_leaves_the_incident(world, browse, inbox):
    form = await (await browse("ben")).get(f"/console/declare?alert={inbox['web-1']}")
    ben = await browse("ben")
    gone = ids.encode("Alert", 999)
    answer = await ben.send(form, "declare", title="Something", severity="SEV3", alert=gone)
    assert answer.status_code == 200
    assert "is declared" in words(answer)
    assert "The alert was not linked to it: There is no alert" in words(answer)
    assert len(await world.events(None, "incident.declared")) == 1


async def test_the_inbox_asks_as_many_questions_for_many_alerts_as_for_few(world, browse, inbox):
    async def count():
        with counting(world) as sent:
            assert (await ben.get(LIST)).status_code == 200
        return len(sent)

    ben, monitor = await browse("ben"), await Monitor.create(world, "Second")
    made = await world.do(declare_incident, world.ben, title="Shop", severity="SEV2")
    await world.do(link_alert, world.ben, alert=inbox["web-1"], incident=made.reference)
    few = await count()
    for number in range(20):
        await monitor.sends(firing(f"x-{number}"), key=f"k-{number}")
    others = [row for row in await rows_of(world) if row.fingerprint.startswith("x-")]
    for row in others[:5]:
        own = await world.do(declare_incident, world.ben, title=f"Shop {row.id}", severity="SEV2")
        await world.do(link_alert, world.ben, alert=ids.encode("Alert", row.id), incident=own.reference)
    assert await count() == few
    assert few <= 15


async def test_several_are_snoozed_woken_silenced_and_marked_as_noise_at_once(world, browse, inbox):
    ben = await browse("ben")
    page = await ben.get(LIST)
    both = [inbox["db-1"], inbox["db-2"]]
    await ben.send(page, "alerts", alert=both, do="snooze", span="4h")
    assert [state for _, state in sorted((await states(world)).items())][:2] == [AlertState.SUPPRESSED] * 2
    quiet = await ben.get(f"{LIST}?state=SUPPRESSED")
    assert "held back: Snoozed until 07:00 UTC on 24 Nov 2026." in words(quiet)
    one = await ben.get(f"{LIST}/{inbox['db-1']}")
    await ben.send(one, "quiet")
    assert len(await world.events(None, "alert.unsnoozed")) == 1
    await ben.send(quiet, "alerts", alert=both, do="noise", reason="The disks are always full.")
    said = words(await ben.get(f"{LIST}?state=SUPPRESSED"))
    assert said.count("Noise The disks are always full.") == 2
    marked = await ben.get(f"{LIST}/{inbox['db-2']}")
    assert "Noise The disks are always full." in words(marked)
    await ben.post(f"{LIST}/{inbox['db-2']}", _key="u", do="unmark")
    again = await ben.get(f"{LIST}/{inbox['db-2']}")
    refused = await ben.send(again, "noise", reason=" ")
    assert (refused.status_code, "This is needed" in words(refused)) == (422, True)

    await sweep_silences(world.database)
    told = words(await ben.get(f"{LIST}/{inbox['db-1']}"))
    said = (
        "snoozed the alert “db-1 is down” until 07:00",
        "woke the alert",
        "still fires after it was snoozed",
        "as noise",
    )
    assert [each in told for each in said] == [True] * 4, told
    loud = [inbox["db-1"], inbox["web-1"]]
    mixed = await ben.post(
        f"{LIST}/change", _key="s", state="FIRING", do="silence", span="1h", reason="Moved.", alert=[*loud, "nope"]
    )
    assert mixed.status_code == 422
    assert await ben.send(page, "alerts", alert=loud, do="silence", span="1h", reason="Moved.")
    async with world.database.reading() as reader:
        found = await reader.rows(Silence, select(Silence).order_by(Silence.id))
    assert [(each.matchers, each.reason) for each in found] == [
        ({"alertname": "InstanceDown"}, "Moved."),
        ({"alertname": "InstanceDown", "team": "shop"}, "Moved."),
    ]
    assert (await states(world))["web-1"] is AlertState.SUPPRESSED


async def test_a_storm_is_told_in_the_inbox_and_counted_by_service_and_monitor(world, browse):
    await world.do(save_organisation, world.ada, storm_incidents=2)
    monitor = await Monitor.create(world)
    await rule(world, matchers={"team": "shop"}, service="checkout-api")
    await rule(world)
    ben = await browse("ben")
    for name in "abcde":
        await monitor.sends(firing(name, **({"team": "shop"} if name < "e" else {})), key=name)
    reference = f"INC-{(await rows_of(world))[-1].incident_id}"
    page = await ben.get(LIST)
    assert "An alert storm goes on" in words(page)
    assert f"/console/alerts/of/{reference}" in page.text
    told = words(await ben.get(f"{LIST}/of/{reference}"))
    assert "Checkout API Prometheus 2 2" in told
    assert "No service Prometheus 1 1" in told
    assert "It goes on" in told
    assert (await ben.get(f"{LIST}/of/INC-99999")).status_code == 404


async def test_fatigue_is_told_as_a_chart_tables_and_files(browse, inbox):
    ben = await browse("ben")
    assert f"{LIST}/fatigue" in (await ben.get(LIST)).text
    page = await ben.get(f"{LIST}/fatigue")
    said = words(page)
    assert "Alerts 4, 4 at night" in said
    assert "InstanceDown Prometheus 4 4 0 0 0 0" in said
    assert "Nobody was paged in these days." in said
    assert "<svg" in page.text
    assert "Led to action: InstanceDown 0 of 4." in page.text
    file = await ben.get(f"{LIST}/fatigue/rules.csv?days=7")
    assert file.headers["content-type"].startswith("text/csv")
    assert file.text.splitlines()[1] == '"InstanceDown","Prometheus","4","4","0","0","0","0"'
    assert '"Checkout API","4"' in (await ben.get(f"{LIST}/fatigue/services.csv")).text
    assert (await ben.get(f"{LIST}/fatigue/odd.csv")).status_code == 404
    assert (await ben.get(f"{LIST}/fatigue?days=5")).status_code == 422
    assert inbox


async def test_fatigue_begins_after_what_was_archived_and_says_so(browse, inbox, world):
    ben = await browse("ben")
    assert "were archived" not in words(await ben.get(f"{LIST}/fatigue?days=90"))
    await world.do(archived, world.clock.now() - timedelta(days=40))
    said = words(await ben.get(f"{LIST}/fatigue?days=90"))
    assert "Alerts from before 16 Oct 2026 were archived." in said
    assert "Alerts 4, 4 at night" in said
    assert "were archived" not in words(await ben.get(f"{LIST}/fatigue"))
    assert inbox


async def archived(session, until):
    """Note that alerts up to a moment are gone."""
    file = {"name": "a.zip", "target": "dir:/a", "taken_at": until, "days": 30, "bytes": 1, "rows": {}}
    session.add(Archive(**file, alerts_until=until))


async def test_what_dropping_would_have_spared_is_told_to_those_who_may_change_rules(world, browse, inbox):
    ben, ada = await browse("ben"), await browse("ada")
    assert "Estimate what dropping" not in (await ben.get(f"{LIST}/fatigue?estimate=yes")).text
    assert f'{LIST}/fatigue?days=28&amp;estimate=yes#spared"' in (await ada.get(f"{LIST}/fatigue")).text
    page = await ada.get(f"{LIST}/fatigue?days=365&estimate=yes")
    assert "If all that nobody acts on were dropped 1 rule: InstanceDown. 0 of 0 pages" in words(page)
    assert "0 incidents instead of" in words(page)
    rules = unescape(re.search(r'name="rules" value="([^"]+)"', page.text)[1])
    first = read_rules(rules).values["rules"][0]
    assert (first["name"], first["drop_reason"]) == ("Drop InstanceDown", "Nobody acts on it.")
    async with world.database.rehearsal() as session:
        await apply_routing_rules(session, world.ada, rules=[first])
    assert inbox


async def test_without_alerts_the_report_says_what_it_is(browse):
    assert "No alerts in these days" in words(await (await browse("ben")).get(f"{LIST}/fatigue"))
