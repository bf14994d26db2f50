"""GoAlert, as its GraphQL API has it (github.com/target/goalert, graphql2/schema.graphql): the answer to QUERY.

All targets of a schedule are on call at once: those that may overlap become schedules beside each other. A rotation's
present turn is where its `activeUserIndex` points.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from models.schedule.plan import Layer, Plan, Window
from models.schedule.rotation import turns as turns_of
from models.schedule.shifts import shifts
from models.schedule.words import RotationKind
from server.remote.moving import export
from server.remote.moving.moved import Cover, Moved, Policy, Rota, Service, Step, Target, Values
from server.remote.moving.turning import Turns, apart, lanes, layer_of

KINDS = {
    "hourly": RotationKind.HOURLY,
    "daily": RotationKind.DAILY,
    "weekly": RotationKind.WEEKLY,
    "monthly": RotationKind.MONTHLY,
}
INSTANT = timedelta(microseconds=1)
SUNDAY = 6
ALL_DAYS = 7


def read(given: Values, now: datetime) -> Moved:
    """What an export has, as it is from now on."""
    given = export.inner(given, "data") or given
    moved = Moved()
    people: dict[str, str] = {}
    for row in export.rows(given, "users"):
        if (address := export.person(moved, row, export.text(row, "email"), export.text(row, "name"))) is not None:
            people[export.text(row, "id")] = address
    moved.lose("people", "Contact methods and notification rules: everybody sets their own at /console/notifications.")
    rotations = {export.text(row, "id"): row for row in export.rows(given, "rotations")}
    overrides = export.rows(given, "userOverrides")
    schedules: dict[str, list[str]] = {}
    for name, row in export.named(moved, export.rows(given, "schedules"), "schedule", "name"):
        key = export.text(row, "id")
        made = _schedule(moved, name, row, rotations, people, now)
        schedules[key] = [rota.name for rota in made]
        moved.rotas += made
        for each in overrides:
            if export.text(export.inner(each, "target"), "id") == key:
                _override(moved, each, made, people, now)
    policies: dict[str, str] = {}
    for name, row in export.named(moved, export.rows(given, "escalationPolicies"), "escalation policy", "name"):
        if (policy := _policy(moved, name, row, people, schedules, rotations, now)) is not None:
            policies[export.text(row, "id")] = name
            moved.policies.append(policy)
    for name, row in export.named(moved, export.rows(given, "services"), "service", "name"):
        moved.services.append(Service(name, None, policies.get(export.text(row, "escalationPolicyID"))))
    if moved.services:
        moved.lose("services", "Integration keys and heartbeats: make alert sources and heartbeats here.")
    export.refuse_empty(moved, "GoAlert")
    return moved


def _schedule(
    moved: Moved, name: str, row: Values, rotations: dict[str, Values], people: dict[str, str], now: datetime
) -> list[Rota]:
    """The schedules that one becomes."""
    what = f"schedule {name}"
    zone = export.zone_of(moved, export.text(row, "timeZone"), what)
    if row.get("temporarySchedules"):
        moved.lose(what, "Temporary schedules are left out: add overrides for them.")
    layers: list[Layer] = []
    for each in export.rows(row, "targets"):
        windows = [_window(rule) for rule in export.rows(each, "rules")]
        hours = () if None in windows else tuple(window for window in windows if window is not None)
        target = export.inner(each, "target")
        if not windows or (layer := _target(moved, what, target, hours, zone, rotations, people, now)) is None:
            continue
        layers.append(layer)
    layers = apart(layers)
    beside = lanes(layers, zone, now) or [[]]
    names = [name if index == 0 else f"{name} ({lane[0].name})"[:120] for index, lane in enumerate(beside)]
    if len(beside) > 1:
        moved.lose(what, f"Several are on call at once: here they are the schedules {', '.join(names)}.")
    return [Rota(told, zone, lane) for told, lane in zip(names, beside, strict=True)]


def _target(
    moved: Moved,
    what: str,
    target: Values,
    hours: tuple[Window, ...],
    zone: ZoneInfo,
    rotations: dict[str, Values],
    people: dict[str, str],
    now: datetime,
) -> Layer | None:
    key, name = export.text(target, "id"), export.text(target, "name") or "Layer"
    place = f"{what}, {name}"
    if key in rotations:
        return _rotation(moved, place, rotations[key], hours, zone, people, now)
    if key not in people:
        moved.lose(place, "It is not there: left out.")
        return None
    begins = datetime(2020, 1, 1, tzinfo=zone)
    return layer_of(moved, Turns(place, name, [people[key]], RotationKind.WEEKLY, 1, begins, hours), zone, now)


def _rotation(
    moved: Moved,
    what: str,
    row: Values,
    hours: tuple[Window, ...],
    zone: ZoneInfo,
    people: dict[str, str],
    now: datetime,
) -> Layer | None:
    kind, clocks = KINDS.get(export.text(row, "type")), export.zone_of(moved, export.text(row, "timeZone"), what)
    start, listed = export.moment(row, "start", clocks), row.get("userIDs")
    users = [str(key) for key in listed] if isinstance(listed, list) else []
    if kind is None or start is None:
        moved.lose(what, "It has no beginning, or a type that is not known: left out.")
        return None
    if str(clocks) != str(zone):
        moved.lose(what, f"It goes by the clocks of {clocks}: here by those of {zone}, as its schedule.")
    active = export.number(row, "activeUserIndex")
    users = [*users[active:], *users[:active]]  # from the one whose turn it is
    found = [people[key] for key in users if key in people]
    if len(found) != len(users):
        moved.lose(what, "Somebody in it is not among the people: their turns are others'.")
    length = export.number(row, "shiftLength", 1)
    name = export.text(row, "name") or "Rotation"
    layer = layer_of(moved, Turns(what, name, found, kind, length, start, hours), zone, now)
    return _with_turn_now(layer, zone, now) if layer is not None else None


def _with_turn_now(layer: Layer, zone: ZoneInfo, now: datetime) -> Layer:
    """The layer with people moved so that the first of them has the turn that there is now."""
    count = len(layer.participants)
    numbered = replace(layer, participants=tuple(range(count)))
    number = next((turn for turn, _ in turns_of(numbered, zone, now, now + INSTANT)), 0)
    people = layer.participants
    return replace(layer, participants=(*people[count - number :], *people[: count - number]))


def _window(rule: Values) -> Window | None:
    """Hours of a rule; None: always. Its weekdays begin with Sunday."""
    start, end = export.clock(rule, "start"), export.clock(rule, "end")
    listed = rule.get("weekdayFilter")
    chosen = [index for index, on in enumerate(listed) if on] if isinstance(listed, list) else range(ALL_DAYS)
    days = frozenset((index + SUNDAY) % ALL_DAYS for index in chosen)
    if len(days) == ALL_DAYS:
        return None if start == end else Window(start, end)
    return Window(start, end, days)


def _override(moved: Moved, row: Values, made: list[Rota], people: dict[str, str], now: datetime) -> None:
    """Somebody instead of somebody: an override here for each stretch in which the one would be on call."""
    what = f"schedule {made[0].name}, override"
    starts, ends = export.moment(row, "start"), export.moment(row, "end")
    added, removed = people.get(export.text(row, "addUserID")), people.get(export.text(row, "removeUserID"))
    if starts is None or ends is None or ends <= now:
        return
    if removed is None:
        moved.lose(what, "It adds somebody beside those on call: left out.")
        return
    (place,) = moved.places([removed])
    for rota in made:
        plan = Plan(rota.zone, tuple(rota.layers), datetime(2000, 1, 1, tzinfo=rota.zone))
        mine = [each for each in shifts([plan], [], max(starts, now), ends) if each.person == place]
        moved.covers += [Cover(rota.name, added, each.starts_at, each.ends_at) for each in mine]


def _policy(
    moved: Moved,
    name: str,
    row: Values,
    people: dict[str, str],
    schedules: dict[str, list[str]],
    rotations: dict[str, Values],
    now: datetime,
) -> Policy | None:
    what = f"escalation policy {name}"
    steps: list[Step] = []
    for each in export.rows(row, "steps"):
        targets: list[Target] = []
        for target in export.rows(each, "targets"):
            key, told = export.text(target, "id"), export.text(target, "name")
            if key in people:
                targets.append(Target("person", people[key]))
            elif key in schedules:
                targets += [Target("schedule", one) for one in schedules[key]]
            elif key in rotations:
                targets.append(Target("schedule", _of_rotation(moved, rotations[key], people, now)))
            else:
                moved.lose(what, f"It tells {told or export.text(target, 'type') or '?'}: left out.")
        if targets:
            steps.append(Step(export.number(each, "delayMinutes", 15), targets))
    if not steps:
        moved.lose(what, "No step of it pages anybody: left out.")
        return None
    return Policy(name, steps, export.number(row, "repeat"))


def _of_rotation(moved: Moved, row: Values, people: dict[str, str], now: datetime) -> str:
    """A schedule for a rotation that is paged by itself."""
    name = f"Rotation {export.text(row, 'name', 'id')}"[:120]
    if all(rota.name != name for rota in moved.rotas):
        zone = export.zone_of(moved, export.text(row, "timeZone"), name)
        layer = _rotation(moved, name, row, (), zone, people, now)
        moved.rotas.append(Rota(name, zone, [layer] if layer is not None else []))
    return name
