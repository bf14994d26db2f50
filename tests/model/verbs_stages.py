"""The model's verbs that move an incident along (DESIGN §3, "Transitions" and "Times")."""

from tests.model.nouns import CONFLICT, ILLEGAL, INVALID, LATER, OPEN, OVER, REOPENS, Incident, refuse


def blank(given, name):
    """The reason that a text says nothing."""
    value = given.get(name)
    return value is not None and not value.strip(), INVALID, name


def report_incident(c, who, given):
    c.permit(who)
    refuse(
        blank(given, "title"),
        c.in_future(given, "detectedAt"),
        *c.no_services(given.get("services")),
        *c.no_people(given.get("members")),
    )
    new = Incident(
        given["title"],
        "DETECTION",
        who,
        visibility=given.get("visibility", "ORGANISATION"),
        labels=given.get("labels") or {},
        services=set(given.get("services") or ()),
    )
    new.times["DETECTED"] = c.past(given, "detectedAt") or c.now
    c.join(new, who)
    c.incidents.append(new)
    c.log(who, "incident.reported", new)
    for user in given.get("members") or []:
        c.join(new, c.person(user), by=who)
    return new


def _move(c, who, given, sources, target, kind):
    """Take an incident from one of some stages to another, with a reason."""
    c.permit(who)
    found = c.incident(who, given["incident"])
    refuse(
        blank(given, "reason"),
        c.no_incident(found, given["incident"]),
        (found and found.stage not in sources, ILLEGAL, "incident"),
    )
    found.stage = target
    found.version += 1
    c.log(who, kind, found)
    return found


def acknowledge_incident(c, who, given):
    found = _move(c, who, given, ("DETECTION",), "TRIAGE", "incident.acknowledged")
    found.times["ACKNOWLEDGED"] = max(c.now, found.times["DETECTED"])
    return found


def decline_incident(c, who, given):
    return _move(c, who, given, ("DETECTION", "TRIAGE"), "DECLINED", "incident.declined")


def cancel_incident(c, who, given):
    return _move(c, who, given, OPEN, "CANCELLED", "incident.cancelled")


def reopen_incident(c, who, given):
    """Back to RESPONSE: what ended it is cleared; one that had not been declared is declared by this."""
    found = _move(c, who, given, REOPENS, "RESPONSE", "incident.reopened")
    found.times |= {"MITIGATED": None, "RESOLVED": None, "CLOSED": None}
    found.times["ACKNOWLEDGED"] = found.times["ACKNOWLEDGED"] or max(c.now, found.times["DETECTED"])
    found.times["DECLARED"] = found.times["DECLARED"] or max(c.now, found.times["ACKNOWLEDGED"])
    found.entered = c.now
    return found


def change_stage(c, who, given):
    """Say that a stage is achieved: an unset mitigated_at becomes resolved_at; back to RESPONSE takes it back."""
    c.permit(who)
    found, stage = c.incident(who, given["incident"]), given["stage"]
    at = c.past(given, "occurredAt")
    since = found and _entered(found)
    moment = at or c.now
    stops = stage == "MITIGATION" or (stage == "RESOLUTION" and found and found.times["MITIGATED"] is None)
    refuse(
        blank(given, "note"),
        c.in_future(given, "occurredAt"),
        c.no_incident(found, given["incident"]),
        c.stale(found, given),
        (found and stage not in LATER.get(found.stage, ()), ILLEGAL, "stage"),
        (found and at and at < since, INVALID, "occurredAt"),
        (found and stops and found.disorder("MITIGATED", moment), INVALID, "occurredAt"),
    )
    if stage == "RESPONSE" or stops:
        found.times["MITIGATED"] = moment if stops else None
    for name, reached in (("RESOLVED", "RESOLUTION"), ("CLOSED", "CLOSED")):
        if stage == reached:
            found.times[name] = moment
    found.stage, found.entered = stage, moment
    found.version += 1
    c.log(who, "incident.stage_changed", found, at=moment)
    return found


def _entered(incident):
    """When an incident entered its present stage, corrections included."""
    if incident.stage in ("MITIGATION", "RESOLUTION"):
        return incident.times["MITIGATED" if incident.stage == "MITIGATION" else "RESOLVED"]
    since = incident.entered or incident.times["DECLARED"] or incident.times["DETECTED"]
    return max(since, incident.times["RESOLVED"] or since)


def change_severity(c, who, given):
    """The severity that it has already is no change."""
    c.permit(who)
    found = c.incident(who, given["incident"])
    refuse(
        blank(given, "reason"),
        c.no_incident(found, given["incident"]),
        c.no_severity(given["severity"]),
        c.stale(found, given),
        (found and found.stage == "MERGED", CONFLICT, "incident"),
    )
    if found.severity != given["severity"]:
        found.severity = given["severity"]
        found.version += 1
        c.log(who, "incident.severity_changed", found)
    return found


def correct_timestamp(c, who, given):
    """The same moment again is no change; one that has not come yet is set by a stage and nothing else."""
    c.permit(who)
    found, name = c.incident(who, given["incident"]), given["timestamp"]
    value = c.past(given, "value")
    before = found and found.times[name]
    differs = found and before != value
    refuse(
        blank(given, "reason"),
        c.in_future(given, "value"),
        c.no_incident(found, given["incident"]),
        (found and found.stage == "MERGED", CONFLICT, "incident"),
        (differs and before is None and name != "IMPACT_STARTED", CONFLICT, "timestamp"),
        (differs and found.disorder(name, value), INVALID, "value"),
    )
    if differs:
        found.times[name] = value
        c.log(who, "incident.timestamp_corrected", found)
    return found


def merge_incident(c, who, given):
    """End an open incident: alerts, tasks, services and members go on in the other (merges before it too)."""
    c.permit(who)
    source, target = c.incident(who, given["incident"]), c.incident(who, given["into"])
    both = source and target
    refuse(
        blank(given, "reason"),
        c.no_incident(source, given["incident"]),
        c.no_incident(target, given["into"], "into"),
        (both and source is target, INVALID, "into"),
        (both and target.stage in (*OVER, "MERGED"), CONFLICT, "into"),
        (both and source.private and not target.private, CONFLICT, "into"),
        (both and (source.kind == "DRILL") != (target.kind == "DRILL"), CONFLICT, "into"),
        (both and target.private and any(i.thread_open for i in c.family(source)), CONFLICT, "into"),
        (both and source.stage not in OPEN, ILLEGAL, "incident"),
    )
    family, follow = c.family(source), source.private or not target.private
    source.stage = "MERGED"
    source.version += 1
    for each in family:
        each.into = target
    if target.private:
        c.show_as(who, family, "PRIVATE")
    for each in family:
        c.log(who, "incident.merged", each)
    _hand_over(c, source, target)
    if follow:
        for member in source.members:
            c.join(target, member, by=who)
    c.log(who, "incident.absorbed", target)
    return source


def _hand_over(c, source, target):
    for follows in (*c.alerts_of(source), *c.tasks_of(source)):
        follows.incident = target
    target.services |= source.services
    c.groups = {key: target if incident is source else incident for key, incident in c.groups.items()}
