"""The end of a process in the middle of its work, at any of its requests."""

from integrations.client import VendorClient


class Killed(Exception):  # noqa: N818 (it is no error: it is the end)
    """Stands for the end of the process."""


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
