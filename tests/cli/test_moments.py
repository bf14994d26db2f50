"""What somebody types as a moment is read, or refused in words."""

from datetime import UTC, datetime, timedelta

import pytest

from server.remote import when
from server.remote.failures import FaultyError


def test_a_span_and_a_moment_are_read():
    before = datetime.now(UTC)
    assert before - timedelta(minutes=31) < when.read(when.moment("30m", "next")) < before - timedelta(minutes=29)
    assert before + timedelta(hours=2) <= when.read(when.moment(" 2H ", "next", ahead=True))
    assert when.read(when.moment("2026-11-24T03:59+01:00", "next")) == datetime(2026, 11, 24, 2, 59, tzinfo=UTC)


@pytest.mark.parametrize("text", ["soon", "", "999999w", "999999d", "0001-01-01T00:00+14:00", "2026-13-01"])
def test_what_is_none_is_refused_with_what_to_write(text):
    with pytest.raises(FaultyError, match="is no moment") as refused:
        when.moment(text, "impact-since")
    assert (refused.value.field, refused.value.exit_code) == ("impact-since", 2)
