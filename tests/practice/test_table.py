"""Small incidents and what each check says of them, worked out by hand. Minutes count from the declaration at noon."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from actions.practice.judging import JUDGES, judge
from actions.practice.reading import STEPS
from models.postmortem import ActionItemState
from models.practice.checks import CHECKS, find_check
from models.practice.course import Course, Holding, Item, Said, Step
from models.practice.definition import InForce, Tuning
from models.practice.words import Verdict
from models.severity import Obligations
from models.words import ActorKind, Audience, IncidentKind, PagingScope, Stage, Visibility

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BEN, CHI = 2, 3
COMMANDER, LEAD, SCRIBE = (1, "commander"), (2, "technical_lead"), (4, "scribe")
SEV1 = Obligations(PagingScope.ALL_HANDS, False, (1, 2, 4), 5, 15, 30, True, 3)
SEV3 = Obligations(PagingScope.NOBODY, True, (), None, None, None, False, None)
DAY = 1440


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def incident(now=DAY * 30, **more):
    """A SEV1 that was declared at noon and resolved at 13:00, looked at so many minutes after noon."""
    steps = {}
    for place, (kind, *rest) in enumerate(more.pop("steps", ()), start=1):
        steps.setdefault(kind, []).append(Step(1, place, place, kind, *rest))
    resolved = more.pop("resolved", 60)
    given = {
        "id": 1,
        "kind": IncidentKind.REAL,
        "stage": Stage.RESOLUTION if resolved is not None else Stage.RESPONSE,
        "visibility": Visibility.ORGANISATION,
        "detected_at": at(-10),
        "acknowledged_at": at(-5),
        "declared_at": NOON,
        "mitigated_at": at(resolved) if resolved is not None else None,
        "resolved_at": at(resolved) if resolved is not None else None,
        "obligations": SEV1,
        "moment": at(now),
        "scribe_id": SCRIBE[0],
        "steps": steps,
    }
    return Course(**{**given, **more})


def step(kind, minutes=0, who=BEN, actor_kind=ActorKind.USER, about=None, **data):
    fields = (data.get(name) for name in ("user_id", "audience", "promised_by"))
    return kind, at(minutes), actor_kind, who, about, *fields


def held(role, who=BEN, since=0, until=None, wrote=0):
    return Holding(*role, who, at(since), None if until is None else at(until), wrote, (7,) * bool(wrote))


def said(audience, minutes, promised=None):
    return Said(1, audience, at(minutes), None if promised is None else at(promised))


def item(state="OPEN", due=date(2026, 12, 1), done=None, *, assigned=True):
    return Item(1, ActionItemState(state), assigned, due, done)


ALL = [held(COMMANDER), held(LEAD, CHI, 3), held(SCRIBE, CHI, 5)]
INSIDE, OUTSIDE = Audience.INTERNAL, Audience.PUBLIC
OVERDUE = step("reminder.update_overdue", 15, audience="INTERNAL", promised_by=at(15).isoformat())
FIXED = step("incident.stage_changed", 60, about="RESOLUTION")
STOPPED = step("incident.stage_changed", 30, about="MITIGATION")
PUBLISHED = step("postmortem.published", DAY)
REPORTED = step("incident.reported", -10, actor_kind=ActorKind.INTEGRATION)
FRESH = {"resolved": None, "now": 1}
WAITING = {"declared_at": None, "obligations": None, "resolved": None, "stage": Stage.TRIAGE}
PASS, FAIL, UNKNOWN, BESIDE = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN, Verdict.NOT_APPLICABLE

TABLE = {
    "roles_filled": [
        (PASS, {"holdings": ALL}),
        (FAIL, {"holdings": [*ALL[:2], held(SCRIBE, CHI, 6)]}),
        (FAIL, {"holdings": ALL[:2]}),
        (UNKNOWN, {"holdings": ALL[:2], "now": 4, "resolved": None}),
        (BESIDE, {"obligations": SEV3}),
    ],
    "severity_at_declaration": [
        (PASS, {"steps": [step("incident.declared", about="1")]}),
        (PASS, {"acknowledged_at": at(-30)}),
        (FAIL, {"acknowledged_at": at(-31)}),
        (FAIL, {"steps": [step("incident.declared")]}),
        (FAIL, {**WAITING, "now": 26}),
        (UNKNOWN, {**WAITING, "now": 25}),
        (UNKNOWN, {**WAITING, "acknowledged_at": None}),
    ],
    "commander_not_fixing": [
        (PASS, {"holdings": ALL, "steps": [step("task.claimed", 1, CHI)]}),
        (PASS, {"holdings": [held(COMMANDER, BEN, 0, 10), held(COMMANDER, CHI, 10), held(LEAD, BEN, 10)]}),
        (PASS, {"holdings": [held(COMMANDER, BEN, 0, 10)], "steps": [step("task.claimed", 10)]}),
        (FAIL, {"holdings": [held(COMMANDER, BEN, 0, 10), held(LEAD, BEN, 9)]}),
        (FAIL, {"holdings": ALL, "steps": [step("task.claimed", 1)]}),
        (FAIL, {"holdings": ALL, "steps": [step("task.claimed", 1, CHI, user_id=str(BEN))]}),
        (UNKNOWN, {"holdings": ALL[1:]}),
    ],
    "timeline_by_scribe": [
        (PASS, {"holdings": [held(SCRIBE, CHI, wrote=1)]}),
        (FAIL, {"holdings": ALL}),
        (FAIL, {"holdings": []}),
        (UNKNOWN, {"holdings": ALL, "resolved": None}),
        (BESIDE, {"obligations": SEV3}),
    ],
    "mitigated_before_resolved": [
        (PASS, {"steps": [STOPPED, FIXED]}),
        (PASS, {"steps": [FIXED], "mitigated_at": at(59)}),
        (FAIL, {"steps": [FIXED]}),
        (FAIL, {"steps": [FIXED, STOPPED]}),
        (UNKNOWN, {"steps": [STOPPED], "resolved": None}),
    ],
    "runbook_linked": [
        (PASS, {"steps": [step("runbook.opened")]}),
        (FAIL, {}),
        (UNKNOWN, {"resolved": None}),
    ],
    "first_internal_update": [
        (PASS, {"said": [said(INSIDE, 15)]}),
        (FAIL, {"said": [said(INSIDE, 16), said(OUTSIDE, 1)]}),
        (FAIL, {"steps": [OVERDUE]}),
        (UNKNOWN, {"resolved": None, "now": 15}),
        (BESIDE, {"resolved": 14}),
        (BESIDE, {"obligations": SEV3}),
    ],
    "first_public_update": [
        (PASS, {"said": [said(OUTSIDE, 30)]}),
        (FAIL, {"said": [said(OUTSIDE, 31), said(INSIDE, 1)]}),
        (UNKNOWN, {"resolved": None, "now": 30}),
        (BESIDE, {"visibility": Visibility.PRIVATE}),
    ],
    "promises_kept": [
        (PASS, {"said": [said(INSIDE, 15, 15), said(OUTSIDE, 5)]}),
        (FAIL, {"said": [said(INSIDE, 16, 15)]}),
        (FAIL, {"steps": [OVERDUE], "said": [said(OUTSIDE, 15, 15)]}),
        (UNKNOWN, FRESH),
        (BESIDE, {}),
    ],
    "postmortem_in_time": [
        (PASS, {"steps": [FIXED, PUBLISHED]}),
        (FAIL, {"steps": [FIXED, step("postmortem.published", 61 + 3 * DAY)]}),
        (FAIL, {"steps": [PUBLISHED, FIXED]}),  # it was published before it was resolved anew
        (UNKNOWN, {"steps": [FIXED], "now": 60 + 3 * DAY}),
        (UNKNOWN, {"resolved": None}),
        (BESIDE, {"obligations": SEV3}),
    ],
    "blameless": [
        (PASS, {"steps": [FIXED, step("postmortem.published", DAY, about="0")]}),
        (FAIL, {"steps": [FIXED, step("postmortem.published", DAY, about="1")]}),
        (PASS, {"steps": [step("postmortem.published", about="1"), step("postmortem.edited", about="0")]}),
        (UNKNOWN, {"steps": [FIXED, PUBLISHED]}),
        (UNKNOWN, {"steps": [FIXED]}),
        (BESIDE, {"obligations": SEV3}),
    ],
    "action_items_owned": [
        (PASS, {"items": [item()]}),
        (FAIL, {"items": [item(), item(assigned=False)]}),
        (FAIL, {"items": [item(due=None)]}),
        (FAIL, {"steps": [FIXED, PUBLISHED]}),
        (UNKNOWN, {"steps": [FIXED]}),
        (BESIDE, {"obligations": SEV3}),
    ],
    "action_items_done": [
        (PASS, {"items": [item("DONE", done=datetime(2026, 12, 1, 23, tzinfo=UTC))]}),
        (FAIL, {"items": [item("DONE", done=datetime(2026, 12, 2, 0, tzinfo=UTC))]}),
        (FAIL, {"items": [item()]}),
        (UNKNOWN, {"items": [item(), item("WONT_DO")], "now": DAY * 7}),
        (BESIDE, {"items": [item("WONT_DO")]}),
    ],
    "drills_held": [
        (PASS, {"kind": IncidentKind.DRILL}),
        (UNKNOWN, {"kind": IncidentKind.DRILL, **WAITING}),
        (BESIDE, {}),
    ],
    "alert_noise": [
        (PASS, {"steps": [REPORTED, step("incident.declared")]}),
        (FAIL, {"steps": [REPORTED, step("incident.declined")], "stage": Stage.DECLINED}),
        (UNKNOWN, {"steps": [REPORTED], **WAITING}),
        (BESIDE, {"steps": [step("incident.reported")]}),
    ],
    "on_call_load": [
        (PASS, {"calls": 10}),
        (FAIL, {"calls": 11}),
        (UNKNOWN, {}),
        (BESIDE, {"obligations": SEV3}),
    ],
}


@pytest.mark.parametrize("key", CHECKS)
def test_each_check_says_what_was_worked_out_by_hand(key):
    rows = TABLE[key]
    standard = InForce(find_check(key))
    for expected, given in rows:
        finding = judge(incident(**given), standard)
        assert finding.verdict is expected, (given, finding.sentence)
        assert finding.sentence.endswith(".")
    assert {expected for expected, _ in rows} >= ({PASS, UNKNOWN} if key == "drills_held" else {PASS, FAIL, UNKNOWN})
    for more in ({"kind": IncidentKind.BACKFILLED}, {"stage": Stage.MERGED}, {"stage": Stage.CANCELLED}):
        assert judge(incident(**{**rows[0][1], **more}), standard).verdict is BESIDE


def test_limits_can_be_tuned():
    for key, limit, given in (
        ("roles_filled", 6, {"holdings": [*ALL[:2], held(SCRIBE, CHI, 6)]}),
        ("severity_at_declaration", 31, {"acknowledged_at": at(-31)}),
        ("commander_not_fixing", 1, {"holdings": ALL, "steps": [step("task.claimed", 1)]}),
        ("timeline_by_scribe", 0, {"holdings": ALL}),
        ("first_internal_update", 16, {"said": [said(INSIDE, 16)]}),
        ("promises_kept", 1, {"said": [said(INSIDE, 16, 15)]}),
        ("postmortem_in_time", 4, {"steps": [FIXED, step("postmortem.published", 61 + 3 * DAY)]}),
        ("blameless", 1, {"steps": [FIXED, step("postmortem.published", DAY, about="1")]}),
        ("action_items_done", 1, {"items": [item("DONE", done=datetime(2026, 12, 2, 0, tzinfo=UTC))]}),
        ("on_call_load", 11, {"calls": 11}),
    ):
        found = [judge(incident(**given), InForce(find_check(key), tuning)).verdict for tuning in tunings(limit)]
        assert found == [FAIL, PASS], key


def tunings(limit):
    return Tuning(), Tuning(1, limit=limit)


def test_every_check_has_its_judge_and_its_reading():
    versions = {(check.key, check.version) for each in CHECKS.values() for check in each}
    assert versions == set(JUDGES)
    assert set(STEPS) == set(CHECKS) == set(TABLE)


def test_the_guide_has_every_check_as_it_is():
    guides = Path(__file__).parents[2] / "docs/guides"
    text = (guides / "practice.md").read_text()
    for key, versions in CHECKS.items():
        check = versions[-1]
        assert f"| `{key}` | {check.name} | {check.source} |" in text
        page, _, place = check.guide.removeprefix("docs/guides/").partition("#")
        assert check.closes in text
        assert f"\n## {place}" in (guides / page).read_text().lower() if place else (guides / page).is_file()
