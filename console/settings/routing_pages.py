"""Routing rules as a whole: their order, their versions, and trying others on the alerts of the last days."""

from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.alerts.rehearsal import RoutingFate
from actions.alerts.rule_files import as_file, read_rules
from actions.alerts.rule_sets import apply_routing_rules, restore_routing_rules
from actions.alerts.rule_versions import as_kept, exported
from auth.permission import require
from console.desk import Desk, view
from console.fields import Fields, asked
from console.posting import Refused, do, late, posted, stale, to
from console.settings.form import CLOSED, FORM, read_all
from console.settings.keeping import Keeping
from console.settings.routing_estimate import ESTIMATE, estimated
from core.errors import DomainError, invalid
from core.yaml_files import Document, FileError
from resolvers import people, routing
from resolvers.page import Cursor
from resolvers.people import Who
from resolvers.spared import Saved, spared

T = TypeVar("T")

TRY, VERSIONS, ORDER = "try", "versions", "order"
RULES = "rules"
USUAL_DAYS = 7
SHOWN = 20
"""Versions of a page."""

FATES = {
    RoutingFate.NEW_INCIDENT: "Makes an incident",
    RoutingFate.JOINS: "Joins an incident",
    RoutingFate.WAITS: "Waits for more of them",
    RoutingFate.ASKS: "Has people asked whether it is an incident",
    RoutingFate.PAGES: "Pages people, without an incident",
    RoutingFate.KEPT: "Is kept, and nothing more",
    RoutingFate.DROPPED: "Is dropped",
}


class RoutingPages(Keeping):
    """The pages of routing rules."""

    async def index(self, desk: Desk) -> Response:
        """The rules in their order, with a way to change it."""
        return await self._index(desk)

    async def _index(self, desk: Desk, refused: Refused | None = None) -> Response:
        require(desk.actor, self.area.sees)
        rows = await self.ledger.rows(desk.ctx)
        lines = list(zip(rows, await self.ledger.cells(desk, rows), strict=True))
        values = {"lines": lines, "past": (), "version": await _version(desk)}
        return await self._page(desk, "settings/routing.html", refused=refused, **values)

    async def move(self, desk: Desk, fields: Fields) -> Response:
        """Put a rule one place up or down; only if nobody changed the rules meanwhile."""
        require(desk.actor, self.area.permission)
        row, up = await self.row(desk), fields.flag("up")
        rows = list(await self.ledger.rows(desk.ctx))
        place = next(number for number, each in enumerate(rows) if each.id == row.id)
        other = place - 1 if up else place + 1
        if 0 <= other < len(rows):
            rows[place], rows[other] = rows[other], rows[place]
            try:
                given = {RULES: await _written(desk, rows), "expected_version": fields.number("version")}
                await do(desk, fields, "applyRoutingRules", apply_routing_rules, given)
            except DomainError as error:
                return await self._index(desk, _back(ORDER, fields, error))
        return to(f"{self.area.path}?done=moved")

    async def add(self, desk: Desk, fields: Fields) -> Response:
        """Add a rule, or show what it would have spared people."""
        if ESTIMATE not in fields:
            return await super().add(desk, fields)
        require(desk.actor, self.area.permission)
        try:
            found = await self._estimated(desk, fields, None)
        except DomainError as error:
            return await self.form(desk, _back(FORM, fields, error))
        return await self.form(desk, Refused(FORM, fields, None), estimate=found)

    async def change(self, desk: Desk, fields: Fields) -> Response:
        """Change a rule, or show what that would have spared people."""
        if ESTIMATE not in fields:
            return await super().change(desk, fields)
        require(desk.actor, self.area.permission)
        row = await self.row(desk)
        try:
            found = await self._estimated(desk, fields, row.id)
        except DomainError as error:
            return await self.of_row(desk, row, _back(FORM, fields, error))
        return await self.of_row(desk, row, Refused(FORM, fields, None), estimate=found)

    async def _estimated(self, desk: Desk, fields: Fields, changed: int | None) -> Saved:
        read = await read_all(desk, self.ledger.fields, fields, new=changed is None)
        rows = list(await self.ledger.rows(desk.ctx))
        return await estimated(desk, rows, self.ledger.given(read), changed)

    async def trial(self, desk: Desk) -> Response:
        """The present rules as text, to be changed and tried."""
        require(desk.actor, self.area.permission)
        return await self._trial(desk)

    async def _trial(self, desk: Desk, refused: Refused | None = None, **values: Any) -> Response:
        rows = await self.ledger.rows(desk.ctx)
        text = as_file(await _written(desk, rows)).removeprefix("---\n")
        known = {"text": text, "days": USUAL_DAYS, "tried": None, "version": await _version(desk), "fates": FATES}
        return await self._page(desk, "settings/routing_try.html", refused=refused, **(known | values))

    async def attempt(self, desk: Desk, fields: Fields) -> Response:
        """What the rules in the text would have made; nothing is done."""
        require(desk.actor, self.area.permission)
        try:
            document = _read(fields.text(RULES))
            days = fields.number("days") or USUAL_DAYS
            trial = await _located(document, routing.trial_of(desk.ctx, rules=document.values[RULES], days=days))
        except DomainError as error:
            return await self._trial(desk, _back(TRY, fields, error))
        found = {"tried": await routing.told(desk.ctx, trial), "estimate": await spared(desk.ctx, trial)}
        return await self._trial(desk, Refused(TRY, fields, None), **found)

    async def apply(self, desk: Desk, fields: Fields) -> Response:
        """Put the rules in the text into force, and no others."""
        require(desk.actor, self.area.permission)
        try:
            document = _read(fields.text(RULES))
            given = {RULES: document.values[RULES], "expected_version": fields.number("version")}
            await _located(document, do(desk, fields, "applyRoutingRules", apply_routing_rules, given))
        except DomainError as error:
            return await self._trial(desk, _back(TRY, fields, await self._stale(desk, fields, error)))
        return to(f"{self.area.path}?done=applied")

    async def _stale(self, desk: Desk, fields: Fields, error: DomainError) -> DomainError:
        """The refusal, with both texts if somebody else put other rules into force meanwhile."""
        if not late(error):
            return error
        theirs = as_file(await _written(desk, await self.ledger.rows(desk.ctx))).removeprefix("---\n")
        version = await _version(desk) or 0
        return stale(error, version=version, seen=fields.text("version"), theirs=theirs, yours=fields.text(RULES))

    async def versions(self, desk: Desk) -> Response:
        """What the rules were, the newest first."""
        return await self._versions(desk)

    async def _versions(self, desk: Desk, refused: Refused | None = None) -> Response:
        require(desk.actor, self.area.sees)
        given = asked(desk.request)
        before, after = given.optional("before"), given.optional("after")
        window: dict[str, Any] = {"last": SHOWN, "before": Cursor(before)} if before else {"first": SHOWN}
        if after and not before:
            window["after"] = Cursor(after)
        found = await routing.routing_versions(desk.ctx, **window)
        who = await people.names(desk.ctx, [Who(each.author_kind, each.author_id) for each in found.nodes])
        texts = [as_file(rules).removeprefix("---\n") for rules in await routing.rules_of(desk.ctx, found.nodes)]
        lines = list(zip(found.nodes, who, texts, strict=True))
        values = {"lines": lines, "page": found, "version": await _version(desk)}
        return await self._page(desk, "settings/routing_versions.html", refused=refused, **values)

    async def restore_version(self, desk: Desk, fields: Fields) -> Response:
        """Go back to the rules of a version."""
        require(desk.actor, self.area.permission)
        try:
            number = fields.number("number")
            if number is None:
                raise invalid("number", "Which version is not said.", "Choose it from the list.")
            await do(desk, fields, "restoreRoutingRules", restore_routing_rules, version=number)
        except DomainError as error:
            return await self._versions(desk, _back(VERSIONS, fields, error))
        return to(f"{self.area.path}?done=applied")

    def routes(self) -> list[BaseRoute]:
        """Those of a list; before them those of the rules as a whole, whose names are no ids."""
        path = self.area.path
        return [
            Route(f"{path}/try", view(self.trial)),
            Route(f"{path}/try", posted(self.attempt), methods=["POST"]),
            Route(f"{path}/apply", posted(self.apply), methods=["POST"]),
            Route(f"{path}/apply", view(self.upwards)),
            Route(f"{path}/versions", view(self.versions)),
            Route(f"{path}/versions", posted(self.restore_version), methods=["POST"]),
            *super().routes(),
            Route(f"{path}/{{id}}/move", posted(self.move), methods=["POST"]),
            Route(f"{path}/{{id}}/move", view(self.back)),
        ]

    async def upwards(self, desk: Desk) -> Response:
        """Where the address of a form leads when it is only looked at."""
        return to(f"{desk.path.rpartition('/')[0]}/try")


async def _written(desk: Desk, rows: Sequence[Any]) -> list[dict[str, Any]]:
    return (await exported(desk.ctx.reader, [[as_kept(row) for row in rows]]))[0]


async def _version(desk: Desk) -> int | None:
    """The version that is in force; None before the first change."""
    found = await routing.routing_versions(desk.ctx, first=1)
    return found.nodes[0].version if found.nodes else None


def _read(text: str) -> Document:
    try:
        return read_rules(text)
    except FileError as error:
        raise _said(error) from error


async def _located(document: Document, doing: Awaitable[T]) -> T:
    """Carry something out with the rules of a text; what is wrong with one says where it stands there."""
    try:
        return await doing
    except DomainError as error:
        if not (error.field or "").startswith(RULES):
            raise
        raise _said(document.located(error)) from error


def _said(error: FileError) -> DomainError:
    place = f"Line {error.place.line}, column {error.place.column}: {error.message}"
    return DomainError(error.code, place, field=RULES, hint=error.hint)


def _back(form: str, fields: Fields, error: DomainError) -> Refused:
    if error.code in CLOSED:
        raise error
    return Refused(form, fields, error)
