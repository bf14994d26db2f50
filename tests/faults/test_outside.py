"""What Muster talks to: a mail server that is slow, or loses its answers; a vendor that fails, is slow, hangs."""

import time

import pytest

from tests.effort import effort, proof
from tests.faults.doubles import mails_lose_their_answer
from tests.server.processes import wait_until

pytestmark = pytest.mark.slow

LONG = effort(1.5, 5.0)
LINE = effort(0.3, 1.0)
"""Seconds that a tarpit takes for each line."""


@proof
def test_the_mail_server_is_a_tarpit(by):
    with by.trial("smtp_tarpit") as trial:
        by.proxy.tell("smtp", "delay", LINE)
        time.sleep(LONG)
        by.proxy.tell("smtp", "through")
        trial.back()


def test_the_mail_server_takes_mails_and_never_says_so(by):
    """The ledger says UNKNOWN, and what is sent again has the same Message-ID: tests.faults.check."""
    with by.trial("smtp_answer_lost") as trial:
        before = len(by.box.arrived)
        undo = mails_lose_their_answer(by.box)
        by.run(by.crowd.does("declareIncident", title=f"{trial.label} lost", severity="SEV1"))
        deadline = time.monotonic() + 20
        while not by.postgres.answer("select id from delivery where state = 'UNKNOWN' and error <> ''"):
            assert time.monotonic() < deadline, len(by.box.arrived) - before
            time.sleep(0.05)
        undo()
        trial.back()
    assert by.repeated > 0, "what was uncertain was sent again"


@pytest.mark.parametrize("state", [pytest.param("failing", marks=proof), pytest.param("slow", marks=proof), "hanging"])
def test_the_vendor_is(by, state):
    with by.trial(f"vendor_{state}") as trial:
        asked = by.door.asked
        by.becomes(state)
        time.sleep(LONG)
        wait_until(lambda: by.door.asked > asked, "somebody to ask it")
        by.becomes("well")
        trial.back()
