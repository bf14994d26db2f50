"""Keeping people: who may, what is never written into events, and who can't be taken away."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select

from actions.catalogue.people import save_user
from actions.find import find_role
from core import ids
from core.errors import DomainError
from models.incident import Incident, IncidentMember
from models.person import User
from models.role import RoleAssignment
from models.words import AccessRole, ActorKind, IncidentKind, Stage, Visibility


async def refusal(work):
    with pytest.raises(DomainError) as caught:
        await work
    return caught.value.code, caught.value.field


async def give_command(world, person, *, stage=Stage.RESPONSE, visibility=Visibility.ORGANISATION, members=()):
    """An incident INC-1 of which someone is Incident Commander."""
    async with world.database.unit_of_work() as session:
        moment = world.clock.now()
        session.add(
            Incident(
                id=1,
                title="Checkout is down",
                stage=stage,
                kind=IncidentKind.REAL,
                visibility=visibility,
                reported_by_kind=ActorKind.SYSTEM,
                created_at=moment,
                detected_at=moment,
            )
        )
        await session.flush()
        role = await find_role(session, "commander")
        user = world.users[person].id
        session.add(RoleAssignment(incident_id=1, role_id=role.id, user_id=user, assumed_at=moment))
        session.add_all(IncidentMember(incident_id=1, user_id=world.users[key].id) for key in members)


async def test_a_new_person_is_a_responder(world):
    user = await world.do(save_user, world.ada, name="Fay Otieno", email="fay@quillhaven.example")
    assert (user.access_role, user.archived) == (AccessRole.RESPONDER, False)
    viewer = await world.do(
        save_user, world.ada, name="Gus", email="gus@quillhaven.example", access_role=AccessRole.VIEWER
    )
    assert viewer.access_role is AccessRole.VIEWER


async def test_names_and_addresses_never_go_into_events(world):
    user = await world.do(save_user, world.ada, name="Fay Otieno", email="fay@quillhaven.example")
    reference = ids.encode("User", user.id)
    await world.do(
        save_user, world.ada, id=reference, name="Fay O.", email="f@quillhaven.example", access_role=AccessRole.MANAGER
    )
    added, changed = await world.events(None, "setting.saved")
    assert added.data["changed"] == {"name": {}, "email": {}, "access_role": {"from": None, "to": "RESPONDER"}}
    assert changed.data["changed"] == {
        "name": {},
        "email": {},
        "access_role": {"from": "RESPONDER", "to": "MANAGER"},
    }
    assert changed.visibility is Visibility.PRIVATE


async def test_only_admins_keep_people(world):
    assert await refusal(world.do(save_user, world.dov, name="Fay", email="fay@quillhaven.example")) == (
        "FORBIDDEN",
        None,
    )
    assert await refusal(world.do(save_user, world.dov, id=world.id_of("dov"), access_role=AccessRole.ADMIN)) == (
        "FORBIDDEN",
        None,
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"email": "fay@quillhaven.example"}, ("INVALID_INPUT", "name")),
        ({"name": "Fay"}, ("INVALID_INPUT", "email")),
        ({"name": "Fay", "email": None}, ("INVALID_INPUT", "email")),
        ({"name": "Fay", "email": "fay"}, ("INVALID_INPUT", "email")),
        ({"name": "Fay", "email": "fay@a@b.example"}, ("INVALID_INPUT", "email")),
        ({"name": "Fay", "email": "fay@quillhaven.example\nBcc: all@quillhaven.example"}, ("INVALID_INPUT", "email")),
        ({"name": "Fay", "email": '"Fay" <fay@quillhaven.example>'}, ("INVALID_INPUT", "email")),
        ({"name": "Fay", "email": "f" * 250 + "@b.example"}, ("INVALID_INPUT", "email")),
        ({"name": "Fay", "email": "BEN@QuillHaven.example"}, ("CONFLICT", "email")),
        ({"name": "Fay", "email": "fay@quillhaven.example", "access_role": None}, ("INVALID_INPUT", "access_role")),
        ({"id": ids.encode("User", 999), "name": "Fay"}, ("NOT_FOUND", "id")),
    ],
)
async def test_a_person_that_makes_no_sense_is_refused(world, fields, expected):
    assert await refusal(world.do(save_user, world.ada, **fields)) == expected
    assert await world.events() == []


async def test_who_holds_a_role_in_an_open_incident_is_not_archived(world):
    await give_command(world, "ben")
    with pytest.raises(DomainError, match=r"Ben Silva is Incident Commander of INC-1") as caught:
        await world.do(save_user, world.ada, id=world.id_of("ben"), archived=True)
    assert (caught.value.code, caught.value.field) == ("CONFLICT", "archived")


async def test_a_private_incident_is_not_named_to_an_admin_outside_it(world):
    await give_command(world, "ben", visibility=Visibility.PRIVATE, members=["ben"])
    with pytest.raises(DomainError, match="of a private incident") as caught:
        await world.do(save_user, world.ada, id=world.id_of("ben"), archived=True)
    assert "INC-1" not in caught.value.message


async def test_who_held_a_role_in_a_finished_incident_can_be_archived_and_brought_back(world):
    await give_command(world, "ben", stage=Stage.CANCELLED)
    assert (await world.do(save_user, world.ada, id=world.id_of("ben"), archived=True)).archived
    assert not (await world.do(save_user, world.ada, id=world.id_of("ben"), archived=False)).archived


@pytest.mark.parametrize(
    ("fields", "field"), [({"archived": True}, "archived"), ({"access_role": AccessRole.VIEWER}, "access_role")]
)
async def test_the_last_admin_stays(world, fields, field):
    assert await refusal(world.do(save_user, world.ada, id=world.id_of("ada"), **fields)) == ("CONFLICT", field)
    await world.do(save_user, world.ada, id=world.id_of("dov"), access_role=AccessRole.ADMIN)
    assert await refusal(world.do(save_user, world.ada, id=world.id_of("ada"), **fields)) == ("CONFLICT", field)
    await world.do(save_user, replace(world.dov, access_role=AccessRole.ADMIN), id=world.id_of("ada"), **fields)


async def test_two_admins_who_remove_each_other_at_the_same_time_leave_one(world):
    await world.do(save_user, world.ada, id=world.id_of("dov"), access_role=AccessRole.ADMIN)
    dov = replace(world.dov, access_role=AccessRole.ADMIN)
    outcomes = await asyncio.gather(
        world.do(save_user, world.ada, id=world.id_of("dov"), access_role=AccessRole.VIEWER),
        world.do(save_user, dov, id=world.id_of("ada"), access_role=AccessRole.VIEWER),
        return_exceptions=True,
    )
    (refused,) = (outcome for outcome in outcomes if isinstance(outcome, BaseException))
    assert isinstance(refused, DomainError)
    async with world.database.reading() as reader:
        admins = await reader.execute(select(User.id).where(User.access_role == AccessRole.ADMIN))
    assert len(admins) == 1
