"""`/console/on-call/{id}`: a schedule: who is on call now and next, drawn and in words, and faults ahead."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from starlette.responses import Response

from actions.schedules.covering import keeps
from actions.schedules.reading import Rota
from console.desk import Desk
from console.fields import asked
from console.posting import Refused
from console.rota.read import AHEAD, PATH, names_of, rota_of, schedule_of, zone_of
from console.rota.timeline import timeline, window
from core.ids import encode
from models.person import Team, User
from models.schedule.free_days import YEARS
from models.schedule.shifts import joined
from models.schedule.table import Schedule
from resolvers import schedules
from resolvers.rows import by_key

LENGTHS = (7, 14, 28)


async def show(desk: Desk) -> Response:
    """The page."""
    return await page(desk, await schedule_of(desk))


async def page(desk: Desk, row: Schedule, refused: Refused | None = None, *, link: str | None = None) -> Response:
    """The page, with a form that came back, or with a link that was made."""
    reach = await rota_of(desk, row, desk.now - AHEAD, desk.now + AHEAD)
    zone = zone_of(reach)
    first, days = _stretch(desk, desk.now.astimezone(zone).date())
    since, until = window(first, days, zone)
    rota = await rota_of(desk, row, since, until)
    shown = joined(rota.shifts(since, until))
    coming = [each for each in joined(reach.shifts(desk.now, desk.now + AHEAD)) if each.ends_at > desk.now]
    people = await _people(desk, rota, reach)
    twice = [each for each in await schedules.twice(desk.ctx) if row.id in (each.schedule_id, each.other_schedule_id)]
    others = await by_key(
        desk.ctx, Schedule, {key for each in twice for key in (each.schedule_id, each.other_schedule_id)}
    )
    team = (await by_key(desk.ctx, Team, [row.team_id])).get(row.team_id) if row.team_id else None
    return await desk.page(
        "rota/schedule.html",
        status=refused.status if refused else 200,
        refused=refused,
        row=row,
        here=f"{PATH}/{encode('Schedule', row.id)}",
        team=team,
        zone=zone.key,
        now=next((each for each in coming if each.starts_at <= desk.now), None),
        next=next((each for each in coming if each.starts_at > desk.now), None),
        line=timeline(rota, zone, first, days, people, desk.now),
        first=first,
        days=days,
        lengths=LENGTHS,
        before=first - timedelta(days=days),
        after=first + timedelta(days=days),
        shown=shown,
        coming=coming,
        people=people,
        gaps=schedules.gaps_in(reach, desk.now, desk.now + AHEAD),
        gone=sorted(people[key] for key in reach.gone if key in people),
        twice=[(each, others[_other(each, row)].name) for each in twice],
        load=schedules.shared(reach, desk.now - AHEAD, desk.now + AHEAD),
        overrides=(await schedules.overrides_of(desk.ctx, [row]))[0],
        versions=(await schedules.coming_versions(desk.ctx, [row]))[0],
        keeps=await keeps(desk.ctx.reader, desk.actor, row),
        everybody=await _everybody(desk),
        ident=encode,
        link=link,
    )


def _other(each: Any, row: Schedule) -> int:
    return int(each.other_schedule_id if each.schedule_id == row.id else each.schedule_id)


def _stretch(desk: Desk, today: date) -> tuple[date, int]:
    """The first day that is shown, a Monday unless it is said, and how many."""
    given = asked(desk.request)
    days = next((each for each in LENGTHS if str(each) == given.text("days")), 14)
    try:
        first = date.fromisoformat(given.text("from"))
    except ValueError:
        first = today - timedelta(days=today.weekday())
    return (first if first.year in YEARS else today), days


async def _people(desk: Desk, *many: Rota) -> dict[int, str]:
    keys: set[int | None] = set()
    for rota in many:
        keys |= {person for plan in rota.plans for layer in plan.layers for person in layer.participants}
        keys |= {each.person for each in rota.overrides}
    return await names_of(desk, keys)


async def _everybody(desk: Desk) -> list[tuple[str, str]]:
    rows = select(User.id, User.name).where(User.archived_at.is_(None)).order_by(User.name, User.id)
    return [(encode("User", each.id), each.name) for each in await desk.ctx.reader.execute(rows)]
