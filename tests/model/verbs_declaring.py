"""The model's verbs that declare and describe an incident."""

from tests.model.nouns import CONFLICT, ILLEGAL, INVALID, NOT_FOUND, Incident, refuse
from tests.model.verbs_stages import blank


def declare_incident(c, who, given):
    """A new incident in RESPONSE, or one in DETECTION or TRIAGE; with severity, roles and members in one step."""
    c.permit(who)
    kind, ref = given.get("kind", "REAL"), given.get("incident")
    found = c.incident(who, ref) if ref is not None else None
    refuse(
        *(blank(given, name) for name in ("title", "publicTitle", "summary")),
        *(c.in_future(given, name) for name in ("impactStartedAt", "detectedAt", "declaredAt")),
        *_wrong_references(c, given),
        (kind != "BACKFILLED" and given.get("declaredAt"), INVALID, "declaredAt"),
        (kind == "BACKFILLED" and _detected_late(c, given), INVALID, "detectedAt"),
        (ref is None and given.get("title") is None, INVALID, "title"),
        (ref is not None and kind != "REAL", INVALID, "kind"),
        c.no_incident(found or ref is None or None, ref),
        *_forbids(c, found, given),
    )
    found = _open(c, who, given, kind) if found is None else _take(c, who, found, given)
    found.severity, found.stage, found.entered = given["severity"], "RESPONSE", None
    found.services |= set(given.get("services") or ())
    then = found.times["DECLARED"] if kind == "BACKFILLED" else None
    c.log(who, "incident.declared", found, at=then)
    for user in given.get("members") or []:
        c.join(found, c.person(user), by=who)
    for pair in given.get("roles") or []:
        c.hand(who, found, pair["role"], c.person(pair["user"]), then)
    return found


def _wrong_references(c, given):
    roles = given.get("roles") or []
    keys = [pair["role"] for pair in roles]
    return [
        c.no_severity(given["severity"]),
        *c.no_services(given.get("services")),
        *c.no_people(given.get("members")),
        *(c.no_role(pair["role"], f"roles.{i}.role") for i, pair in enumerate(roles)),
        *((key in keys[:i], INVALID, f"roles.{i}.role") for i, key in enumerate(keys)),
        *(c.no_person(pair["user"], f"roles.{i}.user") for i, pair in enumerate(roles)),
    ]


def _detected_late(c, given):
    """Whether a backfilled incident would be detected after it was declared."""
    detected, declared = c.past(given, "detectedAt"), c.past(given, "declaredAt")
    return detected and declared and detected > declared


def _forbids(c, found, given):
    """Why a reported incident can't be declared, or not so."""
    if found is None:
        return []
    detected, acknowledged = c.past(given, "detectedAt"), found.times["ACKNOWLEDGED"]
    hides = given.get("visibility") == "PRIVATE"
    return [
        (found.stage not in ("DETECTION", "TRIAGE"), ILLEGAL, "incident"),
        (hides and any(i.thread_open for i in c.family(found)), CONFLICT, "visibility"),
        (detected and acknowledged and detected > acknowledged, INVALID, "detectedAt"),
    ]


def _open(c, who, given, kind):
    new = Incident(
        given["title"],
        "RESPONSE",
        who,
        kind=kind,
        visibility=given.get("visibility", "ORGANISATION"),
        public_title=given.get("publicTitle"),
        summary=given.get("summary"),
        labels=given.get("labels") or {},
    )
    detected = c.past(given, "detectedAt")
    declared = c.past(given, "declaredAt") or (detected if kind == "BACKFILLED" else None) or c.now
    new.times |= {"DETECTED": detected or declared, "ACKNOWLEDGED": declared, "DECLARED": declared}
    new.times["IMPACT_STARTED"] = c.past(given, "impactStartedAt")
    c.join(new, who)
    c.incidents.append(new)
    return new


def _take(c, who, found, given):
    """A reported incident keeps its texts where none are given; ORGANISATION never opens a private one."""
    found.version += 1
    c.join(found, who)
    if given.get("visibility") == "PRIVATE":
        c.show_as(who, c.family(found), "PRIVATE")
    texts = {"title": "title", "public_title": "publicTitle", "summary": "summary"}
    wanted = {name: given[key] for name, key in texts.items() if given.get(key) is not None}
    _describe(c, who, found, {**wanted, "labels": {**found.labels, **(given.get("labels") or {})}})
    for name, key in (("IMPACT_STARTED", "impactStartedAt"), ("DETECTED", "detectedAt")):
        value, before = c.past(given, key), found.times[name]
        if value is not None and value != before:
            found.times[name] = value
            if before is not None:
                c.log(who, "incident.timestamp_corrected", found)
    found.times["ACKNOWLEDGED"] = found.times["ACKNOWLEDGED"] or max(c.now, found.times["DETECTED"])
    found.times["DECLARED"] = max(c.now, found.times["ACKNOWLEDGED"])
    return found


def _describe(c, who, incident, wanted):
    """Set what differs, with one event; whether anything did."""
    changed = {name for name, value in wanted.items() if getattr(incident, name) != value}
    for name in changed:
        setattr(incident, name, wanted[name])
    if changed:
        c.log(who, "incident.edited", incident)
    return bool(changed)


def edit_incident(c, who, given):
    """Absent: unchanged; null: cleared (never the title); a list replaces."""
    c.permit(who)
    found = c.incident(who, given["incident"])
    refuse(
        ("title" in given and given["title"] is None, INVALID, "title"),
        *(blank(given, name) for name in ("title", "publicTitle", "summary")),
        *c.no_services(given.get("services")),
        c.no_incident(found, given["incident"]),
        c.stale(found, given),
        (found and found.stage == "MERGED", CONFLICT, "incident"),
    )
    names = {"title": "title", "publicTitle": "public_title", "summary": "summary", "labels": "labels"}
    wanted = {name: given[key] for key, name in names.items() if key in given}
    if "labels" in wanted:
        wanted["labels"] = wanted["labels"] or {}
    if "services" in given:
        wanted["services"] = set(given["services"] or ())
    found.version += _describe(c, who, found, wanted)
    return found


def add_member(c, who, given):
    c.permit(who)
    found = c.incident(who, given["incident"])
    refuse(
        c.no_incident(found, given["incident"]),
        c.no_person(given["user"]),
        (found and found.stage == "MERGED", CONFLICT, "incident"),
    )
    c.join(found, c.person(given["user"]), by=who)
    return found


def remove_member(c, who, given):
    """Not a role's holder; from a private incident neither oneself nor the last who may see it."""
    c.permit(who)
    found, person = c.incident(who, given["incident"]), c.person(given["user"])
    members = [m for m in found.members if m.kind == "USER" and not m.archived] if found else []
    refuse(
        c.no_incident(found, given["incident"]),
        (person is None, NOT_FOUND, "user"),
        (found and found.stage == "MERGED", CONFLICT, "incident"),
        (found and any(h.user is person and h.until is None for h in found.holdings), CONFLICT, "user"),
        (found and found.private and (person is who or members == [person]), CONFLICT, "user"),
    )
    _take_off(c, who, found, person)
    return found


def _take_off(c, who, incident, person):
    if person in incident.members:
        incident.members.remove(person)
        c.log(who, "member.removed", incident)


def change_visibility(c, who, given):
    """Incidents merged into it follow. `members` replaces the people; the actor and role holders stay."""
    c.permit(who)
    found, wanted, people = c.incident(who, given["incident"]), given["visibility"], given.get("members")
    differs = found and found.visibility != wanted
    hides = differs and wanted == "PRIVATE"
    refuse(
        blank(given, "reason"),
        *c.no_people(people),
        c.no_incident(found, given["incident"]),
        (found and found.stage == "MERGED", CONFLICT, "incident"),
        (hides and any(i.thread_open for i in c.family(found)), CONFLICT, "visibility"),
    )
    if differs:
        c.show_as(who, c.family(found), wanted)
    if people is not None:
        for user in people:
            c.join(found, c.person(user), by=who)
        keep = {c.person(user) for user in people} | {h.user for h in found.holdings if h.until is None} | {who}
        for member in [m for m in found.members if m.kind == "USER" and m not in keep]:
            _take_off(c, who, found, member)
    return found
