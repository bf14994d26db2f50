"""Publishing over the API: previews beside other reads, templates, earlier wordings, and what it all costs."""

import asyncio

import pytest
from sqlalchemy import func, select

from core import ids
from models.event import Event
from models.update import Update
from tests.schema.client import Statements

SHOWN = """path page sentence state mail { subject text html } webhook recipients { channel count } colleagues
  pages { id slug name url access recipients { channel count } }"""
PREVIEW = f"query ($input: PublishUpdateInput!) {{ previewUpdate(input: $input) {{ {SHOWN} }} }}"
RENDER = "query ($input: FillInTemplateInput!) { renderUpdateTemplate(input: $input) { audience status title body } }"
SAVE = """mutation ($input: SaveUpdateTemplateInput!) { saveUpdateTemplate(input: $input) {
  template { id name use audience status title body version archived variables { name label default } } } }"""
DECLARE = 'mutation { declareIncident(input: {title: "Internal: db-7", severity: "SEV1"}) { incident { reference } } }'


@pytest.fixture
async def reference(client):
    return (await client.ask(DECLARE))["declareIncident"]["incident"]["reference"]


async def counts(world):
    async with world.database.looking() as reader:
        return [await reader.scalar(select(func.count()).select_from(model)) for model in (Event, Update)]


def draft(reference, **more):
    return {"incident": reference, "audience": "PUBLIC", "status": "INVESTIGATING", "body": "We look.", **more}


async def test_a_preview_beside_other_reads(client, world, reference):
    before = await counts(world)
    document = f"""query ($input: PublishUpdateInput!) {{
      before: incident(ref: "{reference}") {{ publicTitle updates {{ nodes {{ id }} }} }}
      one: previewUpdate(input: $input) {{ {SHOWN} }}
      two: previewUpdate(input: $input) {{ page }}
      cursor
      after: incident(ref: "{reference}") {{ publicTitle }}
    }}"""
    given = draft(reference, publicTitle="Orders fail", idempotencyKey="k")
    data = await client.ask(document, {"input": given})
    assert "Orders fail" in data["one"]["page"]
    assert data["one"]["path"] == f"/incidents/{reference}"
    assert data["one"]["mail"]["subject"].endswith("Orders fail (update 1)")
    assert [each["channel"] for each in data["one"]["recipients"]] == ["EMAIL", "WEBHOOK", "SLACK", "TEAMS"]
    assert "db-7" not in str(data["one"])
    assert "We look." in data["two"]["page"]
    assert (data["before"]["updates"]["nodes"], data["after"]["publicTitle"]) == ([], None)
    assert await counts(world) == before


async def test_many_previews_at_once_take_turns(client, reference):
    answers = await asyncio.gather(*(client.answer(PREVIEW, {"input": draft(reference)}) for _ in range(12)))
    assert [answer.get("errors") for answer in answers] == [None] * 12


async def test_a_preview_costs_more_than_its_fields(client, reference):
    answer = await client.answer(PREVIEW, {"input": draft(reference)})
    assert answer["extensions"]["cost"]["requested"] > 500
    aliases = " ".join(f"p{n}: previewUpdate(input: $input) {{ page }}" for n in range(60))
    refused = await client.refusal(f"query ($input: PublishUpdateInput!) {{ {aliases} }}", {"input": draft(reference)})
    assert refused["extensions"]["code"] in ("TOO_EXPENSIVE", "GRAPHQL_INVALID")


async def test_a_preview_writes_no_event_and_sends_no_notification(client, world, reference):
    with Statements(world.database) as statements:
        await client.ask(PREVIEW, {"input": draft(reference)})
    sent = " ".join(statements.seen).lower()
    assert "journal_write" not in sent
    assert "pg_notify" not in sent
    assert not any(statement.lower().startswith("notify") for statement in statements.seen)
    assert "insert into status_update" in sent, "it was carried out"


async def test_refusals_of_a_preview_are_those_of_publishing(client, reference):
    cases = [{"body": "x" * 100_000}, {"components": [{"component": "x", "status": "MAJOR_OUTAGE"}]}, {"status": None}]
    for case in cases:
        given = {"input": draft(reference, **case)}
        preview = await client.refusal(PREVIEW, given)
        publish = "mutation ($input: PublishUpdateInput!) { publishUpdate(input: $input) { cursor } }"
        assert preview["extensions"] == (await client.refusal(publish, given))["extensions"]
        assert preview["path"] == ["previewUpdate"]
        assert preview["extensions"]["field"]


async def test_a_template_is_saved_filled_in_and_archived(client, reference):
    variables = [{"name": "what", "label": "What is slow", "default": None}]
    given = {"name": "Slow", "audience": "PUBLIC", "body": "{{ what }} is slow.", "variables": variables}
    saved = (await client.ask(SAVE, {"input": given}, by="dov"))["saveUpdateTemplate"]["template"]
    assert saved == given | {
        "id": saved["id"],
        "use": "INCIDENT",
        "status": None,
        "title": None,
        "version": 1,
        "archived": False,
    }
    wanted = {"template": saved["id"], "incident": reference, "variables": {"what": "Checkout"}}
    text = (await client.ask(RENDER, {"input": wanted}))["renderUpdateTemplate"]
    assert text == {"audience": "PUBLIC", "status": None, "title": None, "body": "Checkout is slow."}
    refused = await client.refusal(RENDER, {"input": wanted | {"variables": None}})
    assert refused["extensions"]["field"] == "variables.what"
    wrong = await client.refusal(SAVE, {"input": given | {"name": "B", "body": "a\n{{ cycler }}"}}, by="dov")
    assert (wrong["extensions"]["field"], wrong["message"][:7]) == ("body", "Line 2:")
    archived = {"id": saved["id"], "archived": True}
    again = (await client.ask(SAVE, {"input": archived}, by="dov"))["saveUpdateTemplate"]["template"]
    assert (again["archived"], again["version"]) == (True, 2)
    names = [each["name"] for each in (await client.ask("{ updateTemplates { name } }", by="eve"))["updateTemplates"]]
    assert names[:3] == ["Cause found", "For stakeholders", "Investigating"]
    assert names[-3:] == ["Resolved", "Watching the fix", "Slow"], "archived ones last"


async def test_earlier_wordings_and_dates_can_be_read(client, world, reference):
    publish = "mutation ($input: PublishUpdateInput!) { publishUpdate(input: $input) { update { id writtenAt } } }"
    moment = "2026-11-24T02:00:00Z"
    given = draft(reference, publishedAt=moment)
    made = (await client.ask(publish, {"input": given}))["publishUpdate"]["update"]
    edit = f'mutation {{ editUpdate(input: {{update: "{made["id"]}", body: "%s"%s}}) {{ update {{ id }} }} }}'
    await client.ask(edit % ("Second.", ""))
    await client.ask(edit % ("Third.", ", hideEarlier: true"))
    await client.ask(edit % ("Fourth.", ""))
    seen = "updates { nodes { publishedAt writtenAt revisions { body replacedAt hiddenAt } } }"
    (node,) = (await client.ask(f'{{ incident(ref: "{reference}") {{ {seen} }} }}'))["incident"]["updates"]["nodes"]
    assert node["publishedAt"].startswith("2026-11-24T02:00:00")
    assert node["writtenAt"] == made["writtenAt"] > node["publishedAt"]
    assert [(each["body"], each["hiddenAt"] is None) for each in node["revisions"]] == [
        ("We look.", False),
        ("Second.", False),
        ("Third.", True),
    ]
    assert ids.decode(made["id"])[0] == "Update"
    assert world
