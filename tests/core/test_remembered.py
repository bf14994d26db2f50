"""What is remembered for a while: when it is looked up again, and what stands in while it can't be."""

import pytest

from core.feed import FeedRow
from core.outage import NoDatabaseError
from core.remembered import AGAIN_SECONDS, MOST, SECONDS, Remembered


class Asked:
    """A database that knows one value, or is away, and a clock."""

    def __init__(self):
        self.seconds, self.answer, self.count = 0.0, "good", 0
        self.kept = Remembered(lambda kind: kind == "over", lambda: self.seconds, lasts=3600.0)

    async def look(self):
        self.count += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def get(self, *, may_be_old=True, after=0.0):
        self.seconds += after
        return await self.kept.get(b"key", self.look, may_be_old=may_be_old)

    def hear(self, *kinds):
        self.kept.on_events([FeedRow(1, None, None, kind, "ORGANISATION", None) for kind in kinds])


@pytest.fixture
def asked():
    return Asked()


async def test_the_last_good_answer_stands_in_for_an_hour_and_for_those_alone_who_take_it(asked):
    assert await asked.get() == "good"
    asked.answer = NoDatabaseError("away")
    assert await asked.get(after=SECONDS + 1) == "good"
    count = asked.count
    assert await asked.get(after=AGAIN_SECONDS / 2) == "good"
    assert asked.count == count, "nobody asks again at once"
    with pytest.raises(NoDatabaseError):
        await asked.get(may_be_old=False)
    assert await asked.get(after=3590 - asked.seconds) == "good"
    with pytest.raises(NoDatabaseError):
        await asked.get(after=11)


async def test_what_is_over_does_not_stand_in_whoever_says_so(asked):
    await asked.get()
    asked.hear("something else")
    asked.answer = NoDatabaseError("away")
    assert await asked.get(after=6) == "good"
    asked.hear("over")
    with pytest.raises(NoDatabaseError):
        await asked.get()
    asked.answer = "good"
    await asked.get()
    asked.answer = None
    assert await asked.get(after=6) is None
    asked.answer = NoDatabaseError("away again")
    with pytest.raises(NoDatabaseError):
        await asked.get(after=6)
    asked.answer = "good"
    await asked.get()
    asked.hear()  # the database was restored
    asked.answer = NoDatabaseError("away")
    with pytest.raises(NoDatabaseError):
        await asked.get()


async def test_what_comes_to_be_over_while_it_is_asked_for_does_not_stand_in(asked):
    await asked.get()

    async def look():
        asked.hear("over")
        raise NoDatabaseError("away")

    asked.seconds += 6
    with pytest.raises(NoDatabaseError):
        await asked.kept.get(b"key", look, may_be_old=True)


async def test_another_error_than_an_outage_is_nobody_s_answer(asked):
    await asked.get()
    asked.answer = ValueError("a mistake of ours")
    with pytest.raises(ValueError, match="mistake"):
        await asked.get(after=6)


async def test_memory_has_an_end(asked):
    for number in range(MOST + 5):
        await asked.kept.get(str(number).encode(), asked.look)
    count = asked.count
    await asked.kept.get(b"0", asked.look)
    assert asked.count == count + 1
