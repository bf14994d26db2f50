"""The pages of a ledger: its list, the form of something new, the page of one with its form, and archiving it."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from auth.permission import require
from console.desk import Desk, view
from console.fields import Fields
from console.posting import Refused, posted, to
from console.settings.areas import area_of
from console.settings.field import Kind, as_written, control
from console.settings.form import (
    CLOSED,
    FORM,
    PARTING,
    VERSION,
    both,
    confirmed,
    controls_of,
    read_all,
    status_of,
    version_of,
)
from console.settings.frame import area_page
from console.settings.ledger import Ledger
from core.errors import DomainError, ErrorCode, not_found
from core.ids import encode


class Keeping:
    """The pages of one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.area = area_of(ledger.area)

    async def index(self, desk: Desk) -> Response:
        """The list, archived ones folded away."""
        require(desk.actor, self.area.sees)
        rows = await self.ledger.rows(desk.ctx)
        lines = list(zip(rows, await self.ledger.cells(desk, rows), strict=True))
        past = [line for line in lines if getattr(line[0], "archived", False)]
        present = [line for line in lines if not getattr(line[0], "archived", False)]
        return await self._page(desk, "settings/list.html", lines=present, past=past)

    async def new(self, desk: Desk) -> Response:
        """The form of something new."""
        require(desk.actor, self.area.permission)
        return await self.form(desk)

    async def show(self, desk: Desk) -> Response:
        """One of them: its form for those who may change it, else what it is."""
        require(desk.actor, self.area.sees)
        return await self.of_row(desk, await self.row(desk))

    async def add(self, desk: Desk, fields: Fields) -> Response:
        """Add what was written, and show it."""
        require(desk.actor, self.area.permission)
        act = self.ledger.create or self.ledger.save
        assert act is not None  # noqa: S101 (its route is there for those that have one)
        try:
            given = self.ledger.given(await read_all(desk, self.ledger.fields, fields, new=True))
            outcome = await act.carry_out(desk, fields, given)
        except DomainError as error:
            if error.code in CLOSED:
                raise
            return await self.form(desk, Refused(FORM, fields, error))
        if self.ledger.added is not None:
            return await self.ledger.added(desk, fields, outcome)
        return to(f"{self.area.path}/{encode(self.ledger.node, outcome.key)}?done=added")

    async def change(self, desk: Desk, fields: Fields) -> Response:
        """Change it to what was written."""
        require(desk.actor, self.area.permission)
        row, act = await self.row(desk), self.ledger.save
        assert act is not None  # noqa: S101 (its route is there for those that have one)
        try:
            given = self.ledger.given(await self.changes(desk, row, fields))
            if self.ledger.versioned:
                given[VERSION] = fields.number(VERSION)
            await act.carry_out(desk, fields, {**given, act.names: self.ledger.reference(row)})
        except DomainError as error:
            if error.code in CLOSED:
                raise
            row = await self.row(desk)
            refusal = await self._both(desk, row, fields) if error.code is ErrorCode.VERSION_CONFLICT else error
            return await self.of_row(desk, row, Refused(FORM, fields, refusal))
        return to(f"{desk.path}?done=changed")

    async def changes(self, desk: Desk, row: Any, fields: Fields) -> dict[str, Any]:
        """What was written, apart from moments that stayed: a form shows them to the minute alone."""
        times, held = await desk.times(), await self.ledger.held(desk.ctx, row)
        found = await read_all(desk, self.ledger.fields, fields, new=False)
        moments = [field.name for field in self.ledger.fields if field.kind is Kind.MOMENT]
        same = {name for name in moments if fields.text(name) == times.field(held[name])}
        return {name: value for name, value in found.items() if name not in same}

    async def part(self, desk: Desk, fields: Fields) -> Response:
        """Archive it, or delete what is not archived; only with its name typed."""
        require(desk.actor, self.area.permission)
        if self.ledger.remove and await self.ledger.one(desk.ctx, desk.request.path_params["id"]) is None:
            return to(f"{self.area.path}?done=deleted")  # the form was sent twice
        row, act = await self.row(desk), self.ledger.remove or self.ledger.save
        assert act is not None  # noqa: S101 (its route is there for those that have one)
        given = {} if self.ledger.remove else {"archived": True}
        try:
            confirmed(fields, self.ledger.title(row))
            await act.carry_out(desk, fields, {**given, act.names: self.ledger.reference(row)})
        except DomainError as error:
            if error.code in CLOSED:
                raise
            return await self.of_row(desk, row, Refused(PARTING, fields, error))
        return to(f"{self.area.path}?done={'deleted' if self.ledger.remove else 'archived'}")

    async def restore(self, desk: Desk, fields: Fields) -> Response:
        """Bring it back from the archive."""
        require(desk.actor, self.area.permission)
        row, act = await self.row(desk), self.ledger.save
        assert act is not None  # noqa: S101 (its route is there for those that have one)
        try:
            await act.carry_out(desk, fields, {act.names: self.ledger.reference(row), "archived": False})
        except DomainError as error:
            if error.code in CLOSED:
                raise
            return await self.of_row(desk, row, Refused("restore", fields, error))
        return to(f"{self._address(row)}?done=restored")

    async def back(self, desk: Desk) -> Response:
        """Where a form's address leads when it is only looked at."""
        return to(f"{self.area.path}/{desk.request.path_params['id']}")

    async def of_row(self, desk: Desk, row: Any, refused: Refused | None = None, **values: Any) -> Response:
        """The page of one, perhaps with a form that came back."""
        controls = await controls_of(desk.ctx, self.ledger.fields, await self.ledger.held(desk.ctx, row), refused)
        return await self._page(
            desk,
            self.ledger.template,
            refused=refused,
            row=row,
            title=self.ledger.title(row),
            address=self._address(row),
            controls=[each for each in controls if not each.field.aside],
            version=version_of(row, refused) if self.ledger.versioned else None,
            **{**await self.ledger.more(desk, row), **values},
        )

    async def form(self, desk: Desk, refused: Refused | None = None, **values: Any) -> Response:
        """The form of something new, perhaps one that came back."""
        start = {field.name: field.start for field in self.ledger.fields}
        controls = await controls_of(desk.ctx, self.ledger.fields, start, refused)
        return await self._page(desk, self.ledger.form, refused=refused, controls=controls, **values)

    async def _page(self, desk: Desk, template: str, *, refused: Refused | None = None, **values: Any) -> Response:
        error = refused.error if refused is not None else None
        return await area_page(
            desk,
            self.ledger.area,
            template,
            status=200 if error is None else status_of(error),
            refused=refused,
            ledger=self.ledger,
            done=desk.request.query_params.get("done", ""),
            **values,
        )

    async def row(self, desk: Desk) -> Any:
        """The row that the address names. NOT_FOUND."""
        reference = desk.request.path_params["id"]
        row = await self.ledger.one(desk.ctx, reference)
        if row is None:
            raise not_found("id", self.ledger.noun, reference)
        return row

    async def _both(self, desk: Desk, row: Any, fields: Fields) -> DomainError:
        held = await self.ledger.held(desk.ctx, row)
        own = [field for field in self.ledger.fields if not field.once and not field.aside]
        saved = [await control(desk.ctx, field, as_written(field, held[field.name])) for field in own]
        mine = [await control(desk.ctx, field, field.written(fields)) for field in own]
        return both(self.ledger.noun, row, fields, saved, mine)

    def _address(self, row: Any) -> str:
        return f"{self.area.path}/{self.ledger.reference(row)}"

    def routes(self) -> list[BaseRoute]:
        """The addresses of the list, the form of something new, and each row."""
        path, ledger = self.area.path, self.ledger
        made = [Route(path, view(self.index))]
        if ledger.create or ledger.save:
            made += [Route(f"{path}/new", view(self.new)), Route(f"{path}/new", posted(self.add), methods=["POST"])]
        made.append(Route(f"{path}/{{id}}", view(self.show)))
        if ledger.save:
            made.append(Route(f"{path}/{{id}}", posted(self.change), methods=["POST"]))
        steps = []
        if ledger.remove or (ledger.save and ledger.archives):
            steps.append(("part", self.part))
        if ledger.save and ledger.archives and not ledger.remove:
            steps.append(("restore", self.restore))
        for name, step in steps:
            made += [
                Route(f"{path}/{{id}}/{name}", posted(step), methods=["POST"]),
                Route(f"{path}/{{id}}/{name}", view(self.back)),
            ]
        return list(made)
