"""Silences: which alerts make no incident for a while."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from strawberry import ID

from actions.alerts.silences import MAX_LENGTH, end_silence, save_silence
from auth.permission import require
from auth.visibility import visible_alerts
from console.alike import labels_like
from console.desk import Desk, view
from console.fields import Fields
from console.posting import Refused, do, posted, to
from console.settings import choices
from console.settings.field import Field, Kind
from console.settings.form import CLOSED, FORM, controls_of
from console.settings.keeping import Keeping
from console.settings.ledger import Act, Cells, Ledger
from console.settings.routing import LABELS, labelled
from core.errors import DomainError, not_found
from core.ids import encode
from models.alert import Alert, AlertSource
from models.service import Service
from models.silence import Silence
from resolvers import alerts, silences
from resolvers.context import Context
from resolvers.rows import by_key

SHOWN = 20
"""How many of the alerts that a silence holds its page names."""
USUAL = timedelta(hours=1)
"""How long a silence lasts that is begun from an alert, unless somebody says otherwise."""


async def _cells(desk: Desk, rows: Sequence[Any]) -> list[Cells]:
    t = await desk.times()
    services = await by_key(desk.ctx, Service, (row.service_id for row in rows))
    sources = await by_key(desk.ctx, AlertSource, (row.source_id for row in rows))
    return [
        (
            _standing(row, desk),
            t.clock(row.starts_at),
            t.clock(row.ends_at),
            ", ".join(
                [f"{label} {wanted}" for label, wanted in row.matchers.items()]
                + [each.name for each in (sources.get(row.source_id), services.get(row.service_id)) if each]
            ),
        )
        for row in rows
    ]


def _standing(row: Any, desk: Desk) -> str:
    if row.ends_at <= desk.now:
        return "Over"
    return "Lasts" if row.starts_at <= desk.now else "To come"


async def _values(_: Context, row: Any) -> dict[str, Any]:
    return {
        "matchers": [{"label": label, "wanted": wanted} for label, wanted in row.matchers.items()],
        "service": encode("Service", row.service_id) if row.service_id else None,
        "source": encode("AlertSource", row.source_id) if row.source_id else None,
    }


async def _more(desk: Desk, row: Any) -> Mapping[str, Any]:
    mine = (Alert.silence_id == row.id, visible_alerts(desk.actor))
    held = await desk.ctx.reader.rows(Alert, silences.newest(mine, SHOWN + 1))
    over = row.ends_at <= desk.now
    return {"held": held[:SHOWN], "beyond": len(held) > SHOWN, "over": over, "locked": over}


_FIELDS = (
    Field("reason", "Why", "Whoever looks for the alerts reads it.", required=True),
    Field("matchers", "Alerts with these labels", LABELS, Kind.TABLE, row=lambda label, wanted: (label, wanted),
          keyed=("label", "wanted"), parts=(
              Field("label", "Label", required=True), Field("wanted", "Must be", required=True))),
    Field("source", "Of the alert source", "From which monitor they come.", Kind.CHOICE, choices=choices.sources,
          blank="Any"),
    Field("service", "Of the service", "As routing rules give it.", Kind.CHOICE, choices=choices.services,
          blank="Any"),
    Field("starts_at", "Starts", "In your time zone; the footer names it. Empty: now.", Kind.MOMENT),
    Field("ends_at", "Ends", f"At most {MAX_LENGTH.days} days after it starts.", Kind.MOMENT, required=True),
)  # fmt: skip

SILENCES = Ledger(
    area="silences",
    noun="silence",
    node="Silence",
    model=Silence,
    rows=silences.silences,
    headings=("State", "Starts", "Ends", "Alerts with"),
    cells=_cells,
    values=_values,
    given=labelled,
    title=lambda row: str(row.reason),
    archives=False,
    save=Act("saveSilence", save_silence),
    fields=_FIELDS,
    then="Alerts like these make no incident until then. What still fires at its end is routed as new.",
    empty="Nothing is silenced. A silence keeps alerts out of the way while you know why they fire: they are kept, and"
    " make no incidents.",
    template="settings/silence.html",
    form="settings/silence_new.html",
    more=_more,
)


class SilencePages(Keeping):
    """The pages of silences: also one begun from an alert, and ending one."""

    async def new(self, desk: Desk) -> Response:
        """The form of a new one; `?alert=` fills in what is like that alert, and says what it would hold."""
        require(desk.actor, self.area.permission)
        reference = desk.request.query_params.get("alert")
        if reference is None:
            return await self.form(desk)
        alert = await alerts.alert(desk.ctx, id=ID(reference))
        if alert is None:
            raise not_found("alert", "alert", reference)
        start = {field.name: field.start for field in self.ledger.fields}
        matchers = labels_like(alert.labels)
        start["matchers"] = [{"label": label, "wanted": wanted} for label, wanted in matchers.items()]
        start["source"] = encode("AlertSource", alert.source_id)
        start["ends_at"] = desk.now + USUAL
        like = await silences.held_by(desk.ctx, silences.Thought(matchers, alert.source_id, None))
        controls = await controls_of(desk.ctx, self.ledger.fields, start, None)
        return await self._page(desk, self.ledger.form, controls=controls, like=like[:SHOWN], likes=len(like))

    async def end(self, desk: Desk, fields: Fields) -> Response:
        """End it now."""
        require(desk.actor, self.area.permission)
        row = await self.row(desk)
        try:
            await do(desk, fields, "endSilence", end_silence, silence=self.ledger.reference(row))
        except DomainError as error:
            if error.code in CLOSED:
                raise
            return await self.of_row(desk, await self.row(desk), Refused(FORM, fields, error))
        return to(f"{self.area.path}/{self.ledger.reference(row)}?done=ended")

    def routes(self) -> list[BaseRoute]:
        """Those of a list, and the end."""
        end = f"{self.area.path}/{{id}}/end"
        return [*super().routes(), Route(end, posted(self.end), methods=["POST"]), Route(end, view(self.back))]
