"""The layers of a schedule's version, as clients read and send them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from models.person import User
from models.schedule.plan import FreeDays, Layer, Plan
from models.schedule.table import ScheduleVersion
from models.schedule.words import HolidayRule, RotationKind
from models.schedule.written import plan_of
from resolvers.context import Context
from resolvers.rows import by_key


@dataclass(frozen=True, slots=True)
class LayerWindow:
    """Hours in which a layer counts."""

    start: str
    end: str
    days: list[int]
    until_day: int | None


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One layer, with people in the order of their turns."""

    name: str
    people: tuple[int, ...]
    kind: RotationKind
    length: int
    start: date
    end: date | None
    hand_over: str
    weekday: int | None
    day: int | None
    windows: list[LayerWindow]
    holidays: HolidayRule


@dataclass(frozen=True, slots=True)
class FreeDayRow:
    """A holiday of one's own."""

    day: date
    name: str


async def layers(_: Context, versions: Sequence[ScheduleVersion]) -> list[list[LayerRow]]:
    """The layers of each, the first that wins first."""
    return [[_layer(each) for each in plan_of(row.definition, row.valid_from).layers] for row in versions]


async def free_days(_: Context, versions: Sequence[ScheduleVersion]) -> list[list[FreeDayRow]]:
    """Holidays of one's own of each, by date."""
    return [_days(plan_of(row.definition, row.valid_from)) for row in versions]


async def people(ctx: Context, rows: Sequence[LayerRow]) -> list[list[User]]:
    """The people of each, in the order of their turns."""
    found = await by_key(ctx, User, {key for row in rows for key in row.people})
    return [[found[key] for key in row.people if key in found] for row in rows]


def _layer(layer: Layer) -> LayerRow:
    return LayerRow(
        layer.name,
        layer.participants,
        layer.kind,
        layer.length,
        layer.start,
        layer.end,
        layer.hand_over.isoformat("minutes"),
        layer.weekday + 1 if layer.weekday is not None else None,
        layer.day,
        [
            LayerWindow(
                each.start.isoformat("minutes"),
                each.end.isoformat("minutes"),
                sorted(day + 1 for day in each.days),
                each.until_day + 1 if each.until_day is not None else None,
            )
            for each in layer.windows
        ],
        layer.holidays,
    )


def _days(plan: Plan) -> list[FreeDayRow]:
    own: FreeDays = plan.free_days
    return [FreeDayRow(day, name) for day, name in sorted(own.own.items())]
