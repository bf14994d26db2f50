"""Silences in Settings: begun from an alert, changed, and ended."""

from actions.alerts.release import sweep_silences
from models.words import AlertState
from tests.actions.alerting import Monitor, alerts, firing, id_of

NEW = "/console/settings/silences/new"


async def test_a_silence_is_begun_from_an_alert_changed_and_ended(world, ada):
    monitor = await Monitor.create(world)
    await monitor.sends(firing("a", job="disk"), firing("b", job="disk"), firing("c", job="cpu"))
    first = id_of((await alerts(world))[0])
    assert "Silence alerts like this" in await ada.read(f"/console/alerts/{first}")
    page = await ada.read(f"{NEW}?alert={first}")
    assert "Now it would hold back 2 alerts:" in page
    assert "c is down" not in page
    form = ada.form(NEW)
    assert {form[f"matchers.{n}.label"] for n in range(2)} == {"alertname", "job"}
    refused = await ada.send(NEW, 422, form={**form, "ends_at": ""}, reason="Disks are moved.")
    assert "Ends: nothing stands here." in refused.text
    answer = await ada.send(NEW, form=form, reason="Disks are moved.")
    address = answer.headers["location"].partition("?")[0]
    page = await ada.read(address)
    assert page.count("is down") == 2, "it names what it holds"
    assert [a.state for a in await alerts(world)] == [AlertState.SUPPRESSED] * 2 + [AlertState.FIRING]
    assert "held back: Silenced until" in await ada.read("/console/alerts?state=SUPPRESSED")
    await ada.read(address)
    await ada.send(address, reason="They are moved again.")
    assert "They are moved again." in await ada.read("/console/settings/silences")
    await ada.read(address)
    await ada.send(f"{address}/end")
    assert "End it now" not in await ada.read(address)
    await sweep_silences(world.database)
    assert [a.state for a in await alerts(world)] == [AlertState.FIRING] * 3


async def test_who_only_reads_sees_silences_and_sets_none(visit):
    eve = await visit("eve")
    assert "Add silence" not in await eve.read("/console/settings/silences")
    assert (await eve.client.get(NEW)).status_code == 403
