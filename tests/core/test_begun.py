"""Work that is begun where it is asked for."""

import asyncio

import pytest

from core.begun import begin


async def test_what_has_nothing_to_wait_for_is_done_at_once():
    done = []

    async def work():
        done.append(1)

    assert begin(work()) is None
    assert done == [1]


async def test_what_waits_is_gone_on_with_by_whoever_awaits_its_rest():
    gate, done = asyncio.Event(), []

    async def work():
        await gate.wait()
        await asyncio.sleep(0)
        done.append(1)

    rest = begin(work())
    assert done == []
    gate.set()
    await rest
    assert done == [1]


async def test_what_it_raises_comes_out_at_once_or_of_the_rest():
    async def at_once():
        raise ValueError

    async def later():
        await asyncio.sleep(0)
        raise KeyError

    with pytest.raises(ValueError):
        begin(at_once())
    rest = begin(later())
    with pytest.raises(KeyError):
        await rest


async def test_whoever_awaits_the_rest_can_be_cancelled_and_the_work_with_it():
    ended = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(1)

    async def waiting(rest):
        await rest

    task = asyncio.create_task(waiting(begin(work())))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [1]


async def test_a_rest_that_nobody_wants_can_be_closed():
    ended = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(1)

    begin(work()).close()
    assert ended == [1]
