"""Compiled operations against graphql-core: the same data to the byte, the same errors, the same effects."""

import asyncio
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.figures import note
from schema.compiled.reasons import LONG_WAY, Reason
from tests.effort import effort
from tests.schema.compiled.both import compare, document_of
from tests.schema.compiled.corpus import CORPUS
from tests.schema.compiled.written import case, document

DOCUMENTS = effort(80, 7_000)
EACH = 3
"""Requests of one document, which is compiled once."""
pytestmark = [
    # graphql-core gives up what it waits for below a place that has become null
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def long_way() -> float:
    return LONG_WAY.labels(Reason.ERRORS)._value.get()  # noqa: SLF001


async def tried(chance: random.Random) -> list:
    """A random document, several times. Without an error the long way is not gone: it would prove nothing."""
    text = document(chance)
    known = document_of(text)
    found = []
    for _ in range(EACH):
        before = long_way()
        found.append(await compare(known, case(chance, text)))
        assert found[-1].errors or long_way() == before, f"graphql-core had to look at {text}"
    return found


async def test_random_operations_are_answered_as_by_graphql_core():
    found = []
    for seed in range(DOCUMENTS):
        found += await tried(random.Random(seed))  # noqa: S311 (documents, not secrets)
    faulty = sum(each.errors for each in found) / len(found)
    assert len(found) == DOCUMENTS * EACH
    assert 0.3 < faulty < 0.7, "answers with errors and without are to be tried"
    chosen = sum(each.chosen for each in found)
    assert chosen < 0.1 * len(found)
    note("equality.operations", f"{len(found):,} requests, {faulty:.0%} with errors, no difference")


@settings(
    max_examples=effort(15, 500),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
@given(st.randoms(use_true_random=False))
def test_the_smallest_operation_that_differs(chance):
    """The same under hypothesis, which makes a case that fails as small as it can."""
    asyncio.run(tried(chance))


async def test_what_once_differed_does_not_any_more():
    for name, each in CORPUS.items():
        before = long_way()
        found = await compare(document_of(each.document), each)
        assert found.errors or long_way() == before, name
