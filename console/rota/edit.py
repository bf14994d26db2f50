"""The form of a schedule: all of it at once, without JavaScript. The last block of fields adds a layer."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from starlette.responses import Response

from actions.schedules.layers import LAYERS
from actions.schedules.saving import save_schedule
from auth.permission import Permission, require
from console.desk import Desk
from console.fields import Fields
from console.posting import Refused, do, to
from console.rota.read import PATH, schedule_of
from console.settings.choices import teams
from core.errors import DomainError, invalid
from core.ids import encode
from models.person import User
from models.schedule.table import Schedule, ScheduleVersion
from models.schedule.window_text import DAYS, EXAMPLE, read_windows, write_window
from models.schedule.words import HolidayRule, RotationKind
from resolvers import schedules
from resolvers.schedule_layers import LayerRow, free_days, layers

FORM = "schedule"
KINDS = [(RotationKind.WEEKLY, "weeks"), (RotationKind.DAILY, "days"), (RotationKind.HOURLY, "hours"),
         (RotationKind.MONTHLY, "months")]  # fmt: skip
HOLIDAYS = [(HolidayRule.ALSO, "Counts on holidays, too"), (HolidayRule.NOT, "Not on holidays"),
            (HolidayRule.ONLY, "Only on holidays")]  # fmt: skip


class Block(NamedTuple):
    """The fields of a layer, as texts."""

    name: str = ""
    participants: str = ""
    kind: str = RotationKind.WEEKLY
    length: str = "1"
    start: str = ""
    end: str = ""
    hand_over: str = "09:00"
    weekday: str = ""
    day: str = ""
    windows: str = ""
    holidays: str = HolidayRule.ALSO


async def new(desk: Desk) -> Response:
    """The form of a new schedule."""
    return await _page(desk, None)


async def change(desk: Desk) -> Response:
    """The form of one that is there."""
    return await _page(desk, await schedule_of(desk))


async def add(desk: Desk, fields: Fields) -> Response:
    """Add a schedule."""
    return await _save(desk, fields, None)


async def save(desk: Desk, fields: Fields) -> Response:
    """Change one."""
    return await _save(desk, fields, await schedule_of(desk))


async def _save(desk: Desk, fields: Fields, row: Schedule | None) -> Response:
    zone = (await desk.times()).zone
    filled = [index for index in range(LAYERS) if _filled(fields, index)]
    try:
        wanted: dict[str, Any] = {
            "name": fields["name"],
            "team": fields.optional("team"),
            "zone": fields["zone"],
            "country": fields.optional("country"),
            "part": fields.optional("part"),
            "free_days": _read_days(fields.text("free_days")),
            "layers": [_read_layer(fields, f"layers.{index}") for index in filled],
        }
        if row is not None:
            wanted |= {"id": encode("Schedule", row.id), "expected_version": fields.number("version")}
            wanted["archived"] = fields.flag("archived")
        begins = fields.moment("valid_from", zone)
        if begins is not None:
            wanted["valid_from"] = begins
        outcome = await do(desk, fields, "saveSchedule", save_schedule, wanted)
    except DomainError as error:
        error.field = _in_form(error.field, filled)
        return await _page(desk, row, Refused(FORM, fields, error))
    return to(f"{PATH}/{encode('Schedule', outcome.key)}")


def _filled(fields: Fields, index: int) -> bool:
    """Whether a block of fields is a layer: without a name and people it is left out, or taken away."""
    return f"layers.{index}.name" in fields or f"layers.{index}.participants" in fields


def _in_form(field: str | None, filled: Sequence[int]) -> str | None:
    """A field as the form calls it: what the action counts as layer 1 may be block 2."""
    head, _, rest = (field or "").partition(".")
    number, _, path = rest.partition(".")
    if head != "layers" or not number.isdigit() or int(number) >= len(filled):
        return field
    # A list is one field of the form: what the action says of its third line is said of it.
    part = path.partition(".")[0]
    return f"layers.{filled[int(number)]}.{part}" if part else f"layers.{filled[int(number)]}"


def _read_layer(fields: Fields, place: str) -> Mapping[str, Any]:
    def text(name: str) -> str | None:
        return fields.optional(f"{place}.{name}")

    return {
        "name": text("name") or "",
        "participants": [line.strip() for line in fields.text(f"{place}.participants").split("\n") if line.strip()],
        "kind": fields.one_of(f"{place}.kind", {kind.value: kind for kind in RotationKind}),
        "length": fields.number(f"{place}.length") or 1,
        "start": _read_date(text("start"), f"{place}.start"),
        "end": _read_date(text("end"), f"{place}.end") if text("end") else None,
        "hand_over": text("hand_over") or "09:00",
        "weekday": fields.number(f"{place}.weekday"),
        "day": fields.number(f"{place}.day"),
        "windows": _read_windows(text("windows") or "", f"{place}.windows"),
        "holidays": fields.one_of(f"{place}.holidays", {rule.value: rule for rule in HolidayRule}),
    }


def _read_date(text: str | None, field: str) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        raise invalid(field, f"{(text or '')[:40]!r} is no date.", "Write it as 2026-11-30.") from None


def _read_windows(text: str, field: str) -> list[dict[str, Any]]:
    try:
        return read_windows(text)
    except ValueError as error:
        hint = f"Write them as {EXAMPLE}, or Fri 18:00 - Mon 08:00, one a line."
        raise invalid(field, f"{str(error)[:60]!r} are no hours.", hint) from None


def _read_days(text: str) -> list[dict[str, Any]]:
    """Holidays of one's own, one a line: a date and a name."""
    found = []
    for line in text.split("\n"):
        if line.strip():
            day, _, name = line.strip().partition(" ")
            found.append({"day": _read_date(day, "free_days"), "name": name.strip() or "Holiday"})
    return found


async def _page(desk: Desk, row: Schedule | None, refused: Refused | None = None) -> Response:
    require(desk.actor, Permission.CATALOGUE)
    version = _latest(await schedules.standing(desk.ctx, row)) if row is not None else None
    blocks = await _blocks(desk, version)
    days = (await free_days(desk.ctx, [version]))[0] if version is not None else []
    frame = await desk.frame()
    return await desk.page(
        "rota/edit.html",
        status=refused.status if refused else 200,
        refused=refused,
        row=row,
        here=f"{PATH}/{encode('Schedule', row.id)}" if row is not None else None,
        action=f"{PATH}/{encode('Schedule', row.id)}/edit" if row is not None else f"{PATH}/new",
        blocks=blocks,
        definition=version.definition if version is not None else {"zone": frame.zone, "country": None, "part": None},
        days="\n".join(f"{each.day} {each.name}" for each in days),
        teams=[(choice.value, choice.words) for choice in await teams(desk.ctx) if not choice.archived],
        team=encode("Team", row.team_id) if row is not None and row.team_id is not None else "",
        kinds=KINDS,
        weekdays=list(enumerate(DAYS, 1)),
        holidays=HOLIDAYS,
        example=EXAMPLE,
    )


def _latest(versions: Sequence[ScheduleVersion]) -> ScheduleVersion | None:
    return versions[-1] if versions else None


async def _blocks(desk: Desk, version: ScheduleVersion | None) -> list[Block]:
    """The layers as texts, and an empty one to add another."""
    rows = (await layers(desk.ctx, [version]))[0] if version is not None else []
    people = {key for row in rows for key in row.people}
    known = await desk.ctx.reader.execute(select(User.id, User.email).where(User.id.in_(people))) if people else ()
    emails = {row.id: row.email for row in known}
    empty = Block(start=str(desk.now.date()))
    return [*(_block(row, emails) for row in rows), *([empty] if len(rows) < LAYERS else [])]


def _block(row: LayerRow, emails: Mapping[int, str]) -> Block:
    return Block(
        row.name,
        "\n".join(emails[key] for key in row.people if key in emails),
        row.kind.value,
        str(row.length),
        str(row.start),
        str(row.end or ""),
        row.hand_over,
        str(row.weekday or ""),
        str(row.day or ""),
        "\n".join(write_window(each.start, each.end, each.days, each.until_day) for each in row.windows),
        row.holidays.value,
    )
