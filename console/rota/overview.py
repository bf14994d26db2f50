"""The schedules on the page of who is on call: now and next, and where nobody is."""

from datetime import datetime
from typing import NamedTuple

from actions.schedules.reading import rotas
from actions.schedules.remembering import timelines
from console.desk import Desk
from console.rota.read import AHEAD, PATH, names_of
from core.ids import encode
from models.person import Team
from models.schedule.plan import Shift
from models.schedule.table import Schedule
from resolvers import schedules
from resolvers.rows import by_key


class Line(NamedTuple):
    """A schedule in the list."""

    row: Schedule
    href: str
    team: str | None
    now: Shift | None
    open: bool
    """Whether that goes on for as long as was worked out: two weeks at least."""
    next: Shift | None
    gap: tuple[datetime, datetime] | None
    """The first stretch within four weeks in which nobody is."""


class Overview(NamedTuple):
    """All of them, with what people are called."""

    lines: list[Line]
    names: dict[int, str]
    archived: list[tuple[str, str]]


async def overview(desk: Desk) -> Overview:
    """What the page lists."""
    rows = await schedules.schedules(desk.ctx)
    used = [row for row in rows if not row.archived]
    found = {key: line for key, _, _, line in await timelines(desk.ctx.reader, desk.now, [row.id for row in used])}
    ahead = {rota.schedule.id: rota for rota in await rotas(desk.ctx.reader, list(found), desk.now, desk.now + AHEAD)}
    teams = await by_key(desk.ctx, Team, (row.team_id for row in used))
    lines = []
    for row in used:
        gaps = schedules.gaps_in(ahead[row.id], desk.now, desk.now + AHEAD)
        line = found[row.id]
        now = line.at(desk.now)
        team = teams[row.team_id].name if row.team_id in teams else None
        lines.append(
            Line(
                row,
                _href(row),
                team,
                now,
                now is not None and now.ends_at >= line.until,
                line.after(desk.now),
                next(iter(gaps), None),
            )
        )
    people = await names_of(desk, {each.person for line in lines for each in (line.now, line.next) if each is not None})
    return Overview(lines, people, [(row.name, _href(row)) for row in rows if row.archived])


def _href(row: Schedule) -> str:
    return f"{PATH}/{encode('Schedule', row.id)}"
