"""Subscribers of the public pages, and addresses that refused mail: personal data, for those who keep it."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.subscribers.admin import add_subscriber, lift_suppression, remove_subscriber
from auth.permission import require
from console.desk import Desk, view
from console.fields import Fields, asked
from console.posting import Refused, do, posted, to
from console.settings import choices
from console.settings.areas import area_of
from console.settings.field import Field, Kind
from console.settings.form import CLOSED, controls_of, read_all, status_of
from console.settings.frame import area_page
from core.errors import DomainError
from core.ids import encode
from models.words import Channel, NewsKind
from resolvers import status_pages, subscribers
from resolvers.mutations.perform import of_input
from resolvers.page import Cursor

AREA = area_of("subscribers")
FORM = "add"
CHANNELS = {
    Channel.EMAIL: "E-mail",
    Channel.WEBHOOK: "Webhook",
    Channel.SLACK: "Slack",
    Channel.TEAMS: "Microsoft Teams",
}
KINDS = {NewsKind.INCIDENTS: "Incidents", NewsKind.MAINTENANCE: "Planned work"}

FIELDS = (
    Field("channel", "Told by", "How the news gets there.", Kind.CHOICE, required=True, of=Channel,
          choices=choices.words(CHANNELS), start=Channel.EMAIL),
    Field("address", "Address", "The e-mail address, or the address of the webhook. Add nobody who did not ask for it:"
          " you give your word for them.", required=True),
    Field("kinds", "Told of", "None: both.", Kind.SEVERAL, of=NewsKind, choices=choices.words(KINDS)),
    Field("components", "About the components", "None: all, those to come included.", Kind.SEVERAL,
          choices=choices.components),
    Field("page", "News of", kind=Kind.CHOICE, choices=choices.public_pages, blank="The organisation's page"),
)  # fmt: skip


async def show(desk: Desk) -> Response:
    """A page of the subscribers, how many there are, and the newest suppressions."""
    return await _page(desk)


async def _page(desk: Desk, refused: Refused | None = None) -> Response:
    require(desk.actor, AREA.sees)
    ctx, after = desk.ctx, asked(desk.request).optional("after")
    email = asked(desk.request).optional("email")
    wanted = subscribers.SubscriberFilter(email=email) if email else None
    try:
        found = await subscribers.subscribers(ctx, filter=wanted, first=25, after=Cursor(after) if after else None)
    except DomainError as error:
        refused, wanted = refused or Refused("search", asked(desk.request), error), None
        found = await subscribers.subscribers(ctx, first=25)
    past = await subscribers.suppressions(ctx, first=25)
    start = {field.name: field.start for field in FIELDS}
    return await area_page(
        desk,
        AREA.key,
        "settings/subscribers.html",
        status=200 if refused is None or refused.error is None else status_of(refused.error),
        refused=refused,
        lines=await _lines(desk, found.nodes),
        next=found.page_info.end_cursor if found.page_info.has_next_page else None,
        counts=await subscribers.subscriber_counts(ctx),
        suppressed=list(zip(past.nodes, await subscribers.emails(ctx, past.nodes), strict=True)),
        channels=CHANNELS,
        controls=await controls_of(ctx, FIELDS, start, refused, FORM),
        email=email or "",
        done=desk.request.query_params.get("done", ""),
        encode=encode,
    )


async def _lines(desk: Desk, rows: Sequence[Any]) -> list[tuple[str, Any, str, str]]:
    """Each subscriber with its id, what it chose and whose news it is told."""
    chosen = await subscribers.chosen(desk.ctx, rows)
    names = await status_pages.page_names(desk.ctx, rows)
    return [
        (encode("Subscriber", row.id), row, ", ".join(each.name for each in those), name or "")
        for row, those, name in zip(rows, chosen, names, strict=True)
    ]


async def add(desk: Desk, fields: Fields) -> Response:
    """Have an address told of news on the viewer's word. A webhook's secret is shown once."""
    require(desk.actor, AREA.permission)
    try:
        given = await read_all(desk, FIELDS, fields, new=True)
        given["kinds"] = given["kinds"] or None
        made = await do(desk, fields, "addSubscriber", add_subscriber, **given)
    except DomainError as error:
        if error.code in CLOSED:
            raise
        return await _page(desk, Refused(FORM, fields, error))
    if given["channel"] is not Channel.WEBHOOK:
        return to(f"{AREA.path}?done=added")
    return await area_page(
        desk,
        AREA.key,
        "settings/secret.html",
        what="Signing secret of the webhook",
        secret=made.secret,
        sample=None,
        use="Its messages are signed with it (Standard Webhooks): give it to whoever receives them.",
        back=AREA.path,
        back_words="Back to the subscribers",
    )


async def remove(desk: Desk, fields: Fields) -> Response:
    """Tell an address nothing more."""
    return await _step(desk, fields, "removeSubscriber", remove_subscriber)


async def lift(desk: Desk, fields: Fields) -> Response:
    """Allow mail to an address again."""
    return await _step(desk, fields, "liftSuppression", lift_suppression, key=of_input("id"))


async def _step(desk: Desk, fields: Fields, mutation: str, action: Any, **how: Any) -> Response:
    require(desk.actor, AREA.permission)
    try:
        await do(desk, fields, mutation, action, id=fields.text("id"), **how)
    except DomainError as error:
        if error.code in CLOSED:
            raise
        return await _page(desk, Refused("step", fields, error))
    return to(f"{AREA.path}?done=sent")


async def back(_: Desk) -> Response:
    """Where the forms' addresses lead when they are only looked at."""
    return to(AREA.path)


def routes() -> list[BaseRoute]:
    """Its addresses."""
    steps = {"remove": remove, "lift": lift}
    made: list[BaseRoute] = [Route(AREA.path, view(show)), Route(AREA.path, posted(add), methods=["POST"])]
    made += [Route(f"{AREA.path}/{name}", posted(step), methods=["POST"]) for name, step in steps.items()]
    return [*made, *(Route(f"{AREA.path}/{name}", view(back)) for name in steps)]
