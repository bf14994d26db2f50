"""When something goes wrong on our side: masked, found in the log, and the process stays up."""

import logging

from sqlalchemy import func, select

from resolvers import people
from schema import execution


async def test_what_is_unexpected_is_masked_and_found_in_the_log_by_its_id(client, monkeypatch, caplog):
    async def broken(*_args):
        raise ZeroDivisionError("the secret is rosebud")

    monkeypatch.setattr(people, "actor_names", broken)
    answer = await client.answer("{ viewer { kind name } cursor }")
    (error,) = answer["errors"]
    assert "rosebud" not in str(answer)
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["path"] == ["viewer", "name"]
    assert error["message"] == f"Something went wrong on our side; the id is {error['extensions']['id']}."
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert error["extensions"]["id"] in record.getMessage()
    assert "the secret is rosebud" in caplog.text


async def test_fields_are_named_as_clients_write_them_in_inputs_and_in_configurations(client):
    save = "mutation ($input: SaveIntegrationInput!) { saveIntegration(input: $input) { integration { key } } }"
    given = {"vendor": "language-model", "configuration": {"base_url": "nowhere", "model": "small"}}
    answer = await client.answer(save, {"input": given}, by="ada")
    assert answer["errors"][0]["extensions"]["field"] == "configuration.base_url"
    assert "base_url, api_key, model, private_incidents" in answer["errors"][0]["extensions"]["hint"]
    save = "mutation ($input: EditIncidentInput!) { editIncident(input: $input) { incident { id } } }"
    answer = await client.answer(save, {"input": {"incident": "INC-1", "publicTitle": "x" * 9999}}, by="ada")
    assert answer["errors"][0]["extensions"]["field"] == "publicTitle"


async def test_without_a_database_it_says_so_and_stays_up(client, monkeypatch):
    token = await client.token_of("ben")

    def gone(*_args):
        raise ConnectionRefusedError("db.internal:5432")

    monkeypatch.setattr(client.runtime.database.engine.sync_engine.pool, "connect", gone)
    response = await client.send("{ cursor }")
    assert (response.status_code, token in response.text) == (503, False)
    assert "db.internal" not in response.text
    monkeypatch.undo()
    assert (await client.send("{ cursor }")).status_code == 200


async def test_an_operation_that_takes_too_long_is_given_up(client, monkeypatch):
    await client.token_of("ben")
    monkeypatch.setattr(execution, "SECONDS", 0.05)

    monkeypatch.setattr(people, "actor_names", slow_names)
    answer = await client.answer("{ viewer { name } }")
    assert [e["extensions"]["code"] for e in answer["errors"]] == ["TIMEOUT"]
    monkeypatch.undo()
    assert (await client.answer("{ viewer { name } }"))["data"] == {"viewer": {"name": "Ben Silva"}}


async def slow_names(reader, _pairs):
    await reader.execute(select(func.pg_sleep(3)))
