"""The doors around a subscription. Reading one never changes anything; each change is a POST with a link of its own.

What the form answers depends on the form alone (actions.subscribers.sign_up). There are no cookies, and so nothing that
another site could make use of.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from functools import wraps

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from actions.subscribers.addresses import Address, Hosts, read_address
from actions.subscribers.choices import Choices, choose, read_choices
from actions.subscribers.links import (
    CONFIRM_PATH,
    MANAGE_PATH,
    SUBSCRIBE_PATH,
    UNSUBSCRIBE,
    find_linked,
    lock_linked,
    read_confirm,
    read_manage,
    still_asked,
)
from actions.subscribers.sign_up import ask_to_subscribe
from actions.subscribers.standing import confirm, unsubscribe
from actions.webhooks import new_secret
from auth.limits import ask_for_news, may_be_written_to
from core import ids
from core.client import Client
from core.errors import DomainError, invalid
from core.outage import outage_of, tell
from core.phrase import phrase
from core.runtime import Runtime
from models.subscriber import Subscriber, SubscriberComponent
from models.words import Channel
from statuspage import render, subscribing
from statuspage.answer import refusal
from statuspage.cache import Body
from statuspage.form import Fields, one, read_fields
from statuspage.frame import read_for
from statuspage.pages import Pages
from statuspage.read import Site, read_site
from statuspage.subscribing import FORM_HEADERS, LINK_HEADERS, Filled, filled_in

READ_OR_POST = frozenset({"GET", "HEAD", "POST"})

Door = Callable[[Request], Awaitable[Response]]
Rendering = Callable[..., bytes]


class SubscriberDoors:
    """The doors of one page: our own, or another by its key."""

    def __init__(self, runtime: Runtime, page_id: int | None = None) -> None:
        self._runtime = runtime
        self._page_id = page_id
        self._database = runtime.database
        self._hosts = Hosts.by(runtime.settings)
        self._language = "en"
        """As the page spoke when it was last read: for when it can't be."""

    def lasting(self, door: Door) -> Door:
        """A door that says what it is to a reader while the database is away."""

        @wraps(door)
        async def answer(request: Request) -> Response:
            try:
                return await door(request)
            except Exception as error:
                if outage_of(error) is None:
                    raise
                tell(error)
                page = render.unavailable(self._database.clock.now(), self._language)
                return refusal(503, Body.of(page), {"Retry-After": "10"})

        return answer

    async def subscribe(self, request: Request) -> Response:
        """Take the form: a job looks into it."""
        taken = ask_for_news(self._runtime, Client.of(request))
        if not taken.allowed:
            wait = math.ceil(taken.wait)
            page = await self._page(
                subscribing.message_page,
                phrase("That was very often."),
                phrase(
                    "From your network this form was sent many times just now. Send it again in %(wait)d s.", wait=wait
                ),
            )
            return refusal(429, Body.of(page), {**FORM_HEADERS, "Retry-After": str(wait)})
        filled = Filled()
        try:
            fields = await read_fields(request)
            filled = filled_in(fields)
            address, choices = self._read(fields)
        except DomainError as error:
            again = Filled(filled.channel, filled.address, filled.components, filled.kinds, error)
            return await self._answer(400, subscribing.filled_page, again)
        secret = new_secret() if address.channel is Channel.WEBHOOK else None
        if may_be_written_to(self._runtime, address.digest):
            async with self._database.unit_of_work() as session:
                ask_to_subscribe(session, address, choices, secret=secret, page_id=self._page_id)
        return await self._answer(200, subscribing.asked_page, address.channel, secret)

    def _read(self, fields: Fields) -> tuple[Address, Choices]:
        channel = one(fields, "channel")
        if channel not in set(Channel):
            raise invalid(
                "channel", phrase("It is not said how the news is to come."), phrase("Choose one of the ways.")
            )
        if not one(fields, "address").strip():
            raise invalid("address", phrase("The address is missing."), phrase("Fill it in."))
        address = read_address(Channel(channel), one(fields, "address"), self._hosts)
        return address, read_choices(fields.get("components", ()), fields.get("kinds", ()))

    async def confirm(self, request: Request) -> Response:
        """Ask whether it was them (GET), or take their word (POST)."""
        said = read_confirm(self._database.keys, request.path_params["token"], self._database.clock.now())
        async with self._database.reading() as reader:
            subscriber = await find_linked(reader, said.key, self._page_id) if said else None
        if said is None or subscriber is None or not (still_asked(subscriber, said) or subscriber.active):
            return await self._over()
        if request.method != "POST":
            to = subscribing.masked(subscriber)
            words = phrase("Updates will be sent to %(to)s. You can unsubscribe at any time.", to=to)
            return await self._answer(
                200,
                subscribing.button_page,
                phrase("Get status updates?"),
                words,
                phrase("Confirm"),
                headers=LINK_HEADERS,
            )
        async with self._database.unit_of_work() as session:
            locked = await lock_linked(session, said.key)
            if locked is None or not (still_asked(locked, said) or locked.active):
                return await self._over()
            confirm(session, locked)
        words = phrase(
            "You will be told of what happens from now on. Every message has a link to choose or to unsubscribe."
        )
        return await self._said(phrase("You are subscribed."), words, "operational")

    async def manage(self, request: Request) -> Response:
        """Show what is chosen (GET), or choose (POST)."""
        token = request.path_params["token"]
        subscriber, components = await self._find(token)
        if subscriber is None:
            return await self._over()
        if not subscriber.active:
            return await self._inactive(subscriber)
        filled = Filled(subscriber.channel, "", components, subscriber.kinds)
        saved, status = False, 200
        if request.method == "POST":
            try:
                fields = await read_fields(request)
                filled = Filled(
                    subscriber.channel, "", fields.get("components", ()), fields.get("kinds", ()), filled.error
                )
                choices = read_choices(filled.components, filled.kinds)
                async with self._database.unit_of_work() as session:
                    locked = await lock_linked(session, subscriber.id)
                    if locked is None or not locked.active:
                        return await self._over()
                    await choose(session, locked, choices)
                saved = True
            except DomainError as error:
                status, filled = 400, Filled(filled.channel, "", filled.components, filled.kinds, error)
        path = f"{MANAGE_PATH}{token}{UNSUBSCRIBE}"
        return await self._answer(
            status, subscribing.manage_page, subscriber, filled, path, saved=saved, headers=LINK_HEADERS
        )

    async def unsubscribe(self, request: Request) -> Response:
        """Ask (GET), or end the subscription (POST: a mail program by RFC 8058, or the button of our page).

        What is posted is not looked into: whoever has the link may leave, in whatever form they say so.
        """
        subscriber, _ = await self._find(request.path_params["token"])
        if subscriber is None:
            return await self._over()
        if request.method == "POST":
            async with self._database.unit_of_work() as session:
                locked = await lock_linked(session, subscriber.id)
                if locked is not None:
                    unsubscribe(session, locked)
        elif subscriber.unsubscribed_at is None:
            words = phrase("Nothing more will be sent to %(to)s.", to=subscribing.masked(subscriber))
            return await self._answer(
                200, subscribing.button_page, phrase("Unsubscribe?"), words, phrase("Unsubscribe"), headers=LINK_HEADERS
            )
        words = phrase("Nothing more will be sent, and your address is erased within 30 days.")
        return await self._said(phrase("You are unsubscribed."), words, "operational")

    async def _find(self, token: str) -> tuple[Subscriber | None, list[str]]:
        """The subscriber that a managing link is for, and the ids of the components that they chose."""
        key = read_manage(self._database.keys, token)
        if key is None:
            return None, []
        async with self._database.reading() as reader:
            subscriber = await find_linked(reader, key, self._page_id)
            chosen = select(SubscriberComponent.component_id).where(SubscriberComponent.subscriber_id == key)
            rows = await reader.execute(chosen.order_by(SubscriberComponent.component_id))
        return subscriber, [ids.encode("Component", component) for (component,) in rows]

    async def _inactive(self, subscriber: Subscriber) -> Response:
        if subscriber.unsubscribed_at is not None:
            return await self._said(
                phrase("You are not subscribed any more."), phrase("You can subscribe again at any time.")
            )
        if subscriber.disabled_at is not None:
            return await self._said(
                phrase("This subscription is disabled."),
                phrase("Messages to it could not be delivered. Subscribe again once it works."),
            )
        return await self._said(
            phrase("This subscription is not confirmed."), phrase("Open the link that we sent, or ask again.")
        )

    async def _over(self) -> Response:
        """The same for a link that is forged, that is over, and whose owner was erased."""
        words = phrase(
            "It may be cut off, too old, or used up. Fill in the form with your address, and we send you a new one."
        )
        return await self._answer(
            404, subscribing.message_page, phrase("This link does not work any more."), words, headers=LINK_HEADERS
        )

    async def _said(self, title: str, words: str, shape: str = "unknown") -> Response:
        return await self._answer(200, subscribing.message_page, title, words, shape=shape, headers=LINK_HEADERS)

    async def _answer(
        self,
        status: int,
        rendering: Rendering,
        *content: object,
        headers: dict[str, str] = FORM_HEADERS,
        **more: object,
    ) -> Response:
        """A page that is nobody else's, and never kept."""
        return refusal(status, Body.of(await self._page(rendering, *content, **more)), headers)

    async def _page(self, rendering: Rendering, *content: object, **more: object) -> bytes:
        async with self._database.reading() as reader:
            read_for(reader, self._page_id)
            site: Site = await read_site(reader)
        self._language = site.language
        return await asyncio.to_thread(rendering, site, self._database.clock.now(), *content, **more)


class Doors:
    """ASGI: one address of this kind on whatever page is meant.

    On a page that only some may read, or nobody any more, nothing is left of them but the way out of a subscription
    that was made before: `others` answer the rest.
    """

    def __init__(self, pages: Pages, door: str, others: ASGIApp, methods: frozenset[str] = READ_OR_POST) -> None:
        self._pages, self._door, self._others, self._methods = pages, door, others, methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        page = await self._pages.page(scope)
        there = not page.guarded or self._door == "unsubscribe"
        if not there or scope["method"] not in self._methods:
            await self._others(scope, receive, send)
            return
        doors = SubscriberDoors(self._pages.runtime, page.page_id)
        response = await doors.lasting(getattr(doors, self._door))(Request(scope, receive))
        await response(scope, receive, send)


def routes(pages: Pages, others: ASGIApp) -> list[BaseRoute]:
    """The routes around subscriptions; `others` answers who only reads the form."""
    doors = {
        CONFIRM_PATH + "{token}": "confirm",
        MANAGE_PATH + "{token}": "manage",
        MANAGE_PATH + "{token}" + UNSUBSCRIBE: "unsubscribe",
    }
    return [
        Route(SUBSCRIBE_PATH, Doors(pages, "subscribe", others, frozenset({"POST"}))),
        *(Route(path, Doors(pages, door, others)) for path, door in doors.items()),
    ]
