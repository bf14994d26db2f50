"""Work that is begun at once, where it is asked for, and only waits as a task of somebody if it has to.

What most often has nothing to wait for, such as sending to a client that reads, is done without a turn of the event
loop. (From Python 3.12 on, asyncio.eager_task_factory does this for tasks.)
"""

from collections.abc import Coroutine, Generator
from typing import Any


class Rest:
    """What is left of work that waits for something: to be awaited once, by a task, or closed."""

    def __init__(self, work: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._work = work
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        """Go on with the work until it ends; raises what it raises."""
        waits_for = self._waits_for
        try:
            while True:
                try:
                    given = yield waits_for
                except BaseException as error:  # noqa: BLE001 (it is for the work to meet, a cancellation above all)
                    waits_for = self._work.throw(error)
                else:
                    waits_for = self._work.send(given)
        except StopIteration:
            return

    def close(self) -> None:
        """Give the work up."""
        self._work.close()


def begin(work: Coroutine[Any, Any, None]) -> Rest | None:
    """Do the work up to where it waits: its rest, or None when it is done. Raises what it raises."""
    try:
        return Rest(work, work.send(None))
    except StopIteration:
        return None
