"""What the forty incidents lack: nothing at all, pages, promises, action items, alerts, gaps in practice, paper."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import console.board.page
from actions.action_items import add_action_item
from actions.branding.organisation import save_organisation
from actions.endings import decline_incident
from actions.notices import notify_of
from actions.reminders import sweep_due
from actions.updates import publish_update
from core.errors import DomainError, ErrorCode
from models.incident import Incident
from models.words import Audience
from tests.actions.alerting import Monitor, alerts, firing, incidents, rule
from tests.actions.lifecycle import declared
from tests.console.board.conftest import DASHBOARD
from tests.console.lists.test_alerts import archived

NOW = {"from": "2026-11-23", "to": "2026-11-29"}


async def test_without_incidents_the_page_teaches(board, world):
    page = await board(**NOW)
    assert "No incident yet that counts" in page.words
    assert 'href="/console/declare">Declare the first incident' in page.text
    assert "Declare the first" not in (await board("eve", **NOW)).text
    assert page.figures == {}
    await declared(world, kind="DRILL")
    await declared(world, world.ada, visibility="PRIVATE")
    assert "No incident yet that counts" in (await board(**NOW)).words, "a drill, and a private one of others"
    assert (await board("ada", **NOW)).figures["severity"].big == "1"


async def test_who_was_called_how_often(board, world, clock):
    """All hands are called, but for whoever declared: four people each time."""
    for moment in (datetime(2026, 11, 27, 17, 0, tzinfo=UTC), datetime(2026, 11, 28, 23, 30, tzinfo=UTC)):
        clock.moment = moment
        incident = await declared(world)
        (event,) = await world.events(incident.id, "incident.declared")
        await world.do(notify_of, event.id)
    page = await board(**NOW)
    load = page.figures["load"]
    assert load.big == "8 pages"
    assert load.hints[1] == "8 more than in the week before."
    assert sorted(load.rows) == [[name, "2", "1", "1"] for name in ("Ada Okafor", "Chi Tran", "Dov Levi", "Eve Novak")]
    for href, number in load.numbers:
        answer = await board.get(href)
        assert answer.text.count('<th scope="row"><a class="ref"') == number
    named = [href for href, _ in load.numbers if "pages_at_night" in href]
    opened = (await board.get(named[0])).text
    assert f"/console/incidents/{incident.reference}" in opened
    lines = (await board.get(f"{DASHBOARD}/load.csv", **NOW, zone="UTC")).text.splitlines()
    assert lines[0] == '"Person","Pages","At night","At weekends"'
    assert len(lines) == 5


async def test_promises_and_action_items(board, world, clock):
    one = (await declared(world)).reference
    for minute in (10, 24, 50):  # due at 15, 25 and 39: the last one is late
        clock.moment = datetime(2026, 11, 24, 3, minute, tzinfo=UTC) - timedelta(microseconds=1)
        await world.do(publish_update, world.ben, incident=one, audience=Audience.INTERNAL, body="We look.")
    clock.moment = datetime(2026, 11, 24, 5, 50, tzinfo=UTC)
    await sweep_due(world.database)  # the fourth did not come, nor any to customers
    for due in (24, 25):
        await world.do(
            add_action_item, world.ben, title="Mend", owner="payments", due_on=date(2026, 11, due), incident=one
        )
    clock.moment = datetime(2026, 11, 27, tzinfo=UTC)
    await world.do(
        add_action_item, world.ben, title="Alone", owner="payments", due_on=date(2026, 11, 26), incident=None
    )
    wanted = [SimpleNamespace(metric=key, value=value) for key, value in (("promises_kept", 0.5), ("mttr", 14400.0))]
    await world.do(save_organisation, world.ada, aims=wanted)
    page = await board(**NOW)
    promises, items = page.figures["promises_kept"], page.figures["action_items_in_time"]
    assert promises.big == "2 of 5"
    assert promises.rows == [["23 Nov", "2", "3", "5"]]
    assert promises.hints[-1] == "Aim: at least 50 %; kept in 0 of 1 week.".replace("50 %", "50\u00a0%")
    assert promises.finding.endswith("kept in 0 of 1 week.")
    assert "c-aim" in promises.body
    assert page.figures["mttr"].hints[-1] == "Aim: at most 4 h; no week has enough to tell."
    assert all("Aim" not in hint for hint in items.hints)
    assert promises.finding.startswith("2 of 5 kept, 3 missed. Most were missed in the week of 23 Nov: 3.")
    opened = await board(path="/promises_kept", **NOW)
    assert opened.behind == [one]
    assert '<td class="num">2 kept, 3 missed</td>' in opened.text
    assert items.big == "3 action items"
    opened = await board(path="/action_items_in_time", **NOW)
    assert '<td class="num">2 late</td>' in opened.text
    assert "1 more belongs to no incident." in opened.words


async def test_alerts_that_mean_something(board, world):
    await rule(world, name="Ours", matchers={"alertname": "DiskFull"})
    await rule(world, name="Rest", create_incident="NEVER")
    monitor = await Monitor.create(world)
    await monitor.sends(firing("d1", alertname="DiskFull"), key="1")
    await monitor.sends(firing("d2", alertname="DiskFull"), key="2")
    for n in range(3):
        await monitor.sends(firing(f"slow-{n}"), key=f"s{n}")
    first, second = await incidents(world)
    await world.do(decline_incident, world.ben, incident=second.reference, reason="nothing")
    assert len(await alerts(world)) == 5
    noise = (await board(**NOW)).figures["noise"]
    assert (noise.big, noise.hints[1]) == ("80\u00a0%", "4 of 5 alerts.")
    assert noise.rows == [["InstanceDown", "Prometheus", "0", "3"], ["DiskFull", "Prometheus", "1", "1"]]
    opened = (await board.get(noise.numbers[1][0])).text
    assert opened.count('<th scope="row">d') == 2
    assert first.reference in opened
    assert f"{second.reference}</a>, declined" in opened
    assert (await board.get(noise.links[0])).text.count('<th scope="row">') == 5
    assert "archived" not in noise.hints[0]
    await world.do(archived, world.clock.now() - timedelta(days=1))
    assert "those without an incident were archived up to" in (await board(**NOW)).figures["noise"].hints[0]
    assert "were archived up to" in (await board(path="/noise", **NOW)).text
    await declared(world)
    await world.do(_hide, first.id)
    hidden = (await board("eve", **NOW)).figures["noise"]
    assert ["DiskFull", "Prometheus", "0", "1"] in hidden.rows, "an alert of a private incident is as private"
    assert first.reference not in (await board("eve", "/noise", **NOW)).text
    assert (await board(**NOW, service="search-api")).figures["noise"].big == "none"
    assert (await board.get(f"{DASHBOARD}/noise", source="x", **NOW)).status_code == 422


async def _hide(session, key):
    (await session.get_one(Incident, key)).visibility = "PRIVATE"


async def test_gaps_in_practice_at_once_or_when_asked_for(board, world, clock, monkeypatch):
    await declared(world)
    clock.advance(hours=5)
    page = await board(**NOW)
    assert "Roles filled in time: 0 % of 1 passed" in page.words
    assert 'href="/practice.html?firstDay=2026-11-23&amp;lastDay=2026-11-29&amp;timeZone=UTC#roles_filled"' in page.text
    audit = await board.get("/practice.html", firstDay="2026-11-23", lastDay="2026-11-29", timeZone="UTC")
    assert 'id="roles_filled"' in audit.text
    monkeypatch.setattr("console.board.contents.FEW", 0)
    later = await board(**NOW)
    assert "Roles filled" not in later.words
    part = later.text.partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    asked = (await board.get(part)).text
    assert "Roles filled in time" in asked
    assert "<html" not in asked
    long = await board(**{"from": "2024-01-01", "by": "month"})
    assert "too many days" in long.words


async def test_on_paper(board, world):
    await declared(world)
    answer = await board.get(f"{DASHBOARD}.pdf", **NOW, zone="UTC")
    assert answer.status_code in (200, 503), answer.text
    if answer.status_code == 200:
        assert answer.content.startswith(b"%PDF")
        assert answer.headers["content-type"] == "application/pdf"
        assert 'inline; filename="dashboard-2026-11-23.pdf"' in answer.headers["content-disposition"]
    assert (await board.get(f"{DASHBOARD}.pdf", zone="Mars")).status_code == 422


async def test_paper_where_none_can_be_made(board, world, monkeypatch):
    pressed = []

    async def press(page):
        pressed.append(page)
        raise DomainError(ErrorCode.UNAVAILABLE, "PDFs can't be made on this server.", hint="Install `pango`.")

    monkeypatch.setattr(console.board.page, "pdf_of", press)
    incident = await declared(world)
    answer = await board.get(f"{DASHBOARD}.pdf", "eve", **NOW, zone="UTC")
    assert answer.status_code == 503
    assert "<code>pango</code>" in answer.text
    assert "As Eve Novak may see it" in pressed[0]
    assert "1 incident over 1 week: 1 SEV1." in pressed[0]
    assert "&#34;" not in pressed[0].partition("</style>")[0]
    assert incident.reference not in pressed[0]
