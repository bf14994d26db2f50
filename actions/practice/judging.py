"""Which function judges by which check, and which incidents it looks at."""

from collections.abc import Callable

from actions.practice import learning, response
from models.practice.course import Course, Finding, beside
from models.practice.definition import InForce
from models.words import IncidentKind, Stage

Judge = Callable[[Course, int | None], Finding]

JUDGES: dict[tuple[str, int], Judge] = {
    ("roles_filled", 1): response.roles_filled,
    ("severity_at_declaration", 1): response.severity_at_declaration,
    ("commander_not_fixing", 1): response.commander_not_fixing,
    ("timeline_by_scribe", 1): response.timeline_by_scribe,
    ("mitigated_before_resolved", 1): response.mitigated_before_resolved,
    ("runbook_linked", 1): response.runbook_linked,
    ("first_internal_update", 1): response.first_internal_update,
    ("first_public_update", 1): response.first_public_update,
    ("promises_kept", 1): response.promises_kept,
    ("postmortem_in_time", 1): learning.postmortem_in_time,
    ("blameless", 1): learning.blameless,
    ("action_items_owned", 1): learning.action_items_owned,
    ("action_items_done", 1): learning.action_items_done,
    ("drills_held", 1): learning.drills_held,
    ("alert_noise", 1): learning.alert_noise,
    ("on_call_load", 1): learning.on_call_load,
}
"""By key and version of the check. None is ever taken away."""

GONE = (Stage.CANCELLED, Stage.MERGED)
DRILLS, NOISE = "drills_held", "alert_noise"


def judge(course: Course, standard: InForce) -> Finding:
    """How an incident stands against a check."""
    key = standard.check.key
    reason = _beside(course, key)
    return beside(reason) if reason else JUDGES[key, standard.check.version](course, standard.limit)


def _beside(course: Course, key: str) -> str | None:
    if course.stage in GONE:
        return f"It was {course.stage.lower()}."
    if course.kind is IncidentKind.BACKFILLED:
        return "It was written down afterwards."
    if course.kind is IncidentKind.DRILL and key != DRILLS:
        return "It is a drill."
    if course.stage is Stage.DECLINED and key != NOISE:
        return "It was declined."
    return None
