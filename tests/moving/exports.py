"""What the four tools would export, made up to their documents; and who is on call by what was read of it."""

from datetime import UTC, datetime, timedelta

from models.schedule.plan import Override, Plan
from models.schedule.shifts import on_call_at

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
PEOPLE = ("ada", "ben", "chi")
USERS = [{"id": f"U{n}", "name": name.title(), "email": f"{name}@quillhaven.example"} for n, name in enumerate(PEOPLE)]
TEAMS = [{"id": "T1", "name": "Payments"}]


def user(n):
    return {"user": {"id": f"U{n}", "type": "user_reference", "summary": PEOPLE[n].title()}}


def pagerduty():
    """A weekly layer of nights above a daily one, an override, a policy with both, and a service."""
    return {
        "users": [{**each, "teams": TEAMS, "contact_methods": [{"id": "C"}]} for each in USERS],
        "teams": TEAMS,
        "schedules": [
            {
                "id": "S1", "name": "Primary", "time_zone": "Europe/Berlin", "teams": TEAMS,
                "schedule_layers": [
                    {
                        "id": "L2", "name": "Nights", "start": "2026-01-05T20:00:00+01:00", "end": None,
                        "rotation_virtual_start": "2025-12-29T20:00:00+01:00", "rotation_turn_length_seconds": 604800,
                        "users": [user(2), user(1)],
                        "restrictions": [
                            {"type": "daily_restriction", "start_time_of_day": "20:00:00", "duration_seconds": 43200},
                        ],
                    },
                    {
                        "id": "L1", "name": "Days", "start": "2026-03-01T09:00:00+01:00", "end": None,
                        "rotation_virtual_start": "2026-02-28T09:00:00+01:00", "rotation_turn_length_seconds": 86400,
                        "users": [user(0), user(1), user(2)], "restrictions": [],
                    },
                    {
                        "id": "L0", "name": "Odd", "start": "2026-01-05T20:00:00+01:00", "end": None,
                        "rotation_virtual_start": "2026-01-05T20:00:00+01:00", "rotation_turn_length_seconds": 5400,
                        "users": [user(0)], "restrictions": [],
                    },
                ],
            },
        ],
        "overrides": [
            {"id": "O1", "start": "2026-11-25T00:00:00Z", "end": "2026-11-25T06:00:00Z", "schedule": {"id": "S1"},
             "user": user(0)["user"]},
        ],
        "escalation_policies": [
            {
                "id": "P1", "name": "Payments", "num_loops": 12, "teams": TEAMS,
                "escalation_rules": [
                    {"escalation_delay_in_minutes": 5, "targets": [{"id": "S1", "type": "schedule_reference"}]},
                    {"escalation_delay_in_minutes": 10, "targets": [{"id": "U2", "type": "user_reference"},
                                                                    {"id": "U9", "summary": "Zoe"}]},
                ],
            },
        ],
        "services": [{"id": "V1", "name": "Checkout & Pay", "teams": TEAMS, "escalation_policy": {"id": "P1"}}],
    }  # fmt: skip


def opsgenie():
    """Two rotations by turns of day and night, and a third that is on call beside them."""
    people = [{"type": "user", "id": each["id"], "username": each["email"]} for each in USERS]
    hours = {"startHour": 8, "startMin": 0, "endHour": 20, "endMin": 30}
    return {
        "users": [{"id": each["id"], "username": each["email"].upper(), "fullName": each["name"]} for each in USERS],
        "teams": [{"id": "T1", "name": "Payments", "members": [
            {"user": {"id": "U0", "username": USERS[0]["email"]}, "role": "user"},
            {"user": {"id": "U1", "username": USERS[1]["email"]}, "role": "admin"},
        ]}],
        "schedules": [{
            "id": "S1", "name": "Payments", "timezone": "America/New_York", "enabled": True,
            "ownerTeam": {"id": "T1", "name": "Payments"},
            "rotations": [
                {"id": "R1", "name": "Day", "startDate": "2026-03-02T13:00:00Z", "type": "daily", "length": 1,
                 "participants": people[:2], "timeRestriction": {"type": "time-of-day", "restriction": hours}},
                {"id": "R2", "name": "Night", "startDate": "2026-03-02T13:00:00Z", "type": "weekly", "length": 2,
                 "participants": people[1:], "timeRestriction": {"type": "weekday-and-time-of-day", "restrictions": [
                     {"startDay": day, "startHour": 20, "startMin": 30, "endDay": after, "endHour": 8, "endMin": 0}
                     for day, after in (("monday", "tuesday"), ("friday", "saturday"))]}},
                {"id": "R3", "name": "Backup", "startDate": "2026-03-02T13:00:00Z", "type": "hourly", "length": 12,
                 "participants": [people[2], people[0], {"type": "none"}]},
                {"id": "R4", "name": "Past", "startDate": "2020-03-02T13:00:00Z", "endDate": "2021-03-02T13:00:00Z",
                 "type": "weekly", "length": 1, "participants": people},
            ],
        }],
        "overrides": [{"_parent": {"id": "S1"}, "alias": "a", "user": people[2], "startDate": "2026-11-26T00:00:00Z",
                       "endDate": "2026-11-27T00:00:00Z"}],
        "escalations": [{
            "id": "E1", "name": "Payments", "ownerTeam": {"id": "T1"},
            "rules": [
                {"condition": "if-not-acked", "notifyType": "default", "delay": {"timeAmount": 10},
                 "recipient": {"type": "schedule", "id": "S1"}},
                {"condition": "if-not-closed", "notifyType": "all", "delay": {"timeAmount": 1, "timeUnit": "hours"},
                 "recipient": {"type": "team", "name": "Payments"}},
            ],
            "repeat": {"waitInterval": 15, "count": 3},
        }],
        "services": [{"id": "V1", "name": "Checkout", "teamId": "T1"}],
    }  # fmt: skip


def grafana_oncall():
    """Levels, a rolling weekly shift on weekdays, a daily one for all hours, and what can't be had."""
    shift = {"time_zone": None, "team_id": None, "interval": 1, "by_month": None, "by_monthday": None}
    return {
        "users": [{"id": u["id"], "username": u["name"], "email": u["email"], "teams": ["T1"]} for u in USERS],
        "teams": TEAMS,
        "schedules": [{"id": "S1", "name": "Web", "type": "calendar", "team_id": "T1", "time_zone": "Australia/Sydney",
                       "shifts": ["H1", "H2", "H3", "H4"]}],
        "on_call_shifts": [
            {**shift, "id": "H1", "name": "All", "type": "rolling_users", "level": 1, "start": "2026-02-01T10:00:00",
             "duration": 86400, "frequency": "daily", "by_day": None, "start_rotation_from_user_index": 1,
             "rolling_users": [["U0"], ["U1"], ["U2"]]},
            {**shift, "id": "H2", "name": "Office", "type": "rolling_users", "level": 3, "start": "2026-02-02T09:00:00",
             "duration": 28800, "frequency": "weekly", "week_start": "MO", "by_day": ["MO", "TU", "WE", "TH", "FR"],
             "start_rotation_from_user_index": 0, "rolling_users": [["U2", "U1"], ["U0"]]},
            {**shift, "id": "H3", "name": "Thrice", "type": "recurrent_event", "level": 0, "frequency": "monthly",
             "start": "2026-02-02T09:00:00", "duration": 28800, "users": ["U0"]},
            {**shift, "id": "H4", "name": "Trip", "type": "single_event", "level": 9, "start": "2026-11-28T09:00:00",
             "duration": 3600, "users": ["U1"]},
        ],
        "escalation_chains": [{"id": "F1", "name": "Web", "team_id": "T1"}],
        "escalation_policies": [
            {"id": "E1", "escalation_chain_id": "F1", "position": 0, "type": "notify_on_call_from_schedule",
             "notify_on_call_from_schedule": "S1"},
            {"id": "E2", "escalation_chain_id": "F1", "position": 1, "type": "wait", "duration": 300},
            {"id": "E3", "escalation_chain_id": "F1", "position": 2, "type": "notify_persons",
             "persons_to_notify": ["U0", "U1"]},
            {"id": "E4", "escalation_chain_id": "F1", "position": 3, "type": "resolve"},
        ],
        "integrations": [{"id": "I1", "name": "Prometheus", "team_id": "T1",
                          "default_route": {"escalation_chain_id": "F1"}}],
    }  # fmt: skip


def goalert():
    """A rotation whose present turn is the second one's, on weekdays; a person at weekends; one beside both."""
    week = [False, True, True, True, True, True, False]
    return {"data": {
        "users": {"nodes": USERS},
        "rotations": {"nodes": [
            {"id": "R1", "name": "Web", "type": "weekly", "start": "2026-03-02T09:00:00-06:00", "shiftLength": 1,
             "timeZone": "America/Chicago", "activeUserIndex": 1, "userIDs": ["U0", "U1", "U2"]},
        ]},
        "schedules": {"nodes": [{"id": "S1", "name": "Web", "timeZone": "America/Chicago", "targets": [
            {"target": {"id": "R1", "type": "rotation", "name": "Web"},
             "rules": [{"start": "08:00", "end": "18:00", "weekdayFilter": week}]},
            {"target": {"id": "U0", "type": "user", "name": "Ada"},
             "rules": [{"start": "00:00", "end": "00:00", "weekdayFilter": [not day for day in week]}]},
            {"target": {"id": "U2", "type": "user", "name": "Chi"},
             "rules": [{"start": "00:00", "end": "00:00", "weekdayFilter": [True] * 7}]},
        ]}]},
        "userOverrides": {"nodes": [
            {"id": "O1", "start": "2026-11-24T00:00:00Z", "end": "2026-11-26T00:00:00Z", "addUserID": "U0",
             "removeUserID": "U1", "target": {"id": "S1"}},
        ]},
        "escalationPolicies": {"nodes": [{"id": "P1", "name": "Web", "repeat": 2, "steps": [
            {"delayMinutes": 5, "targets": [{"id": "S1", "type": "schedule", "name": "Web"},
                                            {"id": "C1", "type": "slackChannel", "name": "#web"}]},
            {"delayMinutes": 15, "targets": [{"id": "R1", "type": "rotation", "name": "Web"}]},
        ]}]},
        "services": {"nodes": [{"id": "V1", "name": "Web", "escalationPolicyID": "P1"}]},
    }}  # fmt: skip


def on_call(moved, schedule, moment):
    """Who is on call by a schedule that was read: the first part of their address; None: nobody."""
    rota = next(each for each in moved.rotas if each.name == schedule)
    places = moved.addresses
    covers = [
        Override(n, each.starts_at, each.ends_at, places.index(each.person) if each.person else None)
        for n, each in enumerate(moved.covers)
        if each.schedule == schedule
    ]
    found = on_call_at([Plan(rota.zone, tuple(rota.layers), BEGINNING)], covers, moment)
    return places[found.person].partition("@")[0] if found is not None else None


def samples(days=150, minutes=437, since=NOW):
    """Moments across changes of the clocks, at all hours."""
    moment = since
    while moment < since + timedelta(days=days):
        yield moment
        moment += timedelta(minutes=minutes)
