"""`/console/notifications`: by which ways one is paged, in which order, and when one sleeps."""

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.paging.contacts import (
    delete_contact_method,
    save_contact_method,
    test_page,
    verify_contact_method,
)
from actions.paging.given import Rule
from actions.paging.preferences import save_notification_rules
from console.desk import Desk, view
from console.fields import Fields
from console.posting import Handle, Refused, do, posted, to
from core.errors import DomainError
from core.ids import encode
from models.paging.words import PageWay
from resolvers import paging
from resolvers.paging import RuleRow

PATH = "/console/notifications"
WAYS = {
    PageWay.SMS: "Text message",
    PageWay.PUSH: "Push (ntfy)",
    PageWay.SLACK: "Slack",
    PageWay.APPRISE: "Telegram and others (Apprise)",
    PageWay.MAIL: "Another e-mail address",
}
LINES = 3
"""How many more rules a form offers than there are."""
ACCOUNT = "account"
"""The mail of one's account, among the choices of a rule."""


async def show(desk: Desk) -> Response:
    """The ways, the rules and the quiet hours."""
    return await _page(desk)


async def _page(desk: Desk, refused: Refused | None = None) -> Response:
    methods = await paging.contact_methods(desk.ctx)
    rules = await paging.notification_rules(desk.ctx)
    usable = [(encode("ContactMethod", row.id), row.label) for row in methods if row.verified]
    return await desk.page(
        "notifications/page.html",
        status=refused.status if refused else 200,
        methods=methods,
        way_words=WAYS,
        ways=[(way.value, words) for way, words in WAYS.items()],
        choices=[(ACCOUNT, "Mail to my account"), *usable],
        rules={"high": _lines(rules.high), "low": _lines(rules.low)},
        quiet=rules,
        refused=refused,
    )


def _lines(rules: list[RuleRow]) -> list[tuple[str, str]]:
    """The way and the minutes of each rule, and some more to write in."""
    held = [
        (encode("ContactMethod", rule.method_id) if rule.method_id else ACCOUNT, str(rule.after_minutes))
        for rule in rules
    ]
    return [*held, *[("", "")] * LINES]


async def add(desk: Desk, fields: Fields) -> Response:
    """Add a way; a code is on its way."""
    try:
        given = {"label": fields.optional("label"), "address": fields.optional("address")}
        way = fields.one_of("way", {each.value: each for each in PageWay})
        await do(desk, fields, "saveContactMethod", save_contact_method, {"way": way, **given})
    except DomainError as error:
        return await _page(desk, Refused("add", fields, error))
    return to(PATH)


async def rules(desk: Desk, fields: Fields) -> Response:
    """Keep the rules and the quiet hours."""
    try:
        wanted = {name: _read(fields, name) for name in ("high", "low")}
        quiet = {name: fields.optional(name) for name in ("quiet_from", "quiet_until")}
        zone = (await desk.times()).zone.key
        await do(desk, fields, "saveNotificationRules", save_notification_rules, {**wanted, **quiet, "zone": zone})
    except DomainError as error:
        return await _page(desk, Refused("rules", fields, error))
    return to(PATH)


def _read(fields: Fields, name: str) -> list[Rule]:
    found = []
    for number in range(20):
        method = fields.optional(f"{name}.{number}.method")
        if method is not None:
            minutes = fields.number(f"{name}.{number}.after_minutes") or 0
            found.append(Rule(None if method == ACCOUNT else method, minutes))
    return found


async def verify(desk: Desk, fields: Fields) -> Response:
    """Enter a code, or with none have another one sent."""
    try:
        given = {"method": fields["method"], "code": fields.optional("code")}
        await do(desk, fields, "verifyContactMethod", verify_contact_method, given)
    except DomainError as error:
        return await _page(desk, Refused("methods", fields, error))
    return to(PATH)


async def delete(desk: Desk, fields: Fields) -> Response:
    """Give a way up."""
    try:
        await do(desk, fields, "deleteContactMethod", delete_contact_method, method=fields["method"])
    except DomainError as error:
        return await _page(desk, Refused("methods", fields, error))
    return to(PATH)


async def test(desk: Desk, fields: Fields) -> Response:
    """Have a test sent."""
    try:
        await do(desk, fields, "testPage", test_page, method=fields["method"])
    except DomainError as error:
        return await _page(desk, Refused("methods", fields, error))
    return to(PATH)


def routes() -> list[BaseRoute]:
    """Its routes."""
    forms: dict[str, Handle] = {"add": add, "rules": rules, "verify": verify, "delete": delete, "test": test}
    return [
        Route(PATH, view(show)),
        *(Route(f"{PATH}/{name}", view(_back)) for name in forms),
        *(Route(f"{PATH}/{name}", posted(handle), methods=["POST"]) for name, handle in forms.items()),
    ]


async def _back(_: Desk) -> Response:
    return to(PATH)
