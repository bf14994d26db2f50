"""Opsgenie, as its REST API v2 has it (docs.opsgenie.com/docs/api-overview).

One object with `users`, `teams`, `schedules` (with their `rotations`), `overrides` (each with its `_parent`),
`escalations` and `services`. All rotations of a schedule are on call at once: those that overlap become schedules
beside each other.
"""

from datetime import datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from models.schedule.plan import Layer, Window
from models.schedule.words import RotationKind
from server.remote.moving import export
from server.remote.moving.moved import Cover, Moved, Policy, Rota, Service, Step, Target, Team, Values
from server.remote.moving.turning import Turns, apart, lanes, layer_of

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MINUTES = {"days": 1440, "hours": 60, "minutes": 1}
WAIT = 30
"""Minutes after the last step, where nothing says how long."""


def read(given: Values, now: datetime) -> Moved:
    """What an export has, as it is from now on."""
    moved = Moved()
    known: dict[str, str] = {}
    for row in export.rows(given, "users"):
        username = export.text(row, "username")
        if (address := export.person(moved, row, username, export.text(row, "fullName"))) is not None:
            known |= {export.text(row, "id"): address, address: address}
    moved.lose("people", "Contacts and notification rules: everybody sets their own at /console/notifications.")
    teams: dict[str, str] = {}
    for name, row in export.named(moved, export.rows(given, "teams"), "team", "name"):
        teams |= {export.text(row, "id"): name, export.text(row, "name"): name}
        people = [
            (_person(known, export.inner(each, "user")), export.text(each, "role"))
            for each in export.rows(row, "members")
        ]
        manager = next((who for who, role in people if who is not None and role == "admin"), None)
        moved.teams.append(Team(name, [who for who, _ in people if who is not None], manager))
    moved.lose("teams", "Routing rules of teams: routing rules here are for all alerts (docs/guides/routing.md).")
    schedules: dict[str, list[str]] = {}
    for name, row in export.named(moved, export.rows(given, "schedules"), "schedule", "name"):
        made = _schedule(moved, name, row, known, _team(row, teams), now)
        schedules |= {export.text(row, "id"): made, export.text(row, "name"): made}
    for row in export.rows(given, "overrides"):
        _override(moved, row, schedules, known, now)
    policies: dict[str, str] = {}
    for name, row in export.named(moved, export.rows(given, "escalations"), "escalation", "name"):
        if (policy := _policy(moved, name, row, known, schedules, teams)) is not None:
            moved.policies.append(policy)
            policies.setdefault(policy.team or "", name)
    for name, row in export.named(moved, export.rows(given, "services"), "service", "name"):
        owner = teams.get(export.text(row, "teamId"))
        moved.services.append(Service(name, owner, policies.get(owner) if owner is not None else None))
    export.refuse_empty(moved, "Opsgenie")
    return moved


def _person(known: dict[str, str], row: Values) -> str | None:
    return known.get(export.text(row, "username").lower()) or known.get(export.text(row, "id"))


def _team(row: Values, teams: dict[str, str]) -> str | None:
    owner = export.inner(row, "ownerTeam")
    return teams.get(export.text(owner, "id")) or teams.get(export.text(owner, "name"))


def _schedule(
    moved: Moved, name: str, row: Values, known: dict[str, str], team: str | None, now: datetime
) -> list[str]:
    """The schedules that one becomes, by name."""
    what = f"schedule {name}"
    if row.get("enabled") is False:
        moved.lose(what, "It is disabled there: here it counts.")
    zone = export.zone_of(moved, export.text(row, "timezone"), what)
    found = [_rotation(moved, f"{what}, {export.text(each, 'name')}", each, zone, known, now)
             for each in export.rows(row, "rotations")]  # fmt: skip
    layers = apart([each for each in found if each is not None])
    if not layers:
        moved.lose(what, "No rotation of it counts from now on: nobody is on call by it.")
    beside = lanes(layers, zone, now) or [[]]
    names = [name if index == 0 else f"{name} ({lane[0].name})"[:120] for index, lane in enumerate(beside)]
    if len(beside) > 1:
        moved.lose(what, f"Its rotations are on call at once: here they are the schedules {', '.join(names)}.")
    moved.rotas += [Rota(told, zone, lane, team) for told, lane in zip(names, beside, strict=True)]
    return names


def _rotation(
    moved: Moved, what: str, row: Values, zone: ZoneInfo, known: dict[str, str], now: datetime
) -> Layer | None:
    kinds = {"hourly": RotationKind.HOURLY, "daily": RotationKind.DAILY, "weekly": RotationKind.WEEKLY}
    kind, start = kinds.get(export.text(row, "type")), export.moment(row, "startDate", zone)
    if kind is None or start is None:
        moved.lose(what, "It has no beginning, or a type that is not known: left out.")
        return None
    people: list[str] = []
    for each in export.rows(row, "participants"):
        if (address := _person(known, each)) is not None:
            people.append(address)
        else:
            told = export.text(each, "username", "name", "type") or "?"
            moved.lose(what, f"The participant {told} is nobody who could be carried over: their turns are others'.")
    name, ends = export.text(row, "name", "id") or "Rotation", export.moment(row, "endDate", zone)
    windows = _windows(export.inner(row, "timeRestriction"))
    turns = Turns(what, name, people, kind, export.number(row, "length", 1), start, windows, start, ends)
    return layer_of(moved, turns, zone, now)


def _windows(given: Values) -> tuple[Window, ...]:
    if given.get("type") == "time-of-day":
        found = [export.inner(given, "restriction")]
    else:
        found = export.rows(given, "restrictions")
    windows = []
    for each in filter(None, found):
        first, last = export.text(each, "startDay").lower(), export.text(each, "endDay").lower()
        start, end = _time(each, "start"), _time(each, "end")
        if first not in DAYS or last not in DAYS:
            windows.append(Window(start, end))
        elif first == last and end > start:
            windows.append(Window(start, end, frozenset({DAYS.index(first)})))
        else:
            windows.append(Window(start, end, frozenset({DAYS.index(first)}), DAYS.index(last)))
    return tuple(windows)


def _time(row: Values, edge: str) -> time:
    minutes = export.number(row, f"{edge}Hour") * 60 + export.number(row, f"{edge}Min")
    return time(minutes // 60 % 24, minutes % 60)


def _override(moved: Moved, row: Values, schedules: dict[str, list[str]], known: dict[str, str], now: datetime) -> None:
    parent = export.inner(row, "_parent")
    names = schedules.get(export.text(parent, "id")) or schedules.get(export.text(parent, "name")) or []
    starts, ends = export.moment(row, "startDate"), export.moment(row, "endDate")
    if not names or starts is None or ends is None or ends <= now:
        return
    what, user = f"schedule {names[0]}, override", export.inner(row, "user")
    person = _person(known, user)
    if person is None and user.get("type") != "none":
        moved.lose(what, f"{export.text(user, 'username', 'name', 'type') or '?'} is nobody here: left out.")
        return
    if row.get("rotations") and len(names) > 1:
        moved.lose(what, f"It is of some rotations: here it is of {names[0]} alone.")
    moved.covers.append(Cover(names[0], person, starts, ends))
    if not row.get("rotations"):  # it stands for all rotations, and one person is enough
        moved.covers += [Cover(name, None, starts, ends) for name in names[1:]]


def _policy(
    moved: Moved,
    name: str,
    row: Values,
    known: dict[str, str],
    schedules: dict[str, list[str]],
    teams: dict[str, str],
) -> Policy | None:
    what = f"escalation {name}"
    by_delay: dict[int, list[Target]] = {}
    for rule in export.rows(row, "rules"):
        delay = export.inner(rule, "delay")
        minutes = export.number(delay, "timeAmount") * MINUTES.get(export.text(delay, "timeUnit") or "minutes", 1)
        if rule.get("condition") == "if-not-closed":
            moved.lose(what, "A rule pages until the alert is closed: here until somebody acknowledges.")
        if export.text(rule, "notifyType") not in ("", "default"):
            moved.lose(
                what, f"A rule pages {str(rule['notifyType'])[:20]!r} of its recipient: here whoever is on call."
            )
        found = _recipient(moved, what, export.inner(rule, "recipient"), known, schedules, teams)
        by_delay.setdefault(minutes, []).extend(found)
    delays = sorted(minutes for minutes, targets in by_delay.items() if targets)
    if not delays:
        moved.lose(what, "No rule of it pages anybody: left out.")
        return None
    if delays[0] > 0:
        moved.lose(what, f"It waits for {delays[0]} min before it pages anybody: here the first step comes at once.")
    repeat = export.inner(row, "repeat")
    last = export.number(repeat, "waitInterval") or WAIT
    after = [later - earlier for earlier, later in pairwise(delays)]
    steps = [Step(wait, by_delay[delay]) for delay, wait in zip(delays, [*after, last], strict=True)]
    return Policy(name, steps, export.number(repeat, "count"), _team(row, teams))


def _recipient(
    moved: Moved,
    what: str,
    row: Values,
    known: dict[str, str],
    schedules: dict[str, list[str]],
    teams: dict[str, str],
) -> list[Target]:
    key, name, kind = export.text(row, "id"), export.text(row, "name", "username"), export.text(row, "type")
    if kind == "user" and (person := _person(known, row)) is not None:
        return [Target("person", person)]
    if kind == "schedule" and (found := schedules.get(key) or schedules.get(name)):
        return [Target("schedule", each) for each in found]
    if kind == "team" and (team := teams.get(key) or teams.get(name)) is not None:
        moved.lose(what, f"It pages the team {team}: here its manager.")
        return [Target("team", team)]
    moved.lose(what, f"It pages {name or key or '?'}, which is not there: left out.")
    return []
