"""A mail server and a pager, as doubles that can be broken."""

import asyncio

from starlette.responses import Response

SLOW = 2.0
"""Seconds that a slow vendor takes for each answer."""


class Door:
    """A vendor's door. `state`: well, failing (500), slow, or hanging (it answers when it is well again)."""

    def __init__(self, application):
        self._application = application
        self._state = "well"
        self._changed = asyncio.Event()
        self.asked = 0

    def becomes(self, state):
        """Be so from now on. Call it on the loop that serves."""
        self._state = state
        self._changed.set()
        self._changed = asyncio.Event()

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self._application(scope, receive, send)
        self.asked += 1
        if self._state == "failing":
            return await Response("broken", 500)(scope, receive, send)
        if self._state == "slow":
            await asyncio.sleep(SLOW)
        while self._state == "hanging":
            await self._changed.wait()
        return await self._application(scope, receive, send)


def mails_lose_their_answer(box):
    """Have a mail server take each mail and hang up before it says so; what undoes that."""
    whole = box.handle_DATA

    async def taken_without_a_word(server, session, envelope):
        await whole(server, session, envelope)
        server.transport.abort()
        return "250 OK"

    box.handle_DATA = taken_without_a_word

    def undo():
        del box.handle_DATA

    return undo


def kills_whoever_writes_to(box, address, kill):
    """Have a mail server's answer to one address be the death of the process that asks; what undoes that."""
    whole = box.handle_RCPT

    async def deadly(server, session, envelope, to, options):
        if to == address:
            await asyncio.to_thread(kill, session.peer[1])
        return await whole(server, session, envelope, to, options)

    box.handle_RCPT = deadly

    def undo():
        del box.handle_RCPT

    return undo
