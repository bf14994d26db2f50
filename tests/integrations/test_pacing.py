"""How often vendors are asked holds for all processes together."""

import asyncio

import pytest

from core.broker_settings import parse_rates
from core.db import Database
from core.pacing import SharedPace, key_of
from core.settings import Settings
from integrations.client import Account
from integrations.failures import Retryable
from integrations.speaking import speaker
from tests.jobs.receiver import receiver


async def test_processes_share_what_may_be_asked(database, database_url):
    other = Database(database_url)
    try:
        paces = [SharedPace(database), SharedPace(other)]
        waits = await asyncio.gather(*(paces[n % 2].take({"vendor slack": 10}) for n in range(30)))
    finally:
        await other.close()
    assert waits.count(0.0) == 10
    assert all(0 < wait <= 60 for wait in waits if wait)


async def test_what_is_refused_takes_nothing(database):
    pace = SharedPace(database)
    assert [await pace.take({"vendor *": 2, "vendor slack": 5}) for _ in range(2)] == [0.0, 0.0]
    assert await pace.take({"vendor *": 2, "vendor slack": 5}) > 20
    assert [await pace.take({"vendor slack": 5}) for _ in range(3)] == [0.0] * 3
    assert await pace.take({"vendor slack": 5}) > 10


async def test_the_settings_limit_a_vendor_and_all_of_them(database, tmp_path):
    settings = Settings(
        data_dir=tmp_path, webhook_allow_private=True, vendor_rates=parse_rates("Slack = 2, *=3"), secret_key="tests"
    )
    async with receiver() as there:
        speak = speaker(settings, database)
        slack, other = speak(Account("Slack", there.url, {})), speak(Account("Jira", there.url, {}))
        for _ in range(2):
            await slack.ask("POST", "", json={}, once=True)
        with pytest.raises(Retryable, match=r"Slack takes no more requests") as refused:
            await slack.ask("POST", "", json={}, once=True)
        assert 20 < refused.value.after <= 60
        await other.ask("POST", "", json={}, once=True)
        with pytest.raises(Retryable, match=r"Jira takes no more requests"):
            await other.ask("POST", "", json={}, once=True)
    assert len(there.arrived) == 3


async def test_an_account_is_asked_no_more_often_than_it_allows(database, tmp_path):
    settings = Settings(data_dir=tmp_path, webhook_allow_private=True, secret_key="tests")
    async with receiver() as there:
        account = Account("Exampler", there.url, {}, per_minute=2)
        clients = [speaker(settings, database)(account) for _ in range(3)]
        for client in clients[:2]:
            await client.ask("POST", "", json={}, once=True)
        with pytest.raises(Retryable, match=r"Exampler takes no more requests") as full:
            await clients[2].ask("POST", "", json={}, once=True)
        assert 0 < full.value.after <= 60
    assert len(there.arrived) == 2


def test_rates_are_read_or_refused():
    assert parse_rates("Microsoft Graph=120, *=600,") == {"microsoft graph": 120, "*": 600}
    for wrong in ("Slack", "Slack=0", "=5", "Slack=many"):
        with pytest.raises(ValueError, match="requests a minute"):
            parse_rates(wrong)
    assert "secret" not in key_of("https://hooks.example/secret")
