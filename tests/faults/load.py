"""The load: people, a monitor and subscribers, at a steady pace, whatever breaks around them."""

import asyncio

from tests.effort import effort
from tests.journeys.crowd import PAUSE, Subscriber

RATE = effort(20, 200)
"""Mutations a second that are asked for; each waits for its acknowledgement, so that an outage makes fewer."""
SUBSCRIBERS = effort(10, 200)
INCIDENTS = effort(4, 20)
"""Incidents into whose timelines all write; each has its share of the subscribers, and the first two see all."""
DECLARED = effort(1.0, 2.0)
"""Incidents a second: each is mailed to two people and pages somebody by a workflow. As many alerts come in."""
OF_A_WRITER = 10
"""Mutations a second of each writer."""


class Load:
    """One stretch of it. `name` begins everything that is written."""

    def __init__(self, house, name):
        self.house, self.crowd, self.name = house, house.crowd, name
        self.ended = asyncio.Event()
        self.tasks, self.subscribers, self.start = [], [], ""

    async def begin(self):
        """Subscribe, and begin to write."""
        self.start = await self.house.cursor()
        whole = [Subscriber(self.crowd, field, self.start) for field in ("feed", "incidentEvents")]
        of_one = [
            Subscriber(self.crowd, "incidentEvents", self.start, incident=self.house.shared[n % INCIDENTS])
            for n in range(SUBSCRIBERS - len(whole))
        ]
        self.subscribers = [*whole, *of_one]
        self._begins(*(self._writer(n) for n in range(max(1, RATE // OF_A_WRITER))), self._declarer(), self._monitor())

    def _begins(self, *work):
        self.tasks += [asyncio.create_task(each) for each in work]

    async def _paced(self, each_second):
        """Numbers, at most so many a second."""
        loop, count = asyncio.get_running_loop(), 0
        due = loop.time()
        while not self.ended.is_set():
            yield count
            count += 1
            due = max(due + 1 / each_second, loop.time())
            await asyncio.sleep(max(PAUSE / 10, due - loop.time()))

    async def _writer(self, number):
        shared = self.house.shared
        async for count in self._paced(min(RATE, OF_A_WRITER)):
            text = f"{self.name} {number}-{count}"
            await self.crowd.does("addEntry", incident=shared[(number + count) % INCIDENTS], kind="NOTE", text=text)

    async def _declarer(self):
        async for count in self._paced(DECLARED):
            await self.crowd.does("declareIncident", title=f"{self.name} {count}", severity="SEV1")

    async def _monitor(self):
        async for count in self._paced(DECLARED):
            fingerprint = f"{self.name} alert {count}"
            await self.crowd.alerts_at(self.house.hook, fingerprint)

    async def end(self):
        """Have everybody finish what they are at; what went wrong with one of them is raised."""
        self.ended.set()
        async with asyncio.timeout(90):
            await asyncio.gather(*self.tasks)

    async def check(self):
        """Raise what ended anybody before their time."""
        for task in self.tasks:
            if task.done():
                task.result()

    async def hang_up(self):
        """End the subscriptions, and whatever is still asked for."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for subscriber in self.subscribers:
            await subscriber.end()
