"""Accounts at vendors: what they must be told, what is sealed of it, and who may know."""

import orjson
import pytest
from sqlalchemy import select

from actions.outward.settings import check_integration, save_integration
from actions.outward.vendors import VENDORS
from core import ids
from core.errors import DomainError
from core.secrets import Secrets
from models.integration import Integration


async def the_row(world):
    async with world.database.reading() as reader:
        return await reader.row(Integration, select(Integration).order_by(Integration.id.desc()))


async def refused(world, **given):
    with pytest.raises(DomainError) as caught:
        await world.do(save_integration, given.pop("actor", world.ada), **given)
    return caught.value.code, caught.value.field


@pytest.mark.usefixtures("account")
async def test_what_is_secret_is_sealed_and_the_rest_lies_open(world):
    row = await the_row(world)
    assert (row.key, row.vendor, row.name, row.version) == ("calls", "stubborn", "Stubborn Calls", 1)
    assert row.configuration == {"base_url": "https://calls.example", "region": None}
    assert orjson.loads(Secrets(["tests"]).open(row.sealed_secrets)) == {"token": "s3cret"}
    assert b"s3cret" not in row.sealed_secrets


async def test_auditors_read_what_changed_and_no_secret(world, account):
    await world.do(
        save_integration, world.ada, id=ids.encode("Integration", account.id), configuration={"token": "other"}
    )
    saved = [event for event in await world.events(None, "setting.saved") if event.data["noun"] == "integration"]
    assert [event.data["changed"].get("token") for event in saved] == [{}, {}]
    assert "s3cret" not in orjson.dumps([event.data for event in saved]).decode()
    assert saved[0].data["created"]
    assert not saved[1].data["created"]


async def test_what_is_left_out_stays_and_null_takes_away(world, account):
    reference = ids.encode("Integration", account.id)
    await world.do(save_integration, world.ada, id=reference, configuration={"region": "eu"}, name="Calls")
    assert (await the_row(world)).configuration["region"] == "eu"
    row = await world.do(save_integration, world.ada, id=reference, configuration={"region": None})
    assert row.configuration == {"base_url": "https://calls.example", "region": None}
    assert orjson.loads(Secrets(["tests"]).open((await the_row(world)).sealed_secrets)) == {"token": "s3cret"}
    assert row.name == "Calls"
    assert (await world.do(save_integration, world.ada, id=reference)).version == 3, "nothing changed"


@pytest.mark.parametrize(
    ("configuration", "field"),
    [
        ({}, "configuration.base_url"),
        ({"base_url": "https://calls.example"}, "configuration.token"),
        ({"base_url": "ftp://calls.example", "token": "x"}, "configuration.base_url"),
        ({"base_url": "https://u@calls.example", "token": "x"}, "configuration.base_url"),
        ({"base_url": "https://calls.example?x", "token": "x"}, "configuration.base_url"),
        ({"base_url": "https://calls.example", "token": 7}, "configuration.token"),
        ({"base_url": "https://calls.example", "token": "x", "colour": "red"}, "configuration.colour"),
        ({"base_url": "https://calls.example", "token": "x", "region": "e" * 10_001}, "configuration.region"),
        (["no object"], "configuration"),
    ],
)
@pytest.mark.usefixtures("stubborn")
async def test_a_configuration_that_can_not_be_is_refused_at_its_field(world, configuration, field):
    assert await refused(world, vendor="stubborn", configuration=configuration) == ("INVALID_INPUT", field)


async def test_what_is_not_of_its_form_is_refused_with_what_it_is(world):
    given = {"token": "xoxb-1", "announcement_channel": "general"}
    with pytest.raises(DomainError) as caught:
        await world.do(save_integration, world.ada, vendor="slack", configuration=given)
    assert (caught.value.field, caught.value.message) == (
        "configuration.announcement_channel",
        "It is not written like that.",
    )
    assert caught.value.hint.startswith("Where incidents are announced: the ID of a channel")


@pytest.mark.usefixtures("stubborn")
async def test_a_refusal_repeats_no_secret(world):
    given = {"base_url": "nowhere", "token": "s3cret", "colour": "s3cret"}
    with pytest.raises(DomainError) as caught:
        await world.do(save_integration, world.ada, vendor="stubborn", configuration=given)
    assert "s3cret" not in f"{caught.value.message} {caught.value.hint}"


async def test_other_refusals(world, account):
    reference = ids.encode("Integration", account.id)
    good = {"base_url": "https://calls.example", "token": "x"}
    assert await refused(world, vendor="stuborn") == ("INVALID_INPUT", "vendor")
    assert await refused(world) == ("INVALID_INPUT", "vendor")
    assert await refused(world, vendor="stubborn", key="No key", configuration=good) == ("INVALID_INPUT", "key")
    assert await refused(world, vendor="stubborn", key="calls", configuration=good) == ("CONFLICT", "key")
    assert await refused(world, id=reference, vendor="jitsi") == ("INVALID_INPUT", "vendor")
    assert await refused(world, id=reference, key="other") == ("INVALID_INPUT", "key")
    assert await refused(world, id=reference, name="x", expected_version=7) == ("VERSION_CONFLICT", "expected_version")
    assert await refused(world, id=ids.encode("Integration", 99)) == ("NOT_FOUND", "id")
    assert await refused(world, actor=world.dov, vendor="jitsi") == ("FORBIDDEN", None)


async def test_the_key_of_an_archived_one_is_free_again(world, account):
    await world.do(save_integration, world.ada, id=ids.encode("Integration", account.id), archived=True)
    again = await world.do(save_integration, world.ada, vendor="jitsi", key="calls")
    assert again.configuration == {"base_url": "https://meet.jit.si"}
    with pytest.raises(DomainError):
        await world.do(check_integration, world.ada, integration=ids.encode("Integration", account.id))


def test_every_field_of_every_vendor_has_help():
    for vendor in VENDORS.values():
        for name, field in vendor.configuration.model_fields.items():
            assert field.description, f"{vendor.key}.{name}"
