"""One idempotency key, sent many times at once: one effect, and everybody learns of it."""

import asyncio

from actions.declarations import declare_incident

ENTRY = "mutation($input: AddEntryInput!) { addEntry(input: $input) { event { id number text } cursor } }"
AT_ONCE = 50


async def test_the_same_request_fifty_times_at_once_is_done_once_and_answered_alike(client, world):
    ref = (await world.do(declare_incident, world.ben, title="x", severity="SEV1")).reference
    given = {"input": {"incident": ref, "kind": "NOTE", "text": "Rolled back", "idempotencyKey": "k"}}
    await client.token_of("ben")
    answers = await asyncio.gather(*(client.answer(ENTRY, given) for _ in range(AT_ONCE)))
    assert [answer.get("errors") for answer in answers] == [None] * AT_ONCE
    assert len({str(answer["data"]) for answer in answers}) == 1
    assert len(await world.events(int(ref[4:]), "entry.added")) == 1


async def test_other_words_under_the_same_key_at_once_are_one_effect_and_conflicts(client, world):
    ref = (await world.do(declare_incident, world.ben, title="x", severity="SEV1")).reference
    await client.token_of("ben")

    def entry(n):
        return {"input": {"incident": ref, "kind": "NOTE", "text": f"Number {n}", "idempotencyKey": "k"}}

    answers = await asyncio.gather(*(client.answer(ENTRY, entry(n)) for n in range(AT_ONCE)))
    refused = [answer["errors"][0]["extensions"]["code"] for answer in answers if answer.get("errors")]
    assert refused == ["IDEMPOTENCY_CONFLICT"] * (AT_ONCE - 1)
    assert len(await world.events(int(ref[4:]), "entry.added")) == 1
