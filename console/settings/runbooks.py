"""Runbooks: what to do, in Markdown, with a preview of how it reads."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from actions.runbooks.saving import save_runbook
from auth.permission import require
from console.desk import Desk
from console.fields import Fields
from console.posting import Refused
from console.postmortem_forms import html_of
from console.settings import choices
from console.settings.field import Field, Kind
from console.settings.form import FORM
from console.settings.keeping import Keeping
from console.settings.ledger import Act, Cells, Ledger
from core.ids import encode
from models.runbook import Runbook
from models.service import Service
from resolvers import catalogue, runbooks
from resolvers.context import Context
from resolvers.rows import by_key

PREVIEW = "_preview"
HEADING = re.compile(r"(</?h)([1-6])>")


def reading(text: str) -> Markup:
    """How a runbook reads. Its headings stand below those of the page."""
    lower = HEADING.sub(lambda found: f"{found[1]}{min(int(found[2]) + 2, 6)}>", html_of(text))
    return Markup(lower)  # noqa: S704 (html_of has cleaned it)


async def _cells(desk: Desk, rows: Sequence[Any]) -> list[Cells]:
    services = await by_key(desk.ctx, Service, (row.service_id for row in rows))
    severities = await catalogue.current_severities(desk.ctx, [row.severity_id for row in rows])
    return [
        (
            services[row.service_id].name if row.service_id in services else "Any",
            severity.name if severity else "Any",
            row.version,
        )
        for row, severity in zip(rows, severities, strict=True)
    ]


async def _values(_: Context, row: Any) -> Mapping[str, Any]:
    return {
        "service": encode("Service", row.service_id) if row.service_id else None,
        "severity": encode("Severity", row.severity_id) if row.severity_id else None,
    }


async def _more(_: Desk, row: Any) -> Mapping[str, Any]:
    return {"reads": reading(row.body)}


_FIELDS = (
    Field("name", "Name", "What it helps with: “Checkout is slow”.", required=True),
    Field("service", "For the service", "Incidents of this service offer it.", Kind.CHOICE,
          choices=choices.services, blank="Any service"),
    Field("severity", "For the severity", "Incidents this bad offer it.", Kind.CHOICE,
          choices=choices.severities, blank="Any severity"),
    Field("body", "What to do", "Markdown. Each line that begins with “- [ ]” is a check: when the runbook is"
          " opened in an incident, it becomes a task that anybody can claim. At most 50.", Kind.TEXT, required=True,
          rows=18),
)  # fmt: skip

RUNBOOKS = Ledger(
    area="runbooks",
    noun="runbook",
    node="Runbook",
    model=Runbook,
    rows=runbooks.runbooks,
    headings=("Service", "Severity", "Version"),
    cells=_cells,
    values=_values,
    plain=True,
    versioned=True,
    save=Act("saveRunbook", save_runbook),
    fields=_FIELDS,
    then="What is opened in an incident already stays as it reads.",
    empty="No runbooks yet. Write down what you did the last time, so that whoever is called next need not find out.",
    parting="Incidents no longer offer it. Where it is opened it stays.",
    form="settings/runbook_new.html",
    template="settings/runbook.html",
    more=_more,
)


class RunbookPages(Keeping):
    """The pages of runbooks: their forms have a second button, which shows how it would read."""

    async def add(self, desk: Desk, fields: Fields) -> Response:
        """Add a runbook, or show how it would read."""
        if PREVIEW not in fields:
            return await super().add(desk, fields)
        require(desk.actor, self.area.permission)
        return await self.form(desk, Refused(FORM, fields, None), preview=reading(fields.text("body")))

    async def change(self, desk: Desk, fields: Fields) -> Response:
        """Change a runbook, or show how it would read."""
        if PREVIEW not in fields:
            return await super().change(desk, fields)
        require(desk.actor, self.area.permission)
        row = await self.row(desk)
        return await self.of_row(desk, row, Refused(FORM, fields, None), preview=reading(fields.text("body")))
