"""What somebody sees of incidents: the selection that is asked for, and the same as the model has it."""

from datetime import UTC

from tests.model.nouns import OVER, REQUIRED, RESPONDING

WIDE = """
fragment Wide on Incident {
  number title publicTitle summary labels stage kind visibility version publicUrl
  impactStartedAt detectedAt acknowledgedAt declaredAt mitigatedAt resolvedAt closedAt
  severity { name version } members { id } services { slug } reportedBy { ...Who }
  mergedInto { number } mergedFrom { number } commander { id }
  roles(current: false) { role { key } user { id } assumedAt relinquishedAt } unfilledRoles { key }
  tasks(first: 30) { nodes { id title state claimedBy { ...Who } claimedAt doneAt } }
  timeline(first: 100) { nodes { id number kind occurredAt recordedAt entryKind pinned text
    incident { number } actor { ...Who } } }
  updates(first: 20) { nodes { id audience status body author { ...Who } publishedAt editedAt withdrawnAt nextUpdateBy
    components { to component { id } } } }
  alerts(first: 30) { nodes { id fingerprint state } }
  internalDue: nextUpdateDueAt(audience: INTERNAL) publicDue: nextUpdateDueAt(audience: PUBLIC)
}
fragment Who on Actor { kind user { id } }
"""

ASIDE = frozenset({"internalDue", "publicDue", "nextUpdateBy", "text", "id"})
"""What the model does not say: promises by cadence, sentences. Snapshots compare them all the same."""


def written(moment):
    """A moment as the API writes it."""
    return moment and moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def who(person):
    return person and {"kind": person.kind, "user": {"id": person.id} if person.kind == "USER" else None}


def of_incident(c, viewer, incident, base_url):
    """An incident as the model would answer `Wide` to a viewer."""
    i = incident
    hidden = i.private or i.kind == "DRILL" or not i.standing
    commander = i.holder("commander")
    return {
        "number": i.number,
        "title": i.title,
        "publicTitle": i.public_title,
        "summary": i.summary,
        "labels": i.labels,
        "stage": i.stage,
        "kind": i.kind,
        "visibility": i.visibility,
        "version": i.version,
        "publicUrl": None if hidden else f"{base_url}/incidents/INC-{i.number}",
        **{f"{_camel(name)}At": written(moment) for name, moment in i.times.items()},
        "severity": i.severity and {"name": i.severity, "version": 1},
        "members": [{"id": member.id} for member in i.members if member.kind == "USER"],
        "services": [{"slug": slug} for slug in sorted(i.services)],
        "reportedBy": who(i.reporter),
        "mergedInto": {"number": i.into.number} if i.into and c.sees(viewer, i.into) else None,
        "mergedFrom": [{"number": x.number} for x in _followers(c, viewer, i)],
        "commander": commander and {"id": commander.user.id},
        "roles": [_role(holding) for holding in i.holdings],
        "unfilledRoles": [{"key": role} for role in _unfilled(i)],
        "tasks": {"nodes": [_task(task) for task in c.tasks_of(i)]},
        "timeline": {"nodes": [_line(line) for line in _lines(c, viewer, i)][:100]},
        "updates": {"nodes": [_update(update) for update in i.updates]},
        "alerts": {"nodes": [{"fingerprint": a.fingerprint, "state": a.state} for a in c.alerts_of(i)]},
    }


def _camel(name):
    first, *rest = name.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


def _followers(c, viewer, incident):
    return sorted((x for x in c.followers(incident) if c.sees(viewer, x)), key=lambda x: x.number)


def _lines(c, viewer, incident):
    """A timeline with what was merged into it, in the order in which it was recorded."""
    family = {incident, *_followers(c, viewer, incident)}
    return sorted((line for each in family for line in each.lines), key=lambda line: line.place)


def _unfilled(incident):
    if incident.stage not in RESPONDING or incident.kind == "BACKFILLED":
        return []
    return [role for role in REQUIRED.get(incident.severity, ()) if incident.holder(role) is None]


def _role(holding):
    return {
        "role": {"key": holding.role},
        "user": {"id": holding.user.id},
        "assumedAt": written(holding.since),
        "relinquishedAt": written(holding.until),
    }


def _task(task):
    return {
        "title": task.title,
        "state": task.state,
        "claimedBy": who(task.holder),
        "claimedAt": written(task.claimed),
        "doneAt": written(task.done),
    }


def _line(line):
    return {
        "number": line.number,
        "kind": line.kind,
        "occurredAt": written(line.occurred),
        "recordedAt": written(line.recorded),
        "entryKind": line.entry_kind,
        "pinned": line.pinned,
        "incident": {"number": line.incident.number},
        "actor": who(line.actor),
    }


def _update(update):
    return {
        "audience": update.audience,
        "status": update.status,
        "body": update.body,
        "author": who(update.author),
        "publishedAt": written(update.published),
        "editedAt": written(update.edited),
        "withdrawnAt": written(update.withdrawn),
        "components": [{"to": to, "component": {"id": key}} for key, to in sorted(update.said.items())],
    }


def known(answer):
    """An answer without what the model does not say."""
    if isinstance(answer, dict):
        return {key: known(value) for key, value in answer.items() if key not in ASIDE or _points(answer)}
    return [known(item) for item in answer] if isinstance(answer, list) else answer


def _points(answer):
    """Whether an object is nothing but an id: a person or a component."""
    return set(answer) == {"id"}


def sound(answer):
    """What holds of any incident whatever happened, by the answer alone."""
    held = [role["role"]["key"] for role in answer["roles"] if role["relinquishedAt"] is None]
    assert len(held) == len(set(held)), "two hold one role"
    for task in answer["tasks"]["nodes"]:
        claimed = task["claimedBy"] is not None
        assert claimed == (task["claimedAt"] is not None)
        assert claimed or task["state"] in ("OPEN", "DROPPED"), "nobody does what is claimed or done"
        assert not claimed or task["state"] != "OPEN", "somebody has what is open"
    times = [answer[f"{name}At"] for name in ("detected", "acknowledged", "declared")]
    ends = [answer[f"{name}At"] for name in ("mitigated", "resolved", "closed")]
    for moments in (times, ends, [answer["impactStartedAt"], answer["mitigatedAt"]]):
        given = [moment for moment in moments if moment is not None]
        assert given == sorted(given), "moments are out of order"
    own = [x["number"] for x in answer["timeline"]["nodes"] if x["incident"]["number"] == answer["number"]]
    assert own == list(range(1, len(own) + 1)), "the timeline has a gap"
    assert (answer["stage"] == "MERGED") == (answer["mergedInto"] is not None)
    assert answer["stage"] in OVER or answer["declaredAt"] or answer["stage"] in ("DETECTION", "TRIAGE", "MERGED")
