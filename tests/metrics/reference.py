"""Metrics in plain Python, slowly: from rows and events that were read as they stood, one incident after another."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from models.event import Event
from models.incident import Incident, IncidentMember
from models.postmortem import ActionItem
from models.role import RoleAssignment
from models.severity import SeverityVersion
from models.update import Update

MOVES = ("acknowledged", "declared", "declined", "cancelled", "reopened", "stage_changed")
TARGETS = {"reported": "DETECTION", "acknowledged": "TRIAGE", "declared": "RESPONSE", "reopened": "RESPONSE"}
TARGETS |= {"declined": "DECLINED", "cancelled": "CANCELLED"}


@dataclass
class Picture:
    """How everything stood at a place."""

    place: int
    incidents: list
    events: list
    roles: list
    updates: list
    items: list
    severities: dict
    members: set = field(default_factory=set)


async def picture(database):
    async with database.reading() as reader:
        models = (Incident, Event, RoleAssignment, Update, ActionItem, SeverityVersion, IncidentMember)
        rows = [await reader.rows(model, select(model).order_by(model.id)) for model in models]
    incidents, events, roles, updates, items, severities, members = rows
    place = events[-1].id if events else 0
    known = {version.id: version for version in severities}
    return Picture(
        place, incidents, events, roles, updates, items, known, {(m.incident_id, m.user_id) for m in members}
    )


def seconds(length):
    return length / timedelta(seconds=1)


class Reference:
    """What somebody is told of a picture: `values("mttr")` are pairs of a day and a value. Seeing is by `today`."""

    def __init__(self, then, today, user_id, zone):
        self.then, self.zone = then, zone
        seen = {
            i.id
            for i in today.incidents
            if i.visibility == "ORGANISATION" or (i.merged_into_id or i.id, user_id) in today.members
        }
        ends = ("DECLINED", "CANCELLED", "MERGED")
        self.counted = {i.id: i for i in then.incidents if i.id in seen and i.kind == "REAL" and i.stage not in ends}
        self.events = defaultdict(list)
        for event in then.events:
            self.events[event.incident_id].append(event)

    def day(self, moment):
        return moment.astimezone(self.zone).date()

    def values(self, key):
        if key.startswith("time_in_"):
            return self._each(lambda i: self._stay(i, key.removeprefix("time_in_").upper()))
        return getattr(self, key)()

    def _each(self, value):
        found = ((self.day(i.detected_at), value(i)) for i in self.counted.values())
        return [(day, each) for day, each in found if each is not None]

    def incidents(self):
        return self._each(lambda _: 1.0)

    def mttd(self):
        return self._each(lambda i: between(i.impact_started_at, i.detected_at))

    def mtta(self):
        reported = {key for key, events in self.events.items() if any(e.kind == "incident.reported" for e in events)}
        return self._each(lambda i: between(i.detected_at, i.acknowledged_at) if i.id in reported else None)

    def mttm(self):
        return self._each(lambda i: between(i.impact_started_at, i.mitigated_at))

    def mttr(self):
        return self._each(lambda i: between(i.impact_started_at, i.resolved_at))

    def _stay(self, incident, stage):
        present, since, total, were = None, None, timedelta(), False
        for event in self.events[incident.id]:
            word = event.kind.removeprefix("incident.")
            if word not in (*MOVES, "reported"):
                continue
            if present == stage:
                total, were = total + (event.occurred_at - since), True
            present, since = event.data["to_stage"] if word == "stage_changed" else TARGETS[word], event.occurred_at
        return max(0.0, seconds(total)) if were and present != stage else None

    def reopen_rate(self):
        def came_back(incident):
            back = any(e.kind == "incident.reopened" and e.data.get("resolved_at") for e in self.events[incident.id])
            return 1.0 if back else 0.0 if incident.resolved_at else None

        return self._each(came_back)

    def time_to_fill_roles(self):
        found = []
        for incident in self.counted.values():
            version = self.then.severities.get(incident.severity_version_id)
            if version is None or incident.declared_at is None:
                continue
            for role in version.required_role_ids:
                taken = [r.assumed_at for r in self.then.roles if (r.incident_id, r.role_id) == (incident.id, role)]
                if taken:
                    waited = seconds(min(taken) - incident.declared_at)
                    found.append((self.day(incident.detected_at), max(0.0, waited)))
        return found

    def responder_hours(self):
        def held(incident):
            if incident.resolved_at is None:
                return None
            total = timedelta()
            own = [r for r in self.then.roles if r.incident_id == incident.id]
            for person in {r.user_id for r in own}:
                until = datetime.min.replace(tzinfo=UTC)
                for r in sorted((r for r in own if r.user_id == person), key=lambda r: r.assumed_at):
                    end = min(r.relinquished_at or incident.resolved_at, incident.resolved_at)
                    begin = max(r.assumed_at, until)
                    total, until = total + max(timedelta(), end - begin), max(until, end)
            return seconds(total) / 3600

        return self._each(held)

    def promises_kept(self):
        found, answered = [], set()
        for update in self.then.updates:
            if update.promised_by is not None and update.incident_id in self.counted:
                answered.add((update.incident_id, update.audience, update.promised_by))
                kept = (update.recorded_at or update.published_at) <= update.promised_by
                found.append((self.day(update.promised_by), float(kept)))
        for event in self.then.events:
            if event.kind == "reminder.update_overdue" and event.incident_id in self.counted:
                promised = datetime.fromisoformat(event.data["promised_by"])
                if (event.incident_id, event.data["audience"], promised) not in answered:
                    found.append((self.day(promised), 0.0))
        return found

    def action_items_in_time(self):
        today = self.then.events[-1].recorded_at.astimezone(UTC).date()
        found = []
        for item in self.then.items:
            if item.due_on is None or (item.incident_id is not None and item.incident_id not in self.counted):
                continue
            done = item.done_at.astimezone(UTC).date() if item.state == "DONE" else None
            if done is not None or (item.state != "WONT_DO" and item.due_on < today):
                found.append((item.due_on, float(done is not None and done <= item.due_on)))
        return found


def between(start, end):
    return seconds(end - start) if start is not None and end is not None and end >= start else None


def percentile(values, share):
    ordered, at = sorted(values), share * (len(values) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])
