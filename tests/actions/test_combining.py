"""What arrives while others are under way is taken together, and none fails for another's sake."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

import pytest

from actions.alerts.combining import AGAIN, HANDS, MOST, Combiner


@dataclass(frozen=True)
class Parcel:
    key: str
    weight: int = 1
    names: frozenset = field(default_factory=frozenset)


class Hands:
    """Whoever takes parcels: each hand waits until it is let go."""

    def __init__(self):
        self.taken, self.alone = [], []
        self._waiting = deque()
        self.fails = set()
        self.busy = set()
        self.combiner = Combiner(self._together, self._alone)

    async def _together(self, parcels):
        self.taken.append([each.key for each in parcels])
        let_go = asyncio.Event()
        self._waiting.append(let_go)
        await let_go.wait()
        if self.fails & {each.key for each in parcels}:
            raise ValueError("together")
        return [AGAIN if each.key in self.busy else each.key.upper() for each in parcels]

    async def _alone(self, parcel):
        self.alone.append(parcel.key)
        if parcel.key in self.fails:
            raise ValueError("alone")
        return parcel.key.upper()

    async def begin(self, *parcels):
        tasks = []
        for each in parcels:
            tasks.append(asyncio.create_task(self.combiner.take(each)))
            await settled()
        return tasks

    async def let_go(self):
        self._waiting.popleft().set()
        await settled()


async def settled():
    for _ in range(10):
        await asyncio.sleep(0)


def parcels(keys):
    return [Parcel(key) for key in keys]


@pytest.fixture
def hands():
    return Hands()


async def test_who_comes_alone_waits_for_nobody_and_who_comes_meanwhile_goes_together(hands):
    tasks = await hands.begin(*parcels("abcdef"))
    assert hands.taken == [["a"], ["b"]], HANDS
    await hands.let_go()
    assert hands.taken[2:] == [["c", "d", "e", "f"]]
    await hands.let_go()
    await hands.let_go()
    assert await asyncio.gather(*tasks) == list("ABCDEF")


async def test_half_of_them_wait_while_half_are_under_way(hands):
    await hands.begin(*parcels("abcd"))
    await hands.let_go()  # a; c and d go together
    await hands.begin(Parcel("e"))
    await hands.let_go()  # b
    assert hands.taken == [["a"], ["b"], ["c", "d"]], "e waits for another, or for a hand that is done"
    await hands.begin(Parcel("f"))
    assert hands.taken[3:] == [["e", "f"]]
    await hands.begin(Parcel("g"))
    await hands.let_go()
    await hands.let_go()
    assert hands.taken[4:] == [["g"]]


async def test_what_has_one_key_is_in_one_hand_and_what_brings_the_same_comes_one_after_the_other(hands):
    same = frozenset({"disk full"})
    first, second = Parcel("a", names=same), Parcel("a", names=frozenset({"host down"}))
    await hands.begin(Parcel("a"), first, second, Parcel("b", names=same))
    assert hands.taken == [["a"], ["b"]], "the key of the first is under way"
    await hands.let_go()
    await hands.let_go()
    assert hands.taken[2:] == [["a", "a"]]
    hands = Hands()
    await hands.begin(*parcels("xy"), first, Parcel("b", names=same), second)
    for _ in range(3):
        await hands.let_go()
    assert hands.taken[2:] == [["a", "a"], ["b"]]


async def test_large_ones_do_not_go_together(hands):
    large = [Parcel(key, MOST) for key in "abcd"]
    await hands.begin(*large)
    await hands.let_go()
    await hands.let_go()
    assert hands.taken == [["a"], ["b"], ["c"], ["d"]]


async def test_where_one_fails_each_is_taken_alone(hands):
    hands.fails = {"d"}
    tasks = await hands.begin(*parcels("abcde"))
    for _ in range(3):
        await hands.let_go()
    assert hands.alone == ["c", "d", "e"]
    said = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(each) for each in said] == ["A", "B", "C", "alone", "E"]


async def test_a_failure_of_a_single_one_is_its_own(hands):
    hands.fails = {"a"}
    (task,) = await hands.begin(Parcel("a"))
    await hands.let_go()
    with pytest.raises(ValueError, match="together"):
        await task
    assert hands.alone == []


async def test_what_was_not_free_is_taken_alone_and_its_key_waits_for_that(hands):
    hands.busy = {"a"}
    tasks = await hands.begin(Parcel("a"), Parcel("a"), Parcel("b"))
    await hands.let_go()
    await hands.let_go()
    assert hands.alone == ["a"]
    hands.busy = set()
    await hands.let_go()
    assert (hands.taken, await asyncio.gather(*tasks)) == ([["a"], ["b"], ["a"]], ["A", "A", "B"])


async def test_nobody_takes_what_was_given_up(hands):
    tasks = await hands.begin(*parcels("abcd"))
    tasks[2].cancel()
    await settled()
    tasks[0].cancel()
    await hands.let_go()
    await hands.let_go()
    await hands.let_go()
    assert hands.taken == [["a"], ["b"], ["d"]]
    assert await asyncio.gather(tasks[1], tasks[3]) == ["B", "D"]
