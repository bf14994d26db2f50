"""Cursors of the feed."""

import pytest

from core import ids
from core.cursor import decode_cursor, encode_cursor
from core.errors import DomainError, ErrorCode


@pytest.mark.parametrize("place", [0, 1, 2**63 - 1])
def test_a_cursor_comes_back_as_it_was_given(place):
    assert decode_cursor(encode_cursor(place)) == place


@pytest.mark.parametrize(
    "value",
    ["", "1", "feed:1", "é", "\x00", "a" * 10_000, ids.encode("Event", 1), encode_cursor(2**63), encode_cursor(-1),
     encode_cursor(7) + "=", "ZmVlZDowMQ", "ZmVlZDrZow", "ZmVlZDo"],
)  # fmt: skip
def test_anything_else_is_refused(value):
    with pytest.raises(DomainError) as refusal:
        decode_cursor(value, "after")
    assert refusal.value.code is ErrorCode.INVALID_INPUT
    assert refusal.value.field == "after"
    assert "Query.cursor" in refusal.value.hint
