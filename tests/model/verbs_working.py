"""The model's verbs of the response: roles, entries, pins, tasks, alerts, and what admins archive."""

from tests.model.nouns import CONFLICT, FORBIDDEN, NOT_FOUND, OPEN, OVER, REQUIRED, Alert, Incident, Task, refuse
from tests.model.verbs_stages import blank

STANDARD = set(REQUIRED["SEV1"])


def assign_role(c, who, given):
    """Whoever held it is relieved; the holder again is no change."""
    c.permit(who)
    found = c.incident(who, given["incident"])
    refuse(
        c.no_incident(found, given["incident"]),
        c.no_role(given["role"]),
        c.no_person(given["user"]),
        (found and found.stage in (*OVER, "MERGED"), CONFLICT, "incident"),
    )
    c.hand(who, found, given["role"], c.person(given["user"]))
    return found


def relinquish_role(c, who, given):
    """A vacant role is no change."""
    c.permit(who)
    found = c.incident(who, given["incident"])
    refuse(
        c.no_incident(found, given["incident"]),
        c.no_role(given["role"], archived_too=True),
        (found and found.stage == "MERGED", CONFLICT, "incident"),
    )
    held = found.holder(given["role"])
    if held is not None:
        held.until = max(c.now, held.since)
        c.log(who, "role.relinquished", found)
    return found


def add_entry(c, who, given):
    c.permit(who)
    found = c.incident(who, given["incident"])
    refuse(
        blank(given, "text"),
        c.in_future(given, "occurredAt"),
        c.no_incident(found, given["incident"]),
        (found and found.stage == "MERGED", CONFLICT, "incident"),
    )
    at, pinned = c.past(given, "occurredAt"), given.get("pinned", False)
    return c.log(who, "entry.added", found, at=at, entry_kind=given["kind"], pinned=pinned)


def pin_event(c, who, given):
    """So already: no change."""
    c.permit(who)
    line = next((x for i in c.incidents for x in i.lines if x.id == given["event"]), None)
    refuse((line is None or not c.sees(who, line.incident), NOT_FOUND, "event"))
    if line.pinned != given["pinned"]:
        line.pinned = given["pinned"]
        c.log(who, "event.pinned" if line.pinned else "event.unpinned", line.incident)
    return line


def add_task(c, who, given):
    c.permit(who)
    found = c.incident(who, given["incident"])
    refuse(
        blank(given, "title"),
        c.no_incident(found, given["incident"]),
        (found and found.stage in (*OVER, "MERGED"), CONFLICT, "incident"),
    )
    task = Task(found, given["title"])
    c.tasks.append(task)
    c.log(who, "task.added", found)
    return task


def _task(c, who, given, *, already=(), over=("DONE", "DROPPED"), ended=False):
    """A task, and who does it. One that is over, or held by somebody else, is refused unless it is so already."""
    c.permit(who)
    task = next((t for t in c.tasks if t.id == given["task"]), None)
    seen = task is not None and c.sees(who, task.incident)
    user = given.get("user")
    doer = who if user is None else c.person(user)
    other = doer is not who
    moot = not seen or task.state in already
    refuse(
        *([c.no_person(user)] if user is not None else []),
        (other and not c.may(who, "ASSIGN"), FORBIDDEN, None),
        (not seen, NOT_FOUND, "task"),
        (seen and other and task.incident.private and doer not in task.incident.members, CONFLICT, "user"),
        (seen and ended and task.incident.stage in OVER, CONFLICT, "task"),
        (not moot and task.state in over, CONFLICT, "task"),
        (not moot and task.state == "CLAIMED" and task.holder is not doer, CONFLICT, "task"),
    )
    return task, doer


def claim_task(c, who, given):
    task, doer = _task(c, who, given, ended=True)
    if task.state == "OPEN":
        task.state, task.holder, task.claimed = "CLAIMED", doer, c.now
        c.log(who, "task.claimed", task.incident)
    return task


def release_task(c, who, given):
    task, _ = _task(c, who, given)
    if task.state == "CLAIMED":
        task.state, task.holder, task.claimed = "OPEN", None, None
        c.log(who, "task.released", task.incident)
    return task


def complete_task(c, who, given):
    """One that nobody held was done by whoever says so."""
    task, doer = _task(c, who, given, already=("DONE",))
    if task.state != "DONE":
        if task.holder is None:
            task.holder, task.claimed = doer, c.now
        task.state, task.done = "DONE", c.now
        c.log(who, "task.completed", task.incident)
    return task


def drop_task(c, who, given):
    task, _ = _task(c, who, given, already=("DROPPED",))
    if task.state != "DROPPED":
        task.state = "DROPPED"
        c.log(who, "task.dropped", task.incident)
    return task


def _alert(c, who, ref):
    """An alert that somebody may see: one of an incident is as visible as the incident."""
    alert = next((a for a in c.alerts if a.id == ref), None)
    return alert if alert and (alert.incident is None or c.sees(who, alert.incident)) else None


def acknowledge_alert(c, who, given):
    c.permit(who)
    alert = _alert(c, who, given["alert"])
    refuse(
        (alert is None, NOT_FOUND, "alert"),
        (alert and alert.state == "RESOLVED", CONFLICT, "alert"),
    )
    if alert.state != "ACKNOWLEDGED":
        alert.state = "ACKNOWLEDGED"
        c.log(who, "alert.acknowledged", alert.incident)
    return alert


def resolve_alert(c, who, given):
    c.permit(who)
    alert = _alert(c, who, given["alert"])
    refuse((alert is None, NOT_FOUND, "alert"))
    if alert.state != "RESOLVED":
        alert.state = "RESOLVED"
        c.log(who, "alert.resolved", alert.incident)
    return alert


def link_alert(c, who, given):
    """Without an incident it is unlinked. The one that loses it and the one that gets it each note that."""
    c.permit(who)
    alert, ref = _alert(c, who, given["alert"]), given.get("incident")
    target = c.incident(who, ref) if ref is not None else None
    refuse(
        (alert is None, NOT_FOUND, "alert"),
        c.no_incident(target or ref is None or None, ref),
        (alert and target and target.stage == "MERGED", CONFLICT, "incident"),
    )
    if alert.incident is not target:
        if alert.incident is not None:
            c.log(who, "alert.unlinked", alert.incident)
        alert.incident = target
        if target is not None:
            c.log(who, "alert.linked", target)
    return alert


def fire(c, monitor, group, fingerprints, starts, *, pages):
    """New alerts; those that page join their group's open incident, or become a new one in DETECTION."""
    incident = c.groups.get(group) if pages else None
    if pages and (incident is None or incident.stage not in OPEN):
        incident = c.groups[group] = Incident(group, "DETECTION", monitor)
        incident.times["DETECTED"] = min(starts, c.now)
        c.incidents.append(incident)
        c.log(monitor, "incident.reported", incident)
    for fingerprint in fingerprints:
        c.alerts.append(Alert(fingerprint, starts, group, incident=incident))
        c.log(monitor, "alert.received", incident, at=min(starts, c.now))
    return incident


def end(c, monitor, alert, at):
    """The monitor says that an alert is over; its incident stays as it is."""
    if alert.state != "RESOLVED":
        alert.state = "RESOLVED"
        c.log(monitor, "alert.resolved", alert.incident, at=at)


def save_user(c, who, given):
    """Archive a person or bring one back: nobody who holds a role in an open incident, nor the last admin, nor oneself.

    Whoever leaves loses their token for good.
    """
    c.permit(who, "ADMINISTER")
    person, wanted = c.person(given["id"]), given["archived"]
    leaves = person and wanted and not person.archived
    admins = [p for p in c.people.values() if p.kind == "USER" and p.access == "ADMIN" and not p.archived]
    refuse(
        (person is None, NOT_FOUND, "id"),
        (leaves and (c.duties(person) or admins == [person] or person is who), CONFLICT, "archived"),
    )
    if person.archived != wanted:
        person.archived = wanted
        if wanted and not person.locked_out:
            person.locked_out = True
            c.log(who, "access.revoked", audited=True)
        c.log(who, "setting.saved", audited=True)
    return person


def save_role(c, who, given):
    """Archive a role or bring it back: none that a severity requires. `id` is the model's key, not the API's id."""
    c.permit(who, "ADMINISTER")
    key, wanted = given["id"], given["archived"]
    refuse((wanted and key in STANDARD, CONFLICT, "archived"))
    if c.archived_roles[key] != wanted:
        c.archived_roles[key] = wanted
        c.log(who, "setting.saved", audited=True)
    return key
