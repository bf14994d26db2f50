"""The clock of every process of Muster jumps by an hour, forth and back; PostgreSQL's does not."""

import time

import pytest

from core.cursor import decode_cursor
from tests.effort import effort, proof
from tests.server.processes import wait_until

pytestmark = pytest.mark.slow

LONG = effort(1.0, 5.0)
STRANGE = "select 1 from event where id > %s and abs(extract(epoch from now() - recorded_at)) > 3000 limit 1"


@pytest.fixture(autouse=True)
def anew(_standing):
    """A house of its own: every open incident of earlier faults is owed reminders an hour later, and mails them."""
    if _standing["house"] is not None:
        _standing["house"].broken = True


@pytest.mark.parametrize(("name", "jump"), [("forth", "3600"), pytest.param("back", "-3600", marks=proof)])
def test_the_clock_jumps(anew, by, name, jump):
    """Whoever wrote in that hour is dated by it; nothing is lost, and order is that of numbers."""
    del anew  # before the house
    with by.trial(f"clock_{name}") as trial:
        (by.folder / "clock").write_text(jump)
        time.sleep(LONG)
        wait_until(
            lambda: by.postgres.answer(STRANGE, decode_cursor(trial.load.start)), "somebody to live in another hour"
        )
        (by.folder / "clock").write_text("0")
        trial.back()
