"""Keeping teams, roles, services and components: what is written, what is refused, what is recorded."""

import pytest
from sqlalchemy import select

from actions.catalogue.components import save_component
from actions.catalogue.roles import save_role
from actions.catalogue.services import save_service
from actions.catalogue.teams import save_team
from actions.find import find_role
from core import ids
from core.errors import DomainError
from models.alert import RoutingRule
from models.incident import Incident
from models.person import TeamMember
from models.service import Component, ComponentClaim, ComponentPeriod, Service, ServiceComponent
from models.words import (
    ActorKind,
    ComponentStatus,
    CreateIncident,
    IncidentKind,
    PublicStatus,
    Stage,
    Visibility,
)


async def refusal(work):
    with pytest.raises(DomainError) as caught:
        await work
    return caught.value.code, caught.value.field


async def scalars(world, statement):
    async with world.database.reading() as reader:
        return [row[0] for row in await reader.execute(statement)]


async def saved(world):
    """The data of the newest setting.saved, which auditors alone may see."""
    event = (await world.events(None, "setting.saved"))[-1]
    assert event.visibility is Visibility.PRIVATE
    assert event.incident_id is None
    return event.data


def public_incident(key, moment):
    return Incident(
        id=key,
        title="Checkout is down",
        stage=Stage.RESPONSE,
        kind=IncidentKind.REAL,
        visibility=Visibility.ORGANISATION,
        reported_by_kind=ActorKind.SYSTEM,
        created_at=moment,
        detected_at=moment,
        public_since=moment,
        public_status=PublicStatus.INVESTIGATING,
    )


async def test_a_team_is_added_changed_archived_and_brought_back(world):
    team = await world.do(
        save_team, world.dov, slug="data", name=" Data ", members=[world.id_of("ben"), world.id_of("ben")]
    )
    assert (team.slug, team.name, team.archived) == ("data", "Data", False)
    assert await saved(world) == {
        "noun": "team",
        "key": team.id,
        "created": True,
        "changed": {
            "slug": {"from": None, "to": "data"},
            "name": {"from": None, "to": "Data"},
            "members": {"from": [], "to": [world.users["ben"].id]},
        },
    }
    reference = ids.encode("Team", team.id)
    changed = await world.do(save_team, world.dov, id=reference, name="Data Platform", archived=True)
    assert (changed.slug, changed.name, changed.archived) == ("data", "Data Platform", True)
    assert (await saved(world))["changed"] == {
        "name": {"from": "Data", "to": "Data Platform"},
        "archived": {"from": False, "to": True},
    }
    assert not (await world.do(save_team, world.dov, id=reference, archived=False)).archived


async def test_members_are_replaced_and_null_clears_them(world):
    payments = world.teams["payments"]
    reference = ids.encode("Team", payments.id)
    members = select(TeamMember.user_id).where(TeamMember.team_id == payments.id).order_by(TeamMember.user_id)
    await world.do(save_team, world.dov, id=reference, members=[world.id_of("chi"), world.id_of("eve")])
    assert await scalars(world, members) == [world.users["chi"].id, world.users["eve"].id]
    await world.do(save_team, world.dov, id=reference, name="Payments")
    assert len(await scalars(world, members)) == 2, "absent leaves them"
    await world.do(save_team, world.dov, id=reference, members=None)
    assert await scalars(world, members) == []


async def test_a_save_that_changes_nothing_records_nothing(world):
    team = world.teams["payments"]
    await world.do(save_team, world.dov, id=ids.encode("Team", team.id), slug="payments", name="Payments")
    assert await world.events() == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": "Data"}, ("INVALID_INPUT", "slug")),
        ({"slug": "data"}, ("INVALID_INPUT", "name")),
        ({"slug": "Data", "name": "Data"}, ("INVALID_INPUT", "slug")),
        ({"slug": "a" * 61, "name": "Data"}, ("INVALID_INPUT", "slug")),
        ({"slug": "", "name": "Data"}, ("INVALID_INPUT", "slug")),
        ({"slug": "data\n", "name": "Data"}, ("INVALID_INPUT", "slug")),
        ({"slug": None, "name": "Data"}, ("INVALID_INPUT", "slug")),
        ({"slug": "data", "name": " \t"}, ("INVALID_INPUT", "name")),
        ({"slug": "data", "name": "x" * 121}, ("INVALID_INPUT", "name")),
        ({"slug": "payments", "name": "Data"}, ("CONFLICT", "slug")),
        ({"slug": "data", "name": "Data", "members": ["nonsense"]}, ("INVALID_INPUT", "members.0")),
        ({"slug": "data", "name": "Data", "members": [ids.encode("Team", 1)]}, ("INVALID_INPUT", "members.0")),
        ({"slug": "data", "name": "Data", "members": [ids.encode("User", 999)]}, ("NOT_FOUND", "members.0")),
        ({"slug": "data", "name": "Data", "members": [ids.encode("User", 1)] * 501}, ("INVALID_INPUT", "members")),
        ({"id": ids.encode("Team", 999), "name": "Data"}, ("NOT_FOUND", "id")),
        ({"id": ids.encode("User", 1), "name": "Data"}, ("INVALID_INPUT", "id")),
    ],
)
async def test_a_team_that_makes_no_sense_is_refused(world, fields, expected):
    assert await refusal(world.do(save_team, world.dov, **fields)) == expected
    assert await world.events() == []


async def test_an_archived_person_joins_no_team_but_may_stay_in_one(world):
    async with world.database.unit_of_work() as session:
        (await session.merge(world.users["ben"])).archived_at = world.clock.now()
    payments, platform = (ids.encode("Team", world.teams[key].id) for key in ("payments", "platform"))
    ben, eve = world.id_of("ben"), world.id_of("eve")
    assert await refusal(world.do(save_team, world.dov, id=platform, members=[eve, ben])) == (
        "INVALID_INPUT",
        "members.1",
    )
    await world.do(save_team, world.dov, id=payments, members=[eve, ben])
    assert (await saved(world))["changed"]["members"]["to"] == sorted([world.users["ben"].id, world.users["eve"].id])


@pytest.mark.parametrize("action", [save_team, save_service, save_component])
async def test_responders_keep_no_catalogue(world, action):
    assert await refusal(world.do(action, world.ben, name="Data")) == ("FORBIDDEN", None)


async def test_roles_are_for_admins(world):
    fields = {"key": "medic", "name": "Medic", "duties": "Looks after people."}
    assert await refusal(world.do(save_role, world.dov, **fields)) == ("FORBIDDEN", None)
    role = await world.do(save_role, world.ada, **fields)
    assert await world.do(find_role, "medic")
    assert (await saved(world))["changed"]["duties"]["to"] == "Looks after people."
    reference = ids.encode("Role", role.id)
    assert await refusal(world.do(save_role, world.ada, id=reference, key="doctor")) == ("INVALID_INPUT", "key")
    assert (await world.do(save_role, world.ada, id=reference, key="medic", archived=True)).archived


async def test_the_roles_that_muster_came_with_can_be_edited(world):
    commander = await world.do(find_role, "commander")
    reference = ids.encode("Role", commander.id)
    changed = await world.do(save_role, world.ada, id=reference, name="Incident Lead", duties="Leads.")
    assert (changed.key, changed.name, changed.duties) == ("commander", "Incident Lead", "Leads.")


async def test_a_role_that_a_severity_requires_is_not_archived(world):
    commander = await world.do(find_role, "commander")
    with pytest.raises(DomainError, match="SEV1, SEV2, SEV3") as caught:
        await world.do(save_role, world.ada, id=ids.encode("Role", commander.id), archived=True)
    assert (caught.value.code, caught.value.field) == ("CONFLICT", "archived")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": "Medic", "duties": "Helps."}, ("INVALID_INPUT", "key")),
        ({"key": "Medic", "name": "Medic", "duties": "Helps."}, ("INVALID_INPUT", "key")),
        ({"key": "medic", "name": "Medic"}, ("INVALID_INPUT", "duties")),
        ({"key": "scribe", "name": "Medic", "duties": "Helps."}, ("CONFLICT", "key")),
        ({"key": "medic", "name": "Medic", "duties": "x" * 20_001}, ("INVALID_INPUT", "duties")),
    ],
)
async def test_a_role_that_makes_no_sense_is_refused(world, fields, expected):
    assert await refusal(world.do(save_role, world.ada, **fields)) == expected


async def test_a_service_is_added_and_changed(world):
    checkout, search = (ids.encode("Component", world.components[key].id) for key in ("checkout", "search"))
    service = await world.do(
        save_service,
        world.dov,
        slug="cart-api",
        name="Cart API",
        owner="payments",
        runbook_url="https://runbooks.quillhaven.example/cart",
        components=[checkout, search],
    )
    assert service.owner_id == world.teams["payments"].id
    carried = select(ServiceComponent.component_id).where(ServiceComponent.service_id == service.id)
    assert set(await scalars(world, carried)) == {c.id for c in world.components.values()}
    reference = ids.encode("Service", service.id)
    await world.do(save_service, world.dov, id=reference, owner=None, runbook_url=None, components=[search])
    (row,) = await scalars_of(world, Service, service.id)
    assert (row.owner_id, row.runbook_url, row.name) == (None, None, "Cart API")
    assert await scalars(world, carried) == [world.components["search"].id]


async def scalars_of(world, model, key):
    async with world.database.reading() as reader:
        return await reader.rows(model, select(model).where(model.id == key))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": "Cart"}, ("INVALID_INPUT", "slug")),
        ({"slug": "search-api", "name": "Cart"}, ("CONFLICT", "slug")),
        ({"slug": "cart", "name": "Cart", "owner": "nobody"}, ("NOT_FOUND", "owner")),
        ({"slug": "cart", "name": "Cart", "runbook_url": "javascript:alert(1)"}, ("INVALID_INPUT", "runbook_url")),
        ({"slug": "cart", "name": "Cart", "components": ["x"]}, ("INVALID_INPUT", "components.0")),
        (
            {"slug": "cart", "name": "Cart", "components": [ids.encode("Component", 999)]},
            ("NOT_FOUND", "components.0"),
        ),
    ],
)
async def test_a_service_that_makes_no_sense_is_refused(world, fields, expected):
    assert await refusal(world.do(save_service, world.dov, **fields)) == expected


async def test_what_a_routing_rule_points_to_is_not_archived(world):
    service = world.services["checkout-api"].id
    async with world.database.unit_of_work() as session:
        session.add(
            RoutingRule(
                position=1,
                name="Critical ones",
                matchers={},
                service_id=service,
                create_incident=CreateIncident.ALWAYS,
                created_at=world.clock.now(),
            )
        )
    with pytest.raises(DomainError, match="Critical ones") as caught:
        await world.do(save_service, world.dov, id=ids.encode("Service", service), archived=True)
    assert (caught.value.code, caught.value.field) == ("CONFLICT", "archived")


async def test_a_new_component_is_operational_from_now_on(world):
    component = await world.do(save_component, world.dov, name="Mail", group="Shop", description="Sends mails.")
    (row,) = await scalars_of(world, Component, component.id)
    assert (row.position, row.status, row.manual_status) == (0, "OPERATIONAL", "OPERATIONAL")
    periods = await scalars(world, select(ComponentPeriod.status).where(ComponentPeriod.component_id == row.id))
    assert periods == ["OPERATIONAL"]
    assert [e.kind for e in await world.events()] == ["setting.saved"]


async def test_a_manual_setting_is_shown_and_told_and_taken_back(world):
    component = world.components["checkout"]
    reference = ids.encode("Component", component.id)
    await world.do(save_component, world.dov, id=reference, status=ComponentStatus.UNDER_MAINTENANCE)
    (row,) = await scalars_of(world, Component, component.id)
    assert (row.status, row.manual_status) == ("UNDER_MAINTENANCE", "UNDER_MAINTENANCE")
    assert [e.kind for e in await world.events()] == ["setting.saved", "component.status_changed"]
    await world.do(save_component, world.dov, id=reference, status=ComponentStatus.OPERATIONAL)
    ended = select(ComponentPeriod.ended_at).where(ComponentPeriod.component_id == component.id)
    assert sorted(end is None for end in await scalars(world, ended)) == [False, True]


async def test_the_manual_setting_never_hides_what_an_incident_claims(world):
    component = world.components["checkout"]
    async with world.database.unit_of_work() as session:
        session.add(public_incident(7, world.clock.now()))
        await session.flush()
        session.add(ComponentClaim(incident_id=7, component_id=component.id, status=ComponentStatus.MAJOR_OUTAGE))
    reference = ids.encode("Component", component.id)
    await world.do(save_component, world.dov, id=reference, status=ComponentStatus.DEGRADED_PERFORMANCE)
    (row,) = await scalars_of(world, Component, component.id)
    assert (row.status, row.manual_status) == ("MAJOR_OUTAGE", "DEGRADED_PERFORMANCE")
    with pytest.raises(DomainError, match="INC-7") as caught:
        await world.do(save_component, world.dov, id=reference, archived=True)
    assert (caught.value.code, caught.value.field) == ("CONFLICT", "archived")


async def test_group_and_description_can_be_cleared(world):
    component = world.components["checkout"]
    row = await world.do(
        save_component, world.dov, id=ids.encode("Component", component.id), group=None, description=None, position=5
    )
    assert (row.group, row.description, row.position, row.name) == (None, None, 5, "Checkout")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": "Mail", "position": -1}, "position"),
        ({"name": "Mail", "position": 1_000_001}, "position"),
        ({"name": "Mail", "description": "x" * 501}, "description"),
        ({"id": "", "name": "Mail"}, "id"),
    ],
)
async def test_a_component_that_makes_no_sense_is_refused(world, fields, field):
    assert await refusal(world.do(save_component, world.dov, **fields)) == ("INVALID_INPUT", field)


@pytest.mark.parametrize("field", ["position", "status"])
async def test_what_a_component_always_has_can_not_be_cleared(world, field):
    reference = ids.encode("Component", world.components["checkout"].id)
    assert await refusal(world.do(save_component, world.dov, id=reference, **{field: None})) == (
        "INVALID_INPUT",
        field,
    )
