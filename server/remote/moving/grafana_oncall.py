"""Grafana OnCall, as its public API has it (grafana.com/docs/oncall/latest/oncall-api-reference).

One object with `users`, `teams`, `schedules`, `on_call_shifts`, `escalation_chains`, `escalation_policies` and
`integrations`. Of the shifts of a schedule those of a higher `level` win; those of one level are on call together.
"""

from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from models.schedule.plan import Layer, Window
from models.schedule.words import RotationKind
from server.remote.moving import export
from server.remote.moving.moved import Cover, Moved, Policy, Rota, Service, Step, Target, Team, Values
from server.remote.moving.turning import DAY, HOUR, WEEK, Turns, apart, lanes, layer_of

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
KINDS = {"hourly": RotationKind.HOURLY, "daily": RotationKind.DAILY, "weekly": RotationKind.WEEKLY}
UNITS = {"hourly": HOUR, "daily": DAY, "weekly": WEEK}
WAIT = 30
"""Minutes after the last step, where nothing waits."""
MINUTE = 60


def read(given: Values, now: datetime) -> Moved:
    """What an export has, as it is from now on."""
    moved = Moved()
    people: dict[str, str] = {}
    members: dict[str, list[str]] = {}
    for row in export.rows(given, "users"):
        name = export.text(row, "name", "username")
        if (address := export.person(moved, row, export.text(row, "email"), name)) is None:
            continue
        people[export.text(row, "id")] = address
        teams_of = row.get("teams")
        for team in teams_of if isinstance(teams_of, list) else []:
            members.setdefault(str(team), []).append(address)
    named = export.named(moved, export.rows(given, "teams"), "team", "name")
    teams = {export.text(row, "id"): name for name, row in named}
    moved.teams = [Team(name, members.get(key, [])) for key, name in teams.items()]
    shifts = {export.text(row, "id"): row for row in export.rows(given, "on_call_shifts")}
    schedules: dict[str, str] = {}
    for name, row in export.named(moved, export.rows(given, "schedules"), "schedule", "name"):
        schedules[export.text(row, "id")] = name
        _schedule(moved, name, row, shifts, people, teams, now)
    policies = _policies(moved, given, people, schedules, teams)
    for name, row in export.named(moved, export.rows(given, "integrations"), "integration", "name"):
        chain = export.text(export.inner(row, "default_route"), "escalation_chain_id")
        moved.services.append(Service(name, teams.get(export.text(row, "team_id")), policies.get(chain)))
    if moved.services:
        moved.lose("integrations", "Each is a service by its default route: other routes are routing rules here.")
    export.refuse_empty(moved, "Grafana OnCall")
    return moved


def _schedule(
    moved: Moved,
    name: str,
    row: Values,
    shifts: dict[str, Values],
    people: dict[str, str],
    teams: dict[str, str],
    now: datetime,
) -> None:
    what = f"schedule {name}"
    if row.get("type") == "ical" or row.get("ical_url_primary"):
        moved.lose(what, "It comes from a calendar by its address: left out. Make a schedule of layers for it.")
    if row.get("ical_url_overrides"):
        moved.lose(what, "Overrides that come from a calendar are left out.")
    listed = row.get("shifts")
    mine = [shifts[str(key)] for key in (listed if isinstance(listed, list) else []) if str(key) in shifts]
    own = export.text(row, "time_zone") or next((z for each in mine if (z := export.text(each, "time_zone"))), "UTC")
    zone = export.zone_of(moved, own, what)
    by_level = sorted(mine, key=lambda each: -export.number(each, "level"))
    layers: list[Layer] = []
    for _, of_level in groupby(by_level, key=lambda each: export.number(each, "level")):
        these = [_shift(moved, name, each, zone, people, now) for each in of_level]
        found = [each for each in these if each is not None]
        if len(lanes(found, zone, now)) > 1:
            moved.lose(what, "Shifts of one level are on call together: here the one that stands higher is.")
        layers += found
    moved.rotas.append(Rota(name, zone, apart(layers), teams.get(export.text(row, "team_id"))))


def _shift(
    moved: Moved, schedule: str, row: Values, zone: ZoneInfo, people: dict[str, str], now: datetime
) -> Layer | None:
    name = export.text(row, "name", "id") or "Shift"
    what = f"schedule {schedule}, {name}"
    own = export.text(row, "time_zone")
    clocks = export.zone_of(moved, own, what) if own else zone
    start, seconds = export.moment(row, "start", clocks), export.number(row, "duration")
    turns = _people(moved, what, row, people)
    if start is None or seconds <= 0 or not turns:
        moved.lose(what, "It has no beginning, no length, or nobody who could be carried over: left out.")
        return None
    if row.get("type") in ("single_event", "override"):
        ends = start + timedelta(seconds=seconds)
        if ends > now:
            moved.covers.append(Cover(schedule, turns[0], start, ends))
        return None
    if str(clocks) != str(zone):
        moved.lose(what, f"It goes by the clocks of {clocks}: here by those of {zone}, as its schedule.")
    frequency, interval = export.text(row, "frequency"), export.number(row, "interval", 1) or 1
    hours = _hours(row, start.astimezone(zone), frequency, interval, seconds)
    if hours is None:
        moved.lose(what, "How it recurs can't be had here: left out. docs/guides/migrating.md says what can.")
        return None
    windows, hand_over = hours
    until = export.moment(row, "until", clocks)
    made = Turns(what, name, turns, KINDS[frequency], interval, hand_over, windows, start, until)
    return layer_of(moved, made, zone, now)


def _people(moved: Moved, what: str, row: Values, people: dict[str, str]) -> list[str]:
    """Whose turns they are, the first one first. Of several at once the first."""
    listed = row.get("rolling_users") if row.get("type") == "rolling_users" else [row.get("users")]
    groups = [each for each in listed if isinstance(each, list)] if isinstance(listed, list) else []
    index = export.number(row, "start_rotation_from_user_index")
    groups = [*groups[index:], *groups[:index]]
    found: list[str] = []
    for group in groups:
        known = [people[str(key)] for key in group if str(key) in people]
        if len(known) != len(group):
            moved.lose(what, "Somebody in it is not among the people: their turns are others'.")
        if len(known) > 1:
            moved.lose(what, "Several people have one turn together: here the first of them has it.")
        found += known[:1]
    return found


def _hours(
    row: Values, start: datetime, frequency: str, interval: int, seconds: int
) -> tuple[tuple[Window, ...], datetime] | None:
    """The hours in which a shift counts, and a hand-over of its turns; None for what layers can't say.

    A turn lasts `interval` times `frequency`, and counts for `duration`: all of it, or a part of each day or week.
    """
    by_day = row.get("by_day")
    days = [DAYS.index(each) for each in by_day if each in DAYS] if isinstance(by_day, list) else []
    if frequency not in KINDS or row.get("by_month") or row.get("by_monthday"):
        return None
    if seconds >= UNITS[frequency] * interval and not days:
        return (), start
    opens, ends = start.time().replace(second=0), start.replace(tzinfo=None) + timedelta(seconds=seconds)
    if interval > 1 or frequency == "hourly" or (days and (frequency == "daily" or seconds > DAY)):
        return None
    if days:
        first = export.text(row, "week_start") or "SU"
        back = (start.weekday() - (DAYS.index(first) if first in DAYS else 0)) % len(DAYS)
        return (Window(opens, ends.time(), frozenset(days)),), start - timedelta(days=back)
    if frequency == "daily":
        return (Window(opens, ends.time()),), start
    until_day = None if seconds <= DAY else ends.weekday()
    return (Window(opens, ends.time(), frozenset({start.weekday()}), until_day),), start


def _policies(
    moved: Moved, given: Values, people: dict[str, str], schedules: dict[str, str], teams: dict[str, str]
) -> dict[str, str]:
    """The escalation chains, by id."""
    steps: dict[str, list[Values]] = {}
    for row in sorted(export.rows(given, "escalation_policies"), key=lambda each: export.number(each, "position")):
        steps.setdefault(export.text(row, "escalation_chain_id"), []).append(row)
    found: dict[str, str] = {}
    for name, row in export.named(moved, export.rows(given, "escalation_chains"), "escalation chain", "name"):
        key, what = export.text(row, "id"), f"escalation chain {name}"
        if made := _steps(moved, what, steps.get(key, []), people, schedules, teams):
            repeats = any(each.get("type") == "repeat_escalation" for each in steps.get(key, []))
            moved.policies.append(Policy(name, made, 5 if repeats else 0, teams.get(export.text(row, "team_id"))))
            found[key] = name
        else:
            moved.lose(what, "No step of it pages anybody: left out.")
    return found


def _steps(
    moved: Moved,
    what: str,
    rows: list[Values],
    people: dict[str, str],
    schedules: dict[str, str],
    teams: dict[str, str],
) -> list[Step]:
    """Steps without a wait between them are one."""
    made: list[tuple[list[Target], int]] = []
    for row in rows:
        if row.get("type") == "wait":
            minutes = max(1, export.number(row, "duration") // MINUTE)
            if made:
                made[-1] = (made[-1][0], made[-1][1] + minutes)
            else:
                moved.lose(what, f"It waits for {minutes} min before it pages anybody: here the first step is at once.")
            continue
        targets = _targets(moved, what, row, people, schedules, teams)
        if made and made[-1][1] == 0:
            made[-1][0].extend(targets)
        elif targets:
            made.append((targets, 0))
    return [Step(minutes or WAIT, targets) for targets, minutes in made]


def _targets(
    moved: Moved, what: str, row: Values, people: dict[str, str], schedules: dict[str, str], teams: dict[str, str]
) -> list[Target]:
    kind = export.text(row, "type")
    listed = row.get("persons_to_notify") or row.get("persons_to_notify_next_each_time")
    if kind in ("notify_persons", "notify_person_next_each_time") and isinstance(listed, list):
        if kind != "notify_persons":
            moved.lose(what, "It pages another person each time: here all of them.")
        return [Target("person", people[str(key)]) for key in listed if str(key) in people]
    schedule = schedules.get(export.text(row, "notify_on_call_from_schedule"))
    if kind == "notify_on_call_from_schedule" and schedule is not None:
        return [Target("schedule", schedule)]
    team = teams.get(export.text(row, "notify_team_members", "team_to_notify"))
    if team is not None:
        moved.lose(what, f"It pages all of the team {team}: here its manager.")
        return [Target("team", team)]
    if kind != "repeat_escalation":
        moved.lose(what, f"The step {kind or '?'} can't be had here: left out.")
    return []
