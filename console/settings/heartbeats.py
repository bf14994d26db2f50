"""Heartbeats: what should report every so often. An address is shown once, with the line that reports to it."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.heartbeats.pausing import pause_heartbeat, resume_heartbeat
from actions.heartbeats.saving import GRACE, OVERLAP, create_heartbeat, rotate_heartbeat_key, save_heartbeat
from actions.heartbeats.spans import words
from auth.permission import Permission, require
from console.desk import Desk, view
from console.fields import Fields
from console.posting import Refused, do, posted, to
from console.settings import choices
from console.settings.areas import area_of
from console.settings.field import Field, Kind
from console.settings.form import CLOSED
from console.settings.frame import area_page
from console.settings.keeping import Keeping
from console.settings.ledger import Act, Cells, Ledger
from core.errors import DomainError
from core.ids import encode
from models.heartbeat import Heartbeat, HeartbeatState
from models.service import Service
from resolvers import heartbeats
from resolvers.context import Context
from resolvers.mutations.perform import Given, Outcome
from resolvers.rows import by_key

PATH = area_of("heartbeats").path
STATES = {
    HeartbeatState.NEW: "Never reported",
    HeartbeatState.UP: "Up",
    HeartbeatState.LATE: "Late",
    HeartbeatState.DOWN: "Down",
    HeartbeatState.PAUSED: "Paused",
}
USE = (
    "Have the job or monitor ask for this address whenever it went well. With /fail behind it, or an exit status, it"
    " says that it did not. Whoever has the address can report."
)


def line_of(address: str) -> str:
    """What a script reports with: it tries again for a minute, so that a restart of ours loses nothing."""
    return f"curl -fsS -m 10 --retry 5 --retry-connrefused -o /dev/null {shlex.quote(address)}"


async def _cells(desk: Desk, rows: Sequence[Any]) -> list[Cells]:
    t = await desk.times()
    services = await by_key(desk.ctx, Service, (row.service_id for row in rows))
    return [
        (
            STATES[row.state_at(desk.now)],
            words(row.every_seconds),
            t.clock(row.last_seen_at) if row.last_seen_at else "Never",
            services[row.service_id].name if row.service_id in services else "",
        )
        for row in rows
    ]


async def _values(_: Context, row: Any) -> dict[str, Any]:
    return {"service": encode("Service", row.service_id) if row.service_id else None}


async def _more(desk: Desk, row: Any) -> Mapping[str, Any]:
    state = row.state_at(desk.now)
    return {"state": state, "standing": STATES[state], "words": words, "overlap": OVERLAP}


async def _added(desk: Desk, _: Fields, outcome: Outcome) -> Response:
    return await _address_page(desk, outcome)


async def _address_page(desk: Desk, outcome: Outcome) -> Response:
    (address,) = await heartbeats.heartbeat_urls(desk.ctx, [outcome])
    return await area_page(
        desk,
        HEARTBEATS.area,
        "settings/secret.html",
        what="Address of the heartbeat",
        secret=address,
        sample=line_of(address) if address else None,
        tries="Put this line at the end of the script, or paste it into a terminal: it reports once.",
        use=USE,
        back=f"{PATH}/{encode('Heartbeat', outcome.key)}",
        back_words="See whether it reported",
    )


_FIELDS = (
    Field("name", "Name", "What should report: “Nightly backup, Frankfurt”. Alerts are called by it.", required=True),
    Field("service", "Service", "What its alerts are about, where their routing rule says no other.", Kind.CHOICE,
          choices=choices.services, blank="None"),
    Field("every_seconds", "Every (seconds)", "How often it reports: 300 is five minutes, 86400 a day. At least 30.",
          Kind.NUMBER, required=True, start=300),
    Field("grace_seconds", "Grace (seconds)", "How late it may be, for jobs that take now longer, now shorter. Then its"
          " silence is an alert.", Kind.NUMBER, required=True, start=GRACE),
)  # fmt: skip

HEARTBEATS = Ledger(
    area="heartbeats",
    noun="heartbeat",
    node="Heartbeat",
    model=Heartbeat,
    rows=heartbeats.all_heartbeats,
    headings=("State", "Every", "Last report", "Service"),
    cells=_cells,
    values=_values,
    save=Act("saveHeartbeat", save_heartbeat),
    create=Act("createHeartbeat", create_heartbeat),
    added=_added,
    plain=True,
    fields=_FIELDS,
    parting="Its address is closed, and its alert, if it has one, is over.",
    empty="No heartbeats yet. A backup that never runs sends no alert: have it report when it went well, and its"
    " silence becomes one.",
    template="settings/heartbeat.html",
    more=_more,
)


class HeartbeatPages(Keeping):
    """The pages of heartbeats: also pausing one, and giving it another address."""

    async def pause(self, desk: Desk, fields: Fields) -> Response:
        """Wait for no report."""
        return await self._step(desk, fields, "pauseHeartbeat", pause_heartbeat, "paused")

    async def resume(self, desk: Desk, fields: Fields) -> Response:
        """Wait for it again."""
        return await self._step(desk, fields, "resumeHeartbeat", resume_heartbeat, "resumed")

    async def _step(self, desk: Desk, fields: Fields, name: str, action: Any, done: str) -> Response:
        require(desk.actor, Permission.ALERT)
        row = await self.row(desk)
        try:
            await do(desk, fields, name, action, heartbeat=self.ledger.reference(row))
        except DomainError as error:
            if error.code in CLOSED:
                raise
            return await self.of_row(desk, await self.row(desk), Refused("step", fields, error))
        return to(f"{self.area.path}/{self.ledger.reference(row)}?done={done}")

    async def rotate(self, desk: Desk, fields: Fields) -> Response:
        """Give it another address, shown once."""
        require(desk.actor, self.area.permission)
        row = await self.row(desk)
        try:
            given: Given = {"heartbeat": self.ledger.reference(row)}
            minutes = fields.number("overlap_minutes")
            if minutes is not None:
                given["overlap_minutes"] = minutes
            made = await do(desk, fields, "rotateHeartbeatKey", rotate_heartbeat_key, **given)
        except DomainError as error:
            if error.code in CLOSED:
                raise
            return await self.of_row(desk, await self.row(desk), Refused("rotate", fields, error))
        return await _address_page(desk, made)

    def routes(self) -> list[BaseRoute]:
        """Those of a list, and the steps."""
        one = f"{self.area.path}/{{id}}"
        steps = [("pause", self.pause), ("resume", self.resume), ("rotate", self.rotate)]
        made = [Route(f"{one}/{name}", posted(step), methods=["POST"]) for name, step in steps]
        return [*super().routes(), *made, *(Route(f"{one}/{name}", view(self.back)) for name, _ in steps)]
