"""Templates of updates: kept by managers, filled in by whoever may publish."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from actions.branding.organisation import save_organisation
from actions.check import BODY
from actions.maintenance.schedule import schedule_maintenance
from actions.maintenance.words import publish_maintenance_update
from actions.roles import assign_role
from actions.templates import spoken
from actions.templates.filling import fill_in_template
from actions.templates.saving import save_update_template
from actions.update_parts import ClaimInput
from core import ids
from core.errors import DomainError, ErrorCode
from models.language import PageLanguage
from models.update_template import UpdateTemplate
from models.words import Audience, ComponentStatus, PublicStatus, TemplateUse, Visibility
from tests.actions import maintaining
from tests.telling import component_id, make_incident, tell

MAJOR = ComponentStatus.MAJOR_OUTAGE


def variable(name, label, default=None):
    return SimpleNamespace(name=name, label=label, default=default)


SLOW = {
    "name": "Slow",
    "audience": Audience.PUBLIC,
    "status": PublicStatus.IDENTIFIED,
    "title": "{{ component_names }} may be slow",
    "body": "{{ incident.reference }}: {{ what }}"
    "{% for it in components %} {{ it.name }} ({{ it.state }}).{% endfor %}",
    "variables": [variable("what", "What is slow", None)],
}


async def save(world, person="dov", **given):
    saved = await world.do(save_update_template, getattr(world, person), **given)
    return ids.encode("UpdateTemplate", saved.id)


async def fill(world, template, person="ben", incident="INC-7", **given):
    return await world.do(fill_in_template, getattr(world, person), template=template, incident=incident, **given)


async def refusal(awaitable):
    with pytest.raises(DomainError) as caught:
        await awaitable
    return caught.value.code, caught.value.field


async def seeded(world):
    async with world.database.reading() as reader:
        return await reader.rows(UpdateTemplate, select(UpdateTemplate).order_by(UpdateTemplate.id))


async def test_a_template_says_what_is_true_of_the_incident(world):
    await world.do(make_incident, 7, severity="SEV1", title="Internal: Acme is furious")
    template = await save(world, **SLOW)
    claims = [ClaimInput(component_id(world, name), MAJOR) for name in ("checkout", "search")]
    text = await fill(world, template, variables={"what": "Orders. {{ 7 * 7 }}"}, components=claims)
    assert text.title == "Checkout and Search may be slow"
    assert text.body == "INC-7: Orders. {{ 7 * 7 }} Checkout (major outage). Search (major outage)."
    assert (text.audience, text.status) == (Audience.PUBLIC, PublicStatus.IDENTIFIED)


async def test_what_muster_itself_says_in_it_is_in_the_language_of_the_page(world):
    await world.do(make_incident, 7)
    await world.do(save_organisation, world.ada, language=PageLanguage.DE)
    claims = [ClaimInput(component_id(world, name), MAJOR) for name in ("checkout", "search")]
    text = await fill(world, await save(world, **SLOW), variables={"what": "Langsam."}, components=claims)
    assert text.title.startswith("Checkout und Search")
    assert "Checkout (schwerer Ausfall)" in text.body


def test_every_language_of_the_page_has_words_for_every_state():
    assert set(spoken.STATES) == set(spoken.AND) == set(PageLanguage)
    assert all(set(words) == set(ComponentStatus) for words in spoken.STATES.values())


async def test_without_components_it_tells_of_those_that_customers_read_of(world, clock):
    await world.do(make_incident, 7)
    await tell(world, 7, claims=[("search", MAJOR)], next_update_by=clock.now() + timedelta(minutes=30))
    template = await save(world, name="T", audience=Audience.PUBLIC, body="{{ component_names }}, {{ next_update_by }}")
    assert (await fill(world, template)).body == "Search, 03:30 UTC"
    clock.advance(minutes=12)
    body = "{{ incident.minutes }} min.{{ incident.severity }}{{ incident.public_title }}"
    await save(world, id=template, body=body)
    assert (await fill(world, template)).body == "12 min."


async def test_each_change_is_recorded_and_makes_a_version(world):
    template = await save(world, **SLOW)
    await save(world, id=template, name="Very slow", expected_version=1)
    await save(world, id=template, name="Very slow")
    (made, changed) = await world.events(None, "setting.saved")
    assert (made.data["noun"], made.data["created"]) == ("update_template", True)
    assert changed.data["changed"] == {"name": {"from": "Slow", "to": "Very slow"}}
    old = save(world, id=template, name="Slow", expected_version=1)
    assert await refusal(old) == (ErrorCode.VERSION_CONFLICT, "expected_version")


async def test_only_managers_keep_templates(world):
    assert await refusal(save(world, "ben", **SLOW)) == (ErrorCode.FORBIDDEN, None)
    assert await refusal(save(world, "eve", **SLOW)) == (ErrorCode.FORBIDDEN, None)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"body": "{{ range(9) }}"}, "body"),
        ({"body": "{{ who }}"}, "body"),
        ({"title": "{% set x = 1 %}"}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"body": "x" * (BODY + 1)}, "body"),
        ({"body": None}, "body"),
        ({"variables": []}, "body"),
        ({"variables": [variable("Big", "x")]}, "variables.0.name"),
        ({"variables": [variable("incident", "x")]}, "variables.0.name"),
        ({"variables": [variable("what", "x"), variable("what", "y")]}, "variables.1.name"),
        ({"variables": [variable("what", " ")]}, "variables.0.label"),
        ({"variables": [variable("what", "x", "y" * 2001)]}, "variables.0.default"),
        ({"variables": [variable(f"v{n}", "x") for n in range(21)]}, "variables"),
        ({"audience": Audience.INTERNAL}, "title"),
        ({"audience": None}, "audience"),
        ({"name": " "}, "name"),
    ],
)
async def test_what_is_no_template_is_refused_with_its_field(world, given, field):
    assert await refusal(save(world, **{**SLOW, **given})) == (ErrorCode.INVALID_INPUT, field)
    assert len(await seeded(world)) == 8


async def test_names_are_unique_among_those_in_use(world):
    template = await save(world, **SLOW)
    assert await refusal(save(world, **{**SLOW, "name": "SLOW"})) == (ErrorCode.CONFLICT, "name")
    await save(world, id=template, archived=True)
    await save(world, **SLOW)
    assert await refusal(save(world, id=template, archived=False)) == (ErrorCode.CONFLICT, "name")
    await world.do(make_incident, 7)
    assert await refusal(fill(world, template, variables={"what": "x"})) == (ErrorCode.INVALID_INPUT, "template")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "variables.what"),
        ({"variables": {"what": None}}, "variables.what"),
        ({"variables": {"what": 7}}, "variables.what"),
        ({"variables": {"what": "x" * 2001}}, "variables.what"),
        ({"variables": {"what": "a\x00b"}}, "variables.what"),
        ({"variables": {"what": "x", "who": "y"}}, "variables.who"),
        ({"variables": ["what"]}, "variables"),
        ({"variables": {"what": "x"}, "components": [ClaimInput("nothing", MAJOR)]}, "components.0.component"),
        ({"variables": {"what": "x"}, "template": ids.encode("UpdateTemplate", 999)}, "template"),
    ],
)
async def test_what_can_not_be_filled_in_is_refused_with_its_field(world, given, field):
    await world.do(make_incident, 7)
    template = await save(world, **SLOW)
    code, found = await refusal(fill(world, **{"template": template, **given}))
    assert found == field
    assert code in (ErrorCode.INVALID_INPUT, ErrorCode.NOT_FOUND)


async def test_a_text_that_would_say_nothing_or_too_much_is_refused(world):
    await world.do(make_incident, 7)
    body = "{% for it in components %}{{ what }}{% endfor %}"
    template = await save(world, name="Long", audience=Audience.PUBLIC, body=body, variables=[variable("what", "What")])
    many = [ClaimInput(component_id(world, "checkout"), MAJOR)] * 100
    filled = {"variables": {"what": "x" * 2000}}
    assert await refusal(fill(world, template, **filled, components=many)) == (ErrorCode.INVALID_INPUT, "template")
    assert await refusal(fill(world, template, **filled, components=[])) == (ErrorCode.INVALID_INPUT, "template")
    assert await refusal(fill(world, template, **filled, components=many * 2)) == (
        ErrorCode.INVALID_INPUT,
        "components",
    )


async def test_who_may_publish_on_the_incident_may_fill_in_and_nobody_else(world):
    await world.do(make_incident, 7)
    await world.do(make_incident, 8, visibility=Visibility.PRIVATE)
    template = ids.encode("UpdateTemplate", 1)
    assert await refusal(fill(world, template, "eve")) == (ErrorCode.FORBIDDEN, None)
    await world.do(assign_role, world.ben, incident="INC-7", role="communications_lead", user=world.id_of("eve"))
    assert (await fill(world, template, "eve")).body
    assert await refusal(fill(world, template, "ben", "INC-8")) == (ErrorCode.NOT_FOUND, "incident")


async def test_the_templates_that_muster_begins_with_read_well(world):
    await world.do(make_incident, 7, severity="SEV2")
    templates = [row for row in await seeded(world) if row.use is TemplateUse.INCIDENT]
    assert [row.name for row in templates][-1] == "For stakeholders"
    asked = {"known": "Orders fail.", "doing": "Ben rolls back."}
    claims = [ClaimInput(component_id(world, "checkout"), MAJOR)]
    for row in templates:
        names = {each["name"] for each in row.variables}
        for components in ([], claims):
            given = {name: text for name, text in asked.items() if name in names}
            reference = ids.encode("UpdateTemplate", row.id)
            text = await fill(world, reference, variables=given, components=components)
            assert "  " not in text.body
            assert "{" not in f"{text.title}{text.body}"
            assert (
                ("Checkout" in text.body + (text.title or ""))
                or not components
                or row.status is PublicStatus.IDENTIFIED
            )


PLANNED = "{{ maintenance.reference }} {{ maintenance.title }}, {{ maintenance.state }}: {{ maintenance.starts_at }} to"
PLANNED += " {{ maintenance.ends_at }}, {{ maintenance.minutes }} min. {{ component_names }}. {{ why }}"


async def test_a_template_for_planned_work_says_what_is_true_of_it_in_the_language_and_zone_of_the_page(world):
    why = [variable("why", "Why")]
    template = await save(world, name="Later", use=TemplateUse.MAINTENANCE, body=PLANNED, variables=why)
    work = await world.do(schedule_maintenance, world.dov, **maintaining.given(world, "checkout", "search"))
    given = {"incident": None, "maintenance": work.reference, "variables": {"why": "{{ 7 * 7 }}"}}
    text = await fill(world, template, "dov", **given)
    start, end = (f"{moment:%Y-%m-%d %H:%M} UTC" for moment in (work.starts_at, work.ends_at))
    said = f"{work.reference} {work.title}, planned: {start} to {end}, 120 min. Checkout and Search. {{{{ 7 * 7 }}}}"
    assert text.body == said
    assert (text.audience, text.status, text.title) == (Audience.PUBLIC, None, None)
    await world.do(publish_maintenance_update, world.dov, maintenance=work.reference, body=text.body)
    await world.do(save_organisation, world.ada, language=PageLanguage.DE, time_zone="Europe/Berlin")
    german = await fill(world, template, "dov", **given)
    assert ", geplant: " in german.body
    assert "CET" in german.body
    assert "Checkout und Search" in german.body
    for row in await seeded(world):
        if row.use is TemplateUse.MAINTENANCE:
            asked = {each["name"]: "It rains." for each in row.variables if each["default"] is None}
            key = ids.encode("UpdateTemplate", row.id)
            if row.name != "Later":
                body = (await fill(world, key, "dov", **{**given, "variables": asked})).body
                assert "Checkout und Search" in body
                assert "{" not in body


async def test_templates_for_planned_work_and_for_incidents_are_not_mixed_up(world):
    await world.do(make_incident, 7)
    work = (await world.do(schedule_maintenance, world.dov, **maintaining.given(world))).reference
    planned = {"name": "Later", "use": TemplateUse.MAINTENANCE, "body": "{{ maintenance.title }}"}
    template, other = await save(world, **planned), ids.encode("UpdateTemplate", 1)
    wrong = [
        ({"body": "{{ incident.reference }}"}, "body"),
        ({"body": "{{ next_update_by }}"}, "body"),
        ({"body": "{{ maintenance }}"}, "body"),
        ({"title": "x"}, "title"),
        ({"status": PublicStatus.RESOLVED}, "status"),
        ({"audience": Audience.INTERNAL}, "audience"),
        ({"variables": [variable("maintenance", "x")]}, "variables.0.name"),
        ({"id": template, "use": TemplateUse.INCIDENT}, "use"),
    ]
    for given, field in wrong:
        assert await refusal(save(world, **{**planned, "name": "More", **given})) == (ErrorCode.INVALID_INPUT, field)
    assert await refusal(save(world, **{**SLOW, "body": "{{ maintenance.title }}"})) == (
        ErrorCode.INVALID_INPUT,
        "body",
    )
    asked = {"incident": None, "maintenance": work}
    for key, given, found in (
        (template, {}, (ErrorCode.INVALID_INPUT, "template")),
        (other, asked, (ErrorCode.INVALID_INPUT, "template")),
        (template, {"incident": None}, (ErrorCode.INVALID_INPUT, "incident")),
        (template, {"maintenance": work}, (ErrorCode.INVALID_INPUT, "maintenance")),
        (template, {**asked, "components": []}, (ErrorCode.INVALID_INPUT, "maintenance")),
        (template, {**asked, "maintenance": "MNT-999999"}, (ErrorCode.NOT_FOUND, "maintenance")),
        (template, {**asked, "maintenance": "\x00"}, (ErrorCode.INVALID_INPUT, "maintenance")),
    ):
        assert await refusal(fill(world, key, "dov", **given)) == found
    assert await refusal(fill(world, template, "ben", **asked)) == (ErrorCode.FORBIDDEN, None)
