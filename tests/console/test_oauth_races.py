"""Tokens that are fetched while their owner is archived, and twice at once."""

import asyncio

import pytest
from sqlalchemy import func, select

from actions.catalogue.people import save_user
from actions.service_accounts import save_service_account
from core.ids import encode
from models.access import AccessToken
from tests.actions.test_standing import somebody_waits
from tests.console.oauth import application, script, sign_in, visitor
from tests.console.test_device import ask, decide, poll


@pytest.fixture
async def app(database):
    return application(database)


@pytest.fixture
async def client(app):
    async with visitor(app, "203.0.113.77") as made:
        yield made


async def tokens(world):
    async with world.database.reading() as reader:
        return await reader.scalar(select(func.count()).where(AccessToken.revoked_at.is_(None)))


async def fetch(client, made, secret):
    form = {"grant_type": "client_credentials", "client_id": made.client_id, "client_secret": secret}
    return await client.post("/oauth/token", data=form)


async def test_a_script_gets_no_token_while_its_account_is_archived(world, client):
    made, secret = await script(world)
    async with world.database.unit_of_work() as session:
        account = encode("ServiceAccount", made.service_account_id)
        await save_service_account(session, world.ada, id=account, archived=True)
        fetching = asyncio.create_task(fetch(client, made, secret))
        await somebody_waits(world)
    answer = await fetching
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert await tokens(world) == 0


async def test_archiving_an_account_and_fetching_its_tokens_do_not_wait_for_each_other(world, client):
    made, secret = await script(world)
    account = encode("ServiceAccount", made.service_account_id)
    for archived in (True, False) * 3:
        ended = world.do(save_service_account, world.ada, id=account, archived=archived)
        answers = await asyncio.gather(*(fetch(client, made, secret) for _ in range(3)), ended)
        assert {answer.status_code for answer in answers[:3]} <= {200, 401}
    assert await tokens(world) == 0, "its client ended with it, and does not come back"


async def test_a_device_gets_no_token_while_its_person_is_archived(world, app, client):
    asked = await ask(client)
    async with visitor(app) as ben:
        await sign_in(world, ben, "ben")
        await decide(ben, asked, "approve")
    async with world.database.unit_of_work() as session:
        await save_user(session, world.ada, id=world.id_of("ben"), archived=True)
        polling = asyncio.create_task(poll(client, asked))
        await somebody_waits(world)
    assert (await polling)["error"] == "access_denied"
    await world.do(save_user, world.ada, id=world.id_of("ben"), archived=False)
    assert await tokens(world) == 0
    assert (await poll(client, asked))["error"] == "access_denied"
