"""The practice: checks, findings, audits."""

from datetime import date, datetime

import strawberry

from core import ids
from models.practice.words import LimitUnit, Trend, Verdict
from resolvers import practice
from resolvers.fields import batched, column, computed
from resolvers.page import PAGING, Cursor
from schema.connection import Connection
from schema.lazy import AnIncident


@strawberry.type(description="What an organisation made of a check.")
class PracticeTuning:
    version: int = column("Counts how often it was tuned: the `expectedVersion` of the next change.")
    reason: str | None = column("Why, as it was said.")
    tuned_at: datetime | None = column("When.")


@strawberry.type(description="A check of the practice, in one version. Versions never change.")
class PracticeCheck:
    key: str = computed(lambda each: each.check.key, description="What to ask for it by: `roles_filled`.")
    version: int = computed(lambda each: each.check.version, description="Counts its versions.")
    name: str = computed(lambda each: each.check.name, description="What people call it.")
    source: str = computed(lambda each: each.check.source, description="What a standard guide asks for.")
    rule: str = computed(lambda each: each.check.rule, description="When an incident passes, and when it does not.")
    closes: str = computed(lambda each: each.check.closes, description="What in Muster closes the gap.")
    guide: str = computed(lambda each: each.check.guide, description="Where that is described, in Muster's sources.")
    limit_is: str | None = computed(
        lambda each: each.check.limit_is, description="What the limit is; null: it has none."
    )
    unit: LimitUnit | None = computed(lambda each: each.check.unit, description="What the limit counts.")
    limit: int | None = computed(
        lambda each: each.limit, description="The limit in force; null: the severity's, or it has none."
    )
    default_limit: int | None = computed(lambda each: each.check.limit, description="The limit when it is not tuned.")
    target: float = computed(
        lambda each: each.target,
        description="Which share of the incidents must pass for a time to pass. Of drills_held, without meaning.",
    )
    default_target: float = computed(lambda each: each.check.target, description="The share when it is not tuned.")
    enabled: bool = computed(lambda each: each.tuning.enabled, description="False: it is switched off.")
    tuning: PracticeTuning | None = computed(
        lambda each: each.tuning if each.tuning.version else None, description="The last change; null: none yet."
    )


@strawberry.type(description="What shows a verdict.")
class PracticeEvidence:
    sentence: str = column("In a sentence, with the figures.")
    event_numbers: list[int] = computed(
        lambda finding: finding.events, description="Numbers of events on the incident's timeline; the first 20."
    )
    action_item_ids: list[strawberry.ID] = computed(
        lambda finding: [ids.encode("ActionItem", key) for key in finding.items],
        description="Action items of the incident; the first 20.",
    )


@strawberry.type(description="How an incident stands against a check.")
class PracticeFinding:
    check: PracticeCheck = computed(lambda found: found.standard, description="The check, as it is tuned.")
    verdict: Verdict = computed(lambda found: found.finding.verdict, description="How it stands.")
    evidence: PracticeEvidence = computed(lambda found: found.finding, description="What shows that.")


@strawberry.type(description="How many incidents of a time passed a check.")
class PracticeStanding:
    verdict: Verdict = column("PASS if enough passed: the target of the check, or as many drills as its limit.")
    passed: int = column("Incidents that passed.")
    failed: int = column("Incidents that failed.")
    unknown: int = column("Incidents of which it can't be told, or not yet.")
    not_applicable: int = computed(lambda standing: standing.beside, description="Incidents that it is not about.")
    share: float | None = column("The part that passed, of those that passed or failed; null if there are none.")


@strawberry.type(description="How a time stands against a check.")
class PracticeResult:
    key: str = computed(lambda judged: judged.standard.check.key, description="The key of the check.")
    check: PracticeCheck = computed(lambda judged: judged.standard, description="The check, as it was tuned.")
    verdict: Verdict = computed(lambda judged: judged.now.verdict, description="Whether enough passed.")
    passed: int = computed(lambda judged: judged.now.passed, description="Incidents that passed.")
    failed: int = computed(lambda judged: judged.now.failed, description="Incidents that failed.")
    unknown: int = computed(
        lambda judged: judged.now.unknown, description="Incidents of which it can't be told, or not yet."
    )
    not_applicable: int = computed(lambda judged: judged.now.beside, description="Incidents that it is not about.")
    share: float | None = computed(
        lambda judged: judged.now.share, description="The part that passed, of those that passed or failed."
    )
    trend: Trend = column("How that has changed since the time before.")
    before: PracticeStanding = column("The time before: the quarter before, as many whole months, or as many days.")
    incidents: Connection[AnIncident] = batched(
        practice.incidents,
        description="The incidents behind it, as they are today, the newest first. `practice` of each shows why.",
        arguments={**PAGING, "verdict": "Only those with this verdict."},
    )


@strawberry.type(description="How the practice stood in a time, of the incidents that were detected in it.")
class PracticeAudit:
    cursor: Cursor = column("As of where the feed stood: pass it as `asOf` to be given this answer again.")
    quarter: str | None = column("The quarter, if the days are one.")
    first_day: date = computed(lambda audit: audit.span.whole.first_day, description="The first day that counts.")
    last_day: date = computed(lambda audit: audit.span.whole.last_day, description="The last day that counts.")
    before_first_day: date = computed(
        lambda audit: audit.span.before.first_day, description="Where the time before begins; it ends at firstDay."
    )
    time_zone: str = computed(lambda audit: audit.span.zone.key, description="In which days begin and end.")
    incident_count: int = computed(
        lambda audit: audit.incidents, description="How many incidents were looked at, of any kind."
    )
    checks: list[PracticeResult] = column("Each check, in their order.")
