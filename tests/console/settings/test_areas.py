"""What holds in every area that keeps a list: adding, changing, bad input, who may, archiving with the name typed."""

import pytest
from sqlalchemy import select

from console.settings.areas import AREAS, area_of
from console.settings.ledger import Act
from console.settings.maintenance import STEPS
from console.settings.routes import KEPT
from models.access import ServiceAccount
from models.alert import RoutingRule
from models.person import Team, User
from models.role import Role
from models.runbook import Runbook
from models.service import Component, Service
from models.severity import Severity, SeverityVersion
from models.status_page import StatusPage
from models.update_template import UpdateTemplate
from models.words import AccessRole, ComponentStatus, PagingScope
from tests.console.desk import OURS
from tests.console.test_architecture import api


async def newest(world, model):
    async with world.database.reading() as reader:
        return (await reader.rows(model, select(model).order_by(model.id.desc()).limit(1)))[0]


async def count(world, model):
    async with world.database.reading() as reader:
        return len(await reader.rows(model, select(model)))


OWED = {"obligations-pages": "ALL_HANDS", "obligations-internal_cadence_minutes": "20"}
CASES = {
    # area: model, what is written, what is changed, what can't be (field, text, words at it), what stands then
    "teams": (
        Team,
        {"name": "Mobile", "slug": "mobile"},
        {"name": "Mobile apps"},
        ("slug", "No slug", "is no slug"),
        lambda row: (row.slug, row.name) == ("mobile", "Mobile apps"),
    ),
    "people": (
        User,
        {"name": "Fay Moss", "email": "fay@quillhaven.example", "access_role": "MANAGER", "invite": ""},
        {"access_role": "VIEWER"},
        ("email", "nobody", "is no e-mail address"),
        lambda row: (row.name, row.access_role) == ("Fay Moss", AccessRole.VIEWER),
    ),
    "service-accounts": (
        ServiceAccount,
        {"name": "Deploy bot", "access_role": "RESPONDER"},
        {"access_role": "VIEWER"},
        ("name", "x" * 200, "The text has 200 characters"),
        lambda row: (row.name, row.access_role) == ("Deploy bot", AccessRole.VIEWER),
    ),
    "severities": (
        SeverityVersion,
        {"name": "SEV4", "rank": "4", "definition": "A blemish.", "examples": "A typo.\nA dull icon.", **OWED},
        {"obligations-postmortem_due_days": "9"},
        ("obligations-internal_cadence_minutes", "999999999", "is out of range"),
        lambda row: (
            (row.version, row.examples, row.pages, row.internal_cadence_minutes, row.postmortem_due_days)
            == (2, ["A typo.", "A dull icon."], PagingScope.ALL_HANDS, 20, 9)
        ),
    ),
    "roles": (
        Role,
        {"name": "Liaison", "key": "liaison", "duties": "Speak to the partner."},
        {"duties": "Speak to partners."},
        ("duties", " ", "nothing stands here"),
        lambda row: (row.key, row.duties) == ("liaison", "Speak to partners."),
    ),
    "services": (
        Service,
        {"name": "Billing", "slug": "billing", "runbook_url": "https://wiki.example/billing"},
        {"runbook_url": ""},
        ("runbook_url", "ftp://wiki", "is not a web address"),
        lambda row: (row.slug, row.runbook_url) == ("billing", None),
    ),
    "components": (
        Component,
        {"name": "Gift cards", "group": "Shop", "position": "7", "status": "DEGRADED_PERFORMANCE"},
        {"status": "OPERATIONAL"},
        ("position", "high", "is not a whole number"),
        lambda row: (row.position, row.manual_status, row.status) == (7, *[ComponentStatus.OPERATIONAL] * 2),
    ),
    "status-pages": (
        StatusPage,
        {"name": "Partners", "slug": "partners", "access": "LINK", "accent_light": "#2d3ccb"},
        {"accent_light": ""},
        ("accent_light", "#eeeeee", "has a contrast of"),
        lambda row: (row.slug, row.access, row.accent_light) == ("partners", "LINK", None),
    ),
    "update-templates": (
        UpdateTemplate,
        {"name": "First words", "body": "We look into {{ component_names }}: {{ what }}.", "variables.0.name": "what",
         "variables.0.label": "What fails?"},
        {"status": "IDENTIFIED"},
        ("body", "{{ unknown }}", "unknown"),
        lambda row: (row.version, row.status, row.variables[0]["label"]) == (2, "IDENTIFIED", "What fails?"),
    ),
    "runbooks": (
        Runbook,
        {"name": "Queue is full", "body": "Look.\n\n- [ ] Drain it"},
        {"body": "Look again.\n\n- [ ] Drain it"},
        ("body", "- [ ] " + "x" * 300, "300"),
        lambda row: (row.version, row.body.split("\n")[0]) == (2, "Look again."),
    ),
    "routing": (
        RoutingRule,
        {"name": "Critical", "matchers.0.label": "severity", "matchers.0.wanted": "critical"},
        {"matchers.0.wanted": "=~critical|page"},
        ("matchers.0.wanted", "=~(", "=~("),
        lambda row: row.matchers == {"severity": "=~critical|page"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("area", CASES)
async def test_something_is_added_changed_and_archived(world, ada, area):
    model, written, changed, _, stands = CASES[area]
    path, before = area_of(area).path, await count(world, model)
    await ada.read(f"{path}/new")
    form = ada.form(f"{path}/new")
    answer = await ada.send(f"{path}/new", form=form, **written)
    again = await ada.send(f"{path}/new", form=form, **written)
    assert again.headers["location"] == answer.headers["location"], "sent twice, it is added once"
    assert await count(world, model) == before + 1
    assert "Added." in await ada.read(answer.headers["location"])
    address = answer.headers["location"].partition("?")[0]
    await ada.send(address, **changed)
    assert "Saved." in await ada.read(f"{address}?done=changed")
    row = await newest(world, model)
    assert stands(row), row
    if area == "severities":
        row = await newest(world, Severity)

    refused = await ada.send(f"{address}/part", 422, confirm="something else")
    assert "This is not the name" in refused.text
    assert 'value="something else"' in refused.text, "what was written stays"
    assert not getattr(await newest(world, model), "archived", False)
    await ada.send(f"{address}/part", confirm={**written, **changed}["name"])
    if area == "routing":
        assert await count(world, model) == before
        return
    assert (await newest(world, Severity if area == "severities" else model)).archived
    assert "Archived" in await ada.read(address)
    await ada.send(f"{address}/restore")
    assert not (await newest(world, Severity if area == "severities" else model)).archived
    noun = {"people": "user", "service-accounts": "service_account", "status-pages": "status_page"}
    saved = [event.data["noun"] for event in await world.events(None, "setting.saved")]
    assert saved.count(noun.get(area, area.removesuffix("s").replace("-", "_"))) in (3, 4) or area == "severities"


@pytest.mark.parametrize("area", CASES)
async def test_bad_input_stays_with_the_reason_at_the_field(world, ada, area):
    model, written, _, (field, text, reason), _ = CASES[area]
    path, before = area_of(area).path, await count(world, model)
    await ada.read(f"{path}/new")
    answer = await ada.send(f"{path}/new", 422, **{**written, field: text})
    assert await count(world, model) == before
    assert reason in answer.text.replace("&#39;", "'")
    form = ada.form(f"{path}/new")
    assert form[field].strip() == text.strip()
    assert {name: form[name] for name in written if name not in (field, "invite")} == {
        name: value for name, value in written.items() if name not in (field, "invite")
    }
    wrong = answer.text.split('aria-invalid="true"')
    assert len(wrong) == 2, "one field is marked"
    assert f'name="{field}"' in wrong[0][-400:]
    assert 'class="error"' in wrong[1][: 2_000 + len(text)]


@pytest.mark.parametrize("area", CASES)
async def test_whoever_may_not_change_it_is_shown_no_form_and_refused(world, ada, ben, area):
    model, written, *_ = CASES[area]
    path = area_of(area).path
    await ada.read(f"{path}/new")
    form = ada.form(f"{path}/new")
    address = (await ada.send(f"{path}/new", form=form, **written)).headers["location"].partition("?")[0]
    before = await newest(world, model)
    hidden = area_of(area).sees != "read"
    said = await ben.read(path, 403 if hidden else 200)
    assert "Add " not in said
    said = await ben.read(address, 403 if hidden else 200)
    assert "Save " not in said
    assert "Archive" not in said
    assert "<form" not in ben.page.text
    assert hidden or written["name"] in said
    await ben.read(f"{path}/new", 403)
    for action in (f"{path}/new", address, f"{address}/part", f"{address}/restore"):
        if area == "routing" and action.endswith("restore"):
            continue
        refused = await ben.send(action, 403, form={}, **written, confirm=written["name"])
        assert "it needs the permission" in refused.text
    assert await newest(world, model) == before


async def test_the_overview_offers_what_the_viewer_may_see_and_says_who_keeps_the_rest(ada, ben):
    said = await ada.read("/console/settings")
    for area in AREAS:
        assert area.title in said
        assert area.sentence in said
        assert f'href="{area.path}"' in ada.page.text
        await ada.read(area.path)
    assert "may change it" not in (await ada.read("/console/settings"))
    said = await ben.read("/console/settings")
    assert "Who scripts and bots are, and what they may do. For admins." in said
    assert "You can read this; managers and admins may change it." in said
    assert 'href="/console/settings/subscribers"' not in ben.page.text
    await ben.read("/console/settings/subscribers", 403)


async def test_pages_of_other_sites_and_strangers_change_nothing(world, ada):
    await ada.read("/console/settings/teams/new")
    form = ada.form("/console/settings/teams/new")
    foreign = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    refused = await ada.send("/console/settings/teams/new", 403, form=form, headers=foreign, name="X", slug="x")
    assert "This was sent by a page of another site" in refused.text
    ada.client.cookies.clear()
    kept = await ada.send("/console/settings/teams/new", 401, form=form, headers=OURS, name="Mobile", slug="mobile")
    assert "Mobile" in kept.text, "what was written is not lost"
    assert await count(world, Team) == 2


async def test_forms_of_what_is_not_there_say_so(ada):
    for path in ("/console/settings/teams/VGVhbTo5OTk", "/console/settings/teams/nonsense"):
        await ada.read(path, 404 if "OTk" in path else 422)
    await ada.read("/console/settings/teams/VGVhbTox/part", 303)


def test_what_a_form_does_is_what_the_api_does_under_that_name():
    known = api()
    kept = [ledger for pages in KEPT for ledger in [pages.ledger]]
    acts = [act for ledger in kept for act in (ledger.save, ledger.create, ledger.remove) if act is not None]
    assert len(acts) >= len(kept)
    for act in (*acts, *(Act(*step) for step in STEPS.values())):
        assert known[act.mutation] is act.action, act.mutation


def test_every_field_says_what_it_does():
    silent = {"language", "time_zone", "notify", "page"}
    for pages in KEPT:
        for field in pages.ledger.fields:
            assert field.hint or field.name in silent, (pages.ledger.area, field.name)
