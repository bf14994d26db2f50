"""schemathesis writes operations from our schema: whatever it asks, the answer is GraphQL, soon, and no fault."""

import asyncio
import io
import time

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes

from bench.figures import note
from schema.snapshot import SNAPSHOT
from tests.effort import effort
from tests.schema.sockets import token_of

SEED = 20261125
EACH = effort(2, 200)
"""Operations for each root field and each of two visitors."""
STALL = 1.0
"""Seconds that an answer may take at most."""

SCALARS = {
    "Cursor": st.sampled_from(["", "x", "ZmVlZDo1", "ZmVlZDo5OTk5OTk5OTk5OTk5", "\u0000"]) | st.text(max_size=20),
    "DateTime": st.sampled_from(["2026-11-24T03:00:00Z", "2026-11-24", "0001-01-01T00:00:00Z", "x"]),
    "Date": st.sampled_from(["2026-11-24", "2026-02-30", "x"]),
}

pytestmark = pytest.mark.slow


def operations():
    """Every root field of Query and Mutation, with a strategy for the operations that ask for it."""
    for name, values in SCALARS.items():
        schemathesis.graphql.scalar(name, values.map(nodes.String))
    schemathesis.graphql.scalar("JSON", st.sampled_from([nodes.String("x"), nodes.Int(1), nodes.Boolean(True)]))
    schema = schemathesis.graphql.from_file(io.StringIO(SNAPSHOT.read_text()))
    return [found.ok() for found in schema.get_all_operations()]


def body_of(case):
    """What a client sends: a surrogate is no text in UTF-8, and is none of the server's business."""
    given = case.body if isinstance(case.body, dict) else {"query": case.body}
    return {
        key: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
        for key, value in given.items()
    }


class Visitor:
    """Sends operations to a server, one after the other, and holds each answer against what is promised."""

    def __init__(self, address, token):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=20)
        self.sent, self.slowest = 0, 0.0

    def close(self):
        self._client.close()

    def ask(self, case):
        body = body_of(case)
        began = time.monotonic()
        response = self._client.post("/graphql", json=body)
        took = time.monotonic() - began
        self.sent, self.slowest = self.sent + 1, max(self.slowest, took)
        assert response.status_code < 500, (response.status_code, response.text[:300], body)
        answer = response.json()
        assert answer.keys() <= {"data", "errors", "extensions"}, (answer, body)
        assert "data" in answer or answer["errors"], (answer, body)
        codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
        assert "INTERNAL" not in codes, (answer["errors"], body)
        assert took < STALL, (took, body)


def fuzz(address, tokens):
    """Ask for every root field as everybody; the visitors with what they met."""
    visitors = [Visitor(address, token) for token in tokens]
    for operation in operations():

        @seed(SEED)
        @settings(
            max_examples=EACH,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def everybody_asks(case):
            for visitor in visitors:
                visitor.ask(case)

        everybody_asks()
    for visitor in visitors:
        visitor.close()
    return visitors


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_no_operation_that_the_schema_allows_is_a_fault_or_a_stall(world, api):
    admin, _ = await token_of(world, "ada")
    visitors = await asyncio.to_thread(fuzz, api.address, [admin, None])
    note("fuzz.operations", f"{sum(v.sent for v in visitors)} operations of schemathesis, seed {SEED}")
    note("fuzz.slowest", f"{max(v.slowest for v in visitors) * 1000:.0f} ms the slowest answer")
    assert min(v.sent for v in visitors) >= len(operations())
    assert "Traceback" not in api.log
