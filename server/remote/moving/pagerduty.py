"""PagerDuty, as its REST API v2 has it (developer.pagerduty.com/api-reference).

One object with `users`, `teams`, `schedules` (each with its `schedule_layers`, of which the API has the one that wins
first), `overrides` (each with its `schedule`), `escalation_policies` and `services`. The document says nothing of the
order of layers; that it is so is what PagerDuty's own Terraform provider does with them: files have “Layer 1” first,
which the others win over, and the provider turns the API's list round (resource_pagerduty_schedule.go).
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from models.schedule.plan import Layer, Window
from server.remote.moving import export
from server.remote.moving.moved import Cover, Moved, Policy, Rota, Service, Step, Target, Team, Values
from server.remote.moving.turning import Turns, apart, daily, layer_of, of_seconds, weekly

WEEKDAYS = 7


def read(given: Values, now: datetime) -> Moved:
    """What an export has, as it is from now on."""
    moved = Moved()
    ids, teams = _people_and_teams(moved, given)
    names: dict[str, str] = {}
    for name, row in export.named(moved, export.rows(given, "schedules"), "schedule", "name", "summary"):
        names[export.text(row, "id")] = name
        _schedule(moved, name, row, ids, teams, now)
    for row in export.rows(given, "overrides"):
        _override(moved, row, names, ids, now)
    policies = {}
    for name, row in export.named(
        moved, export.rows(given, "escalation_policies"), "escalation policy", "name", "summary"
    ):
        if (policy := _policy(moved, name, row, ids, names, teams)) is not None:
            policies[export.text(row, "id")] = name
            moved.policies.append(policy)
    for name, row in export.named(moved, export.rows(given, "services"), "service", "name", "summary"):
        policy_id = export.text(export.inner(row, "escalation_policy"), "id")
        moved.services.append(Service(name, _team(moved, f"service {name}", row, teams), policies.get(policy_id)))
        if export.inner(row, "incident_urgency_rule").get("type") == "use_support_hours":
            moved.lose(f"service {name}", "Support hours: here a severity says if it pages in business hours alone.")
        if row.get("integrations"):
            moved.lose(
                f"service {name}", "Integrations: make alert sources for its monitors, and have them post there."
            )
    export.refuse_empty(moved, "PagerDuty")
    return moved


def _people_and_teams(moved: Moved, given: Values) -> tuple[dict[str, str], dict[str, str]]:
    """Addresses, and names of teams, by id."""
    ids: dict[str, str] = {}
    members: dict[str, list[str]] = {}
    found = export.named(moved, export.rows(given, "teams"), "team", "name", "summary")
    teams = {export.text(row, "id"): name for name, row in found}
    for row in export.rows(given, "users"):
        address = export.person(moved, row, export.text(row, "email"), export.text(row, "name", "summary"))
        if address is None:
            continue
        ids[export.text(row, "id")] = address
        if row.get("contact_methods") or row.get("notification_rules"):
            moved.lose("people", "Contact methods and rules: everybody sets their own at /console/notifications.")
        for team in export.rows(row, "teams"):
            members.setdefault(export.text(team, "id"), []).append(address)
    moved.teams = [Team(name, members.get(key, [])) for key, name in teams.items()]
    return ids, teams


def _schedule(moved: Moved, name: str, row: Values, ids: dict[str, str], teams: dict[str, str], now: datetime) -> None:
    what = f"schedule {name}"
    zone = export.zone_of(moved, export.text(row, "time_zone"), what)
    found = [_layer(moved, f"{what}, {export.text(each, 'name')}", each, zone, ids, now)
             for each in export.rows(row, "schedule_layers")]  # fmt: skip
    layers = [each for each in found if each is not None]
    if not layers:
        moved.lose(what, "No layer of it counts from now on: nobody is on call by it.")
    moved.rotas.append(Rota(name, zone, apart(layers), _team(moved, what, row, teams)))


def _layer(moved: Moved, what: str, row: Values, zone: ZoneInfo, ids: dict[str, str], now: datetime) -> Layer | None:
    length = of_seconds(export.number(row, "rotation_turn_length_seconds"))
    start = export.moment(row, "start", zone)
    anchor = export.moment(row, "rotation_virtual_start", zone) or start
    if length is None or anchor is None:
        moved.lose(what, "Its turns are no whole hours, or it has no beginning: left out.")
        return None
    people = _people(moved, what, [export.inner(each, "user") or each for each in export.rows(row, "users")], ids)
    windows = [_window(each) for each in export.rows(row, "restrictions")]
    hours = () if None in windows else tuple(each for each in windows if each is not None)
    name = export.text(row, "name", "id") or "Layer"
    ends = export.moment(row, "end", zone)
    return layer_of(moved, Turns(what, name, people, *length, anchor, hours, start, ends), zone, now)


def _people(moved: Moved, what: str, found: list[Values], ids: dict[str, str]) -> list[str]:
    people = []
    for row in found:
        if (address := ids.get(export.text(row, "id"))) is not None:
            people.append(address)
        else:
            moved.lose(what, f"{export.text(row, 'summary', 'id') or '?'} is not among the people: left out.")
    return people


def _window(row: Values) -> Window | None:
    """A restriction; None: it leaves out nothing. Its weekdays are ISO 8601's: 1 is Monday."""
    start = export.clock(row, "start_time_of_day")
    seconds = export.number(row, "duration_seconds")
    if row.get("type") == "weekly_restriction":
        return weekly((export.number(row, "start_day_of_week", 1) - 1) % WEEKDAYS, start, seconds)
    return daily(start, seconds)


def _override(moved: Moved, row: Values, names: dict[str, str], ids: dict[str, str], now: datetime) -> None:
    schedule = names.get(export.text(export.inner(row, "schedule"), "id") or export.text(row, "schedule_id"))
    starts, ends = export.moment(row, "start"), export.moment(row, "end")
    if schedule is None or starts is None or ends is None or ends <= now:
        return
    people = _people(moved, f"schedule {schedule}, override", [export.inner(row, "user")], ids)
    moved.covers += [Cover(schedule, address, starts, ends) for address in people]


def _policy(
    moved: Moved, name: str, row: Values, ids: dict[str, str], names: dict[str, str], teams: dict[str, str]
) -> Policy | None:
    what = f"escalation policy {name}"
    steps: list[Step] = []
    for rule in export.rows(row, "escalation_rules"):
        targets: list[Target] = []
        strategy: Any = rule.get("escalation_rule_assignment_strategy")
        if "round_robin" in str(strategy):
            moved.lose(what, "Round robin: here everybody of a step is paged.")
        for target in export.rows(rule, "targets"):
            key = export.text(target, "id")
            if export.text(target, "type").startswith("schedule") and key in names:
                targets.append(Target("schedule", names[key]))
            elif key in ids:
                targets.append(Target("person", ids[key]))
            else:
                moved.lose(
                    what, f"It pages {export.text(target, 'summary', 'id') or '?'}, which is not there: left out."
                )
        if targets:
            steps.append(Step(export.number(rule, "escalation_delay_in_minutes", 30), targets))
    if not steps:
        moved.lose(what, "No step of it pages anybody: left out.")
        return None
    return Policy(name, steps, export.number(row, "num_loops"), _team(moved, what, row, teams))


def _team(moved: Moved, what: str, row: Values, teams: dict[str, str]) -> str | None:
    found = [teams[key] for each in export.rows(row, "teams") if (key := export.text(each, "id")) in teams]
    if len(found) > 1:
        moved.lose(what, f"It belongs to several teams: here to {found[0]}.")
    return found[0] if found else None
