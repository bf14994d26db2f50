"""A Sev1 while all vendors are in trouble and the process ends again and again: everything arrives, exactly once."""

from datetime import timedelta
from itertools import accumulate

import pytest

from actions.workflows.steps import chat
from bench.figures import note
from tests.effort import proof
from tests.workflows.sev1 import ONCE, sev1


@pytest.fixture
async def house(works):
    async with sev1(works) as made:
        yield made


PLACES = tuple(accumulate(range(9, 60)))
"""Steps at which the process ends, each farther from the one before: at equal distances a story can come to the same
place each time, and never beyond."""


def now_and_then(step):
    """Ends at some steps, in turn before and after their effect."""
    return ("before", "after")[PLACES.index(step) % 2] if step in PLACES else None


async def test_it_is_declared_at_once_and_all_of_it_arrives_once_though_the_process_ends_again_and_again(house):
    incident, deaths = await house.story("Checkout is down", now_and_then)
    assert house.seconds < 1, "declaring waits for nobody"
    assert house.arrived(incident) == ONCE
    assert deaths.struck > 10


PERIOD, LAST = 20, 200
"""Steps between two deaths of a proof, the first of which comes at each of so many places, and after which none comes:
a Sev1 takes about so many."""


@proof
@pytest.mark.parametrize("how", ["before", "after"])
async def test_the_process_may_end_between_any_two_steps(house, how, monkeypatch):
    # Each death costs minutes of the story, and ten may cost more than a message waits for its channel.
    monkeypatch.setattr(chat, "PATIENCE", timedelta(days=1))
    struck = 0
    for place in range(PERIOD):
        incident, deaths = await house.story(
            f"Case {place}.", lambda step, at=place: how if step % PERIOD == at and step <= LAST else None
        )
        assert house.arrived(incident) == ONCE, f"{how} step {place} of {PERIOD}"
        struck += deaths.struck
    note(f"deaths.sev1_{how}", f"{struck} deaths, each at another step of a Sev1: everything is there once")
