"""How learning and readiness are judged: postmortem, action items, drills, alerts, calls. One function a check."""

from datetime import UTC, timedelta

from models.postmortem import FINISHED
from models.practice.course import Course, Finding, Step, beside, failed, passed, unknown
from models.words import ActionItemState, ActorKind, IncidentKind, PagingScope, Stage

SHOWN = 20
PUBLISHED = "postmortem.published"
EDITED = ("postmortem.edited", "postmortem.suggestion_decided")
"""What may change the words of one that is published."""


def postmortem_in_time(course: Course, limit: int | None) -> Finding:
    """Whether the postmortem was published by its day."""
    obligations = course.obligations
    if obligations is None or not obligations.postmortem_required:
        return beside("Its severity requires no postmortem.")
    days = obligations.postmortem_due_days if limit is None else limit
    if course.resolved_at is None:
        return unknown("It is not resolved yet.")
    if days is None:
        return unknown("Neither its severity nor the check says by when a postmortem is due.")
    due = course.resolved_at + timedelta(days=days)
    published = _published(course)
    if published is not None:
        late = published.recorded_at > due
        taken = (published.recorded_at - course.resolved_at) / timedelta(days=1)
        sentence = f"Published {taken:.1f} days after the resolution; {days} are allowed."
        return failed(sentence, published.number) if late else passed(sentence, published.number)
    reminded = [step.number for step in course.of("postmortem.reminded")][-1:]
    if course.moment > due:
        return failed(f"It is not published; {days} days after the resolution were allowed.", *reminded)
    return unknown(f"It is not published yet; {days} days after the resolution are allowed.", *reminded)


def blameless(course: Course, limit: int | None) -> Finding:
    """Whether the published postmortem has words that blame."""
    published = _published(course)
    if published is None:
        required = course.obligations is not None and course.obligations.postmortem_required
        return unknown("No postmortem is published.") if required else beside("There is no postmortem to look at.")
    later = [step for step in course.of(*EDITED) if step.id > published.id]
    counted = [step for step in (published, *later) if step.about is not None]
    if not counted:
        return unknown("It was published before such words were counted.", published.number)
    marks = int(counted[-1].about or 0)
    words = "1 phrase that blames" if marks == 1 else f"{marks or 'no'} phrases that blame"
    sentence = f"The published postmortem has {words}."
    return (passed if marks <= (limit or 0) else failed)(sentence, counted[-1].number)


def action_items_owned(course: Course, _: int | None) -> Finding:
    """Whether each action item has somebody, and a day."""
    keys = tuple(item.id for item in course.items)[:SHOWN]
    if course.items:
        bare = tuple(item.id for item in course.items if not item.assigned or item.due_on is None)
        count = len(course.items)
        if bare:
            return failed(f"Action items without an assignee or a day: {len(bare)} of {count}.", items=bare[:SHOWN])
        return passed(f"Action items with an assignee and a day: {count} of {count}.", items=keys)
    published = _published(course)
    if published is not None:
        return failed("The postmortem is published, and there are no action items.", published.number)
    if course.obligations is not None and course.obligations.postmortem_required:
        return unknown("There are no action items yet.")
    return beside("There are no action items, and no postmortem is required.")


def action_items_done(course: Course, limit: int | None) -> Finding:
    """Whether action items are done by their days."""
    items = [item for item in course.items if item.state is not ActionItemState.WONT_DO]
    if not items:
        return beside("There is nothing to be done.")
    grace, today = timedelta(days=limit or 0), course.moment.astimezone(UTC).date()
    late, open_items = [], []
    for item in items:
        done = item.state in FINISHED
        day = item.done_at.astimezone(UTC).date() if done and item.done_at is not None else today
        if item.due_on is not None and day > item.due_on + grace:
            late.append(item.id)
        elif not done:
            open_items.append(item.id)
    if late:
        return failed(f"Late action items: {len(late)} of {len(items)}.", items=tuple(late[:SHOWN]))
    if open_items:
        sentence = f"Action items that are open and not due: {len(open_items)} of {len(items)}."
        return unknown(sentence, items=tuple(open_items[:SHOWN]))
    return passed(
        f"Action items done in time: {len(items)} of {len(items)}.", items=tuple(item.id for item in items)[:SHOWN]
    )


def drills_held(course: Course, _: int | None) -> Finding:
    """Whether this was a drill that was declared."""
    if course.kind is not IncidentKind.DRILL:
        return beside("It is no drill.")
    begun = [step.number for step in course.of("incident.declared")][:1]
    if course.declared_at is None:
        return unknown("The drill was not declared yet.")
    return passed("A drill was declared.", *begun)


def alert_noise(course: Course, _: int | None) -> Finding:
    """Whether the alert that opened it meant something."""
    opened = [step for step in course.of("incident.reported") if step.actor_kind == ActorKind.INTEGRATION]
    if not opened:
        return beside("People reported it.")
    if course.stage is Stage.DECLINED:
        declined = [step.number for step in course.of("incident.declined")][-1:]
        return failed("An alert opened it, and triage found nothing.", opened[0].number, *declined)
    if course.declared_at is None:
        return unknown("An alert opened it; nobody has judged it yet.", opened[0].number)
    declared = [step.number for step in course.of("incident.declared")][:1]
    return passed("An alert opened it, and it was declared.", opened[0].number, *declared)


def on_call_load(course: Course, limit: int | None) -> Finding:
    """Whether it called somebody who had been called too often."""
    if course.obligations is None:
        return unknown("It was not declared yet.")
    if course.obligations.pages is PagingScope.NOBODY:
        return beside("Its severity calls nobody.")
    if course.calls is None:
        return unknown("It called nobody.")
    times = "once" if course.calls == 1 else f"{course.calls} times"
    sentence = f"Whoever was called most had been called {times} within seven days; {limit or 0} are allowed."
    return (passed if course.calls <= (limit or 0) else failed)(sentence, *course.call_numbers)


def _published(course: Course) -> Step | None:
    """The publication of the postmortem since the incident was last resolved."""
    resolved = [step.id for step in course.of("incident.stage_changed") if step.about == Stage.RESOLUTION]
    since = max(resolved, default=0)
    return next((step for step in reversed(course.of(PUBLISHED)) if step.id > since), None)
