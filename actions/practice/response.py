"""How the response to an incident is judged: roles, severity, stages, runbook, and what was said. One function a check.

In: what is known of the incident, and the limit (None: as its severity obliges). No question is asked of anybody here.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from models.practice.course import Course, Finding, Holding, Said, Step, beside, failed, passed, unknown
from models.role import COMMANDER, SCRIBE, TECHNICAL_LEAD
from models.words import ActorKind, Audience, Stage, Visibility

SHOWN = 20
"""Events that are named, at most."""
MINUTE = timedelta(minutes=1)


def roles_filled(course: Course, limit: int | None) -> Finding:
    """Whether every demanded role was taken in time."""
    obligations, declared = course.obligations, course.declared_at
    if declared is None or obligations is None:
        return unknown("It was not declared yet.")
    if not obligations.required_role_ids:
        return beside("Its severity demands no roles.")
    minutes = obligations.fill_roles_within_minutes if limit is None else limit
    if minutes is None:
        return unknown("Neither its severity nor the check says by when roles must be filled.")
    due = declared + minutes * MINUTE
    first: dict[int, datetime] = {}
    for held in course.holdings:
        first[held.role_id] = min(held.assumed_at, first.get(held.role_id, held.assumed_at))
    demanded = obligations.required_role_ids
    vacant = [key for key in demanded if key not in first]
    late = [key for key in demanded if key in first and first[key] > due]
    events = [step for step in course.of("role.assigned") if int(step.about or 0) in demanded]
    if late or (vacant and course.moment > due):
        reminded = course.of("reminder.roles_unfilled")
        said = [f"{_roles(len(late))} filled late"] if late else []
        said += [f"{_roles(len(vacant))} never filled"] if vacant else []
        return failed(
            f"Of the demanded {len(demanded)}: {', '.join(said)}; {_in(minutes)}.", *_numbers(events, reminded)
        )
    if vacant:
        return unknown(f"Still vacant: {_roles(len(vacant))}; {_in(minutes)}.", *_numbers(events))
    last = max(first[key] for key in demanded)
    return passed(
        f"Every demanded role was filled after {_minutes(last - declared)}; {_in(minutes)}.", *_numbers(events)
    )


def severity_at_declaration(course: Course, limit: int | None) -> Finding:
    """Whether it was declared with a severity soon after somebody took it."""
    taken, declared = course.acknowledged_at, course.declared_at
    events = course.of("incident.acknowledged", "incident.declared")
    if taken is None:
        return unknown("Nobody has taken it yet.")
    due = taken + (limit or 0) * MINUTE
    if declared is None:
        if course.moment > due:
            return failed(f"It has been in triage for longer than {limit} min.", *_numbers(events))
        return unknown(f"It is in triage; {_in(limit or 0)}.", *_numbers(events))
    severities = [step.about for step in events if step.kind == "incident.declared"]
    if course.obligations is None or (severities and severities[0] is None):
        return failed("It was declared without a severity.", *_numbers(events))
    if declared > due:
        return failed(f"It was declared after {_minutes(declared - taken)} of triage, not {limit}.", *_numbers(events))
    return passed(f"It was declared with a severity after {_minutes(declared - taken)} of triage.", *_numbers(events))


def commander_not_fixing(course: Course, limit: int | None) -> Finding:
    """Whether whoever commanded left the fixing to others."""
    commanding = [held for held in course.holdings if held.role == COMMANDER]
    if not commanding:
        return unknown("Nobody was Incident Commander.")
    leading = [held for held in course.holdings if held.role == TECHNICAL_LEAD]
    both = {one.user_id for one in commanding for other in leading if _at_once(one, other)}
    if both:
        roles = {held.role_id for held in (*commanding, *leading)}
        events = [
            step
            for step in course.of("role.assigned")
            if int(step.user_id or 0) in both and int(step.about or 0) in roles
        ]
        return failed("One person was Incident Commander and Technical Lead at once.", *_numbers(events))
    claims = [step for step in course.of("task.claimed") if any(_claimed_by(step, held) for held in commanding)]
    if len(claims) > (limit or 0):
        return failed(f"The Incident Commander claimed {_tasks(len(claims))}.", *_numbers(claims))
    roles = {held.role_id for held in commanding}
    events = [step for step in course.of("role.assigned") if int(step.about or 0) in roles]
    return passed("The Incident Commander left the fixing to others.", *_numbers(events))


def timeline_by_scribe(course: Course, limit: int | None) -> Finding:
    """Whether the scribe kept the record."""
    wanted = limit or 0
    writing = [held for held in course.holdings if held.role == SCRIBE]
    demanded = course.obligations is not None and course.scribe_id in course.obligations.required_role_ids
    if not writing and not demanded:
        return beside("Its severity demands no scribe, and nobody was one.")
    wrote = sum(held.wrote for held in writing)
    entries = sorted({number for held in writing for number in held.entries})[:SHOWN]
    if writing and wrote >= wanted:
        return passed(f"The scribe wrote {_entries(wrote)}.", *entries)
    if course.resolved_at is None:
        return unknown(f"The scribe has written {_entries(wrote)} so far.", *entries)
    if not writing:
        return failed("Nobody was scribe.")
    return failed(f"The scribe wrote {_entries(wrote)}, not {wanted}.", *entries)


def mitigated_before_resolved(course: Course, _: int | None) -> Finding:
    """Whether the end of the impact was noted before the lasting fix."""
    if course.resolved_at is None:
        return unknown("It is not resolved yet.")
    moves = course.of("incident.stage_changed")
    resolved = [step for step in moves if step.about == Stage.RESOLUTION][:1]
    before = [step for step in moves if step.about == Stage.MITIGATION and (not resolved or step.id < resolved[0].id)]
    if before or (course.mitigated_at is not None and course.mitigated_at < course.resolved_at):
        return passed("The end of the impact was noted before the lasting fix.", *_numbers(before, resolved))
    return failed("It was resolved without a note of when the impact stopped.", *_numbers(resolved))


def runbook_linked(course: Course, _: int | None) -> Finding:
    """Whether it was worked by a runbook."""
    opened = course.of("runbook.opened")
    if opened:
        return passed("A runbook was opened.", *_numbers(opened))
    if course.resolved_at is None:
        return unknown("No runbook was opened so far.")
    return failed("No runbook was opened.")


def first_internal_update(course: Course, limit: int | None) -> Finding:
    """Whether colleagues were told in time."""
    return _first(course, Audience.INTERNAL, limit)


def first_public_update(course: Course, limit: int | None) -> Finding:
    """Whether customers were told in time."""
    if course.visibility is Visibility.PRIVATE:
        return beside("It is private: customers are told nothing.")
    return _first(course, Audience.PUBLIC, limit)


def _first(course: Course, audience: Audience, limit: int | None) -> Finding:
    obligations, declared = course.obligations, course.declared_at
    if declared is None or obligations is None:
        return unknown("It was not declared yet.")
    owed = obligations.cadence_minutes(audience)
    if owed is None:
        return beside(f"Its severity owes no {audience.lower()} updates.")
    minutes = owed if limit is None else limit
    due = declared + minutes * MINUTE
    said = sorted((each for each in course.said if each.audience is audience), key=lambda each: each.written_at)[:1]
    events = _numbers(_of_updates(course, said))
    if said:
        after = _minutes(said[0].written_at - declared)
        sentence = f"The first {audience.lower()} update came after {after}; {_in(minutes)}."
        return passed(sentence, *events) if said[0].written_at <= due else failed(sentence, *events)
    if course.resolved_at is not None and course.resolved_at <= due:
        return beside(f"It was resolved before the first {audience.lower()} update was due.")
    if course.moment > due:
        reminded = [step for step in course.of("reminder.update_overdue") if step.audience == audience]
        return failed(f"There was no {audience.lower()} update; {_in(minutes)}.", *_numbers(reminded))
    return unknown(f"There is no {audience.lower()} update yet; {_in(minutes)}.")


def promises_kept(course: Course, limit: int | None) -> Finding:
    """Whether updates came when they were promised."""
    grace = (limit or 0) * MINUTE
    answered = [each for each in course.said if each.promised_by is not None]
    late = [each for each in answered if each.promised_by is not None and each.written_at > each.promised_by + grace]
    met = {(each.audience, each.promised_by) for each in answered}
    missed = [step for step in course.of("reminder.update_overdue") if _missed(step, met, course.moment - grace)]
    if late or missed:
        said = [f"{len(late)} came late"] if late else []
        said += [f"{len(missed)} never came"] if missed else []
        whole = f"Promised updates: {len(answered) + len(missed)}, of which {' and '.join(said)}."
        return failed(whole, *_numbers(_of_updates(course, late), missed))
    if answered:
        kept = "The promised update" if len(answered) == 1 else f"All {len(answered)} promised updates"
        return passed(f"{kept} came in time.", *_numbers(_of_updates(course, answered)))
    owes = course.obligations is not None and any(map(course.obligations.cadence_minutes, Audience))
    if owes and course.resolved_at is None:
        return unknown("No promise is due yet.")
    return beside("No update was promised.")


def _missed(step: Step, met: set[tuple[Audience, datetime | None]], before: datetime) -> bool:
    promised = datetime.fromisoformat(step.promised_by or "")
    return (Audience(step.audience or ""), promised) not in met and promised <= before


def _of_updates(course: Course, said: Iterable[Said]) -> list[Step]:
    keys = {str(each.id) for each in said}
    return [step for step in course.of("update.published") if step.about in keys]


def _at_once(one: Holding, other: Holding) -> bool:
    """Whether one person had both at some moment."""
    return (
        one.user_id == other.user_id
        and (other.relinquished_at is None or one.assumed_at < other.relinquished_at)
        and (one.relinquished_at is None or other.assumed_at < one.relinquished_at)
    )


def _claimed_by(step: Step, held: Holding) -> bool:
    own = str(step.actor_id) if step.actor_kind == ActorKind.USER else None
    doer = step.user_id or own
    return (
        doer == str(held.user_id)
        and held.assumed_at <= step.recorded_at
        and (held.relinquished_at is None or step.recorded_at < held.relinquished_at)
    )


def _numbers(*steps: Iterable[Step]) -> list[int]:
    return sorted({step.number for some in steps for step in some})[:SHOWN]


def _minutes(length: timedelta) -> str:
    return f"{max(0, round(length / MINUTE)):,} min"


def _in(minutes: int) -> str:
    return f"{minutes:,} min are allowed"


def _roles(count: int) -> str:
    return "1 role" if count == 1 else f"{count} roles"


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"
