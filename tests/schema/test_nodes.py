"""Anything by its id, under the same rules by which its own fields would show it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from actions.catalogue.teams import save_team
from actions.sign_in import open_session
from auth.token import issue_token
from core.ids import encode
from models.access import AccessToken, BrowserSession, ServiceAccount
from models.alert import Alert, AlertSource, RoutingRule
from models.event import Event
from models.incident import Incident
from models.person import Team, User
from models.postmortem import ActionItem
from models.role import Role
from models.service import Component, Service
from models.task import Task
from models.update import Update
from models.words import AccessRole
from tests.schema.story import tell


async def signed_in(session, user):
    """The key of a new browser session."""
    open_session(session, user, lives=timedelta(days=14))
    await session.flush()
    return await session.scalar(select(BrowserSession.id))


@pytest.fixture
async def story(world):
    return await tell(world)


async def test_everything_with_an_id_is_found_by_it(client, world, story):
    rows = {
        "Incident": Incident,
        "Event": Event,
        "Task": Task,
        "Update": Update,
        "Alert": Alert,
        "AlertSource": AlertSource,
        "RoutingRule": RoutingRule,
        "ActionItem": ActionItem,
        "User": User,
        "Team": Team,
        "Service": Service,
        "Component": Component,
        "Role": Role,
        "Token": AccessToken,
        "ServiceAccount": ServiceAccount,
    }
    async with world.database.unit_of_work() as session:
        await issue_token(session, world.clock, name="script", access_role=AccessRole.VIEWER)
        session_id = await signed_in(session, world.users["chi"])
    async with world.database.reading() as reader:
        keys = {noun: await reader.scalar(select(model.id).limit(1)) for noun, model in rows.items()}
    keys |= {"Severity": 2, "Delivery": story.delivery.id, "Postmortem": story.postmortem.id}
    keys |= {"Webhook": story.webhook.id, "Session": session_id}
    for noun, key in keys.items():
        node = (
            await client.ask("query($i: ID!) { node(id: $i) { __typename id } }", {"i": encode(noun, key)}, by="ada")
        )["node"]
        assert node == {"__typename": noun, "id": encode(noun, key)}


async def test_fields_of_a_node_are_asked_for_by_type(client, world):
    query = "query($i: ID!) { node(id: $i) { id ... on User { name teams { slug } } ... on Incident { title } } }"
    data = await client.ask(query, {"i": world.id_of("chi")})
    assert data["node"] == {"id": world.id_of("chi"), "name": "Chi Tran", "teams": [{"slug": "payments"}]}


@pytest.mark.parametrize(
    "key", ["", "x", "SW5jaWRlbnQ6MA", "SW5jaWRlbnQ6MQ==", "Incident:1", encode("Party", 1), "é", "1"]
)
async def test_what_is_no_id_is_refused(client, key):
    error = await client.refusal("query($i: ID!) { node(id: $i) { id } }", {"i": key})
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID_INPUT", "id")


async def test_what_is_not_there_or_not_for_this_viewer_is_null(client, story):
    query = "query($i: ID!) { node(id: $i) { id } }"
    for noun, key in (("Incident", 99_999), ("Severity", 99), ("Webhook", story.webhook.id), ("ServiceAccount", 1)):
        assert (await client.ask(query, {"i": encode(noun, key)}))["node"] is None
    assert (await client.ask(query, {"i": encode("Delivery", story.delivery.id)}, by="eve"))["node"] is None


async def test_settings_are_events_for_auditors(client, world):
    await world.do(save_team, world.ada, slug="data", name="Data")
    (event,) = await world.events(None, "setting.saved")
    query = "query($i: ID!) { node(id: $i) { ... on Event { kind number incident { id } text pinned } } }"
    shown = (await client.ask(query, {"i": encode("Event", event.id)}, by="dov"))["node"]
    assert shown == {
        "kind": "setting.saved",
        "number": None,
        "incident": None,
        "text": "Ada Okafor created a team.",
        "pinned": False,
    }
    assert (await client.ask(query, {"i": encode("Event", event.id)}, by="ben"))["node"] is None
