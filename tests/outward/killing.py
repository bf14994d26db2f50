"""The end of a process in the middle of its work, at any of its requests and transactions."""

from core.db import Database
from integrations.client import VendorClient


class Killed(BaseException):
    """Stands for the end of the process: nobody catches it."""


class Killer:
    """Ends the process at one request, before it is sent or after it was answered."""

    def __init__(self, number, *, sent):
        self.number, self.sent, self.struck, self.ask = number, sent, False, VendorClient.ask

    def asking(self):
        """What to put in the place of VendorClient.ask."""

        async def ask(client, *args, **kwargs):
            self.number -= 1
            try:
                if self.number or self.sent:
                    return await self.ask(client, *args, **kwargs)
            finally:
                if self.number == 0:
                    self.struck = True
                    raise Killed

        return ask


async def run_through_deaths(desk):
    """Jobs again and again, minutes apart, however often the process ends."""
    for _ in range(8):
        try:
            if not await desk.run():
                return
        except Killed:
            pass
        desk.world.clock.advance(minutes=11)
    raise AssertionError("something still waits")


class Deaths:
    """Ends the process at those of its steps, counted from 1, for which `when` says "before" or "after" their effect.

    A step is a request to a vendor, or a transaction that writes.
    """

    def __init__(self, when):
        self.when, self.steps, self.struck, self.ask = when, 0, 0, VendorClient.ask

    def step(self):
        """What happens to the next one."""
        self.steps += 1
        how = self.when(self.steps)
        self.struck += how is not None
        return how

    def asking(self):
        """What to put in the place of VendorClient.ask."""

        async def ask(client, *args, **kwargs):
            how = self.step()
            if how == "before":
                raise Killed
            answer = await self.ask(client, *args, **kwargs)
            if how == "after":
                raise Killed
            return answer

        return ask


class Mortal(Database):
    """A database in whose transactions the process may end, before or after the commit."""

    def __init__(self, database, deaths):
        self.__dict__.update(database.__dict__)
        self._deaths = deaths

    def unit_of_work(self, *given):
        return _Unit(super().unit_of_work(*given), self._deaths.step())


class _Unit:
    def __init__(self, inner, how):
        self.inner, self.how = inner, how

    async def __aenter__(self):
        return await self.inner.__aenter__()

    async def __aexit__(self, kind, error, trace):
        if self.how == "before" and error is None:
            kind, error = Killed, Killed()
        await self.inner.__aexit__(kind, error, trace)
        if self.how is not None:
            raise Killed
        return False
