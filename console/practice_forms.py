"""The forms of the report of the practice: a page, the same as PDF, and JSON."""

import asyncio
import base64
import hashlib
from typing import Any
from urllib.parse import urlencode

import orjson
from markupsafe import Markup

from actions.practice.audit import Judged, Standing
from actions.practice.report import Behind, Report
from console.pages import HERE, pages
from console.pdf import pdf_of
from core import ids
from models.metrics.calendar import DAY
from models.practice.words import Trend, Verdict

STYLE = (HERE / "static" / "practice.css").read_text(encoding="utf-8")
_digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page stands by itself, also as a file: its own style and nothing else."""

SHOWN = 10
"""Incidents of a check that the page names; JSON has them all."""
SAID = {Verdict.PASS: "Passes", Verdict.FAIL: "Fails", Verdict.UNKNOWN: "Can't be told"}
SAID |= {Verdict.NOT_APPLICABLE: "Not applicable"}
MOVED = {Trend.BETTER: "better than before", Trend.WORSE: "worse than before", Trend.SAME: "as before"}
MOVED |= {Trend.UNKNOWN: "no comparison"}
UNITS = {"MINUTES": "min", "DAYS": "days", "TIMES": ""}


def as_html(report: Report) -> bytes:
    """The report as one page that needs nothing else: no script, nothing from elsewhere."""
    audit = report.audit
    page = pages.get_template("practice.html").render(
        report=report,
        audit=audit,
        style=Markup(STYLE),  # noqa: S704 (our own file)
        checks=[_shown(report, each) for each in audit.checks],
        gaps=[_shown(report, each) for each in audit.checks if each.now.verdict is Verdict.FAIL],
        title=f"Practice audit {audit.quarter or ''}".strip(),
        links=_links(report),
        summary=_summary(report),
    )
    return page.encode("utf-8", "replace")


async def as_pdf(report: Report) -> bytes:
    """The page as PDF. UNAVAILABLE and RATE_LIMITED as `pdf_of`."""
    return await pdf_of(await asyncio.to_thread(lambda: as_html(report).decode()))


def percent(share: float | None) -> str:
    """A share as people read it, cut and not rounded up: 100 % only if all passed."""
    return "none" if share is None else f"{int(share * 1000) / 10:g}\u00a0%"


def _shown(report: Report, judged: Judged) -> dict[str, Any]:
    standard, now = judged.standard, judged.now
    failing = report.behind(judged, Verdict.FAIL)
    figure, moved = figure_of(judged)
    return {
        "judged": judged,
        "check": standard.check,
        "tuning": standard.tuning,
        "verdict": now.verdict,
        "said": SAID[now.verdict] if standard.tuning.enabled else "Switched off",
        "figure": figure,
        "before": _told(judged, judged.before),
        "moved": moved,
        "trend": judged.trend,
        "limit": _limit(judged),
        "failing": failing[:SHOWN],
        "more": max(0, len(failing) - SHOWN),
    }


def figure_of(judged: Judged) -> tuple[str, str]:
    """How a check stands and how it has moved, in words: `66.6 % of 24 passed`, `worse than before`."""
    return _told(judged, judged.now), MOVED[judged.trend]


def _told(judged: Judged, standing: Standing) -> str:
    return _drills(standing.passed) if judged.standard.check.at_least else _part(standing)


def _part(standing: Standing) -> str:
    judged = standing.passed + standing.failed
    return f"{percent(standing.share)} of {judged:,} passed" if judged else "nothing to judge"


def _drills(count: int) -> str:
    return "1 drill" if count == 1 else f"{count} drills"


def _limit(judged: Judged) -> str | None:
    """The numbers that it is judged by, in words."""
    standard = judged.standard
    target = None if standard.check.at_least else f"{percent(standard.target)} must pass"
    if standard.check.unit is None:
        return target
    limit = (
        "as the severity obliges"
        if standard.limit is None
        else f"{standard.limit} {UNITS[standard.check.unit]}".strip()
    )
    return "; ".join(part for part in (f"Limit: {limit}", target) if part)


def _summary(report: Report) -> str:
    passing, failing = report.count(Verdict.PASS), report.count(Verdict.FAIL)
    unknown = report.count(Verdict.UNKNOWN)
    judged = passing + failing
    if not judged:
        return "Nothing could be judged in these days."
    told = f" {unknown} can't be told." if unknown else ""
    return f"{passing} of {judged} checks pass.{told}"


def _links(report: Report) -> dict[str, str]:
    """Where the page leads: the same in other forms, and the quarters beside it."""
    audit = report.audit
    whole = audit.span.whole
    days = (
        {"quarter": audit.quarter}
        if audit.quarter
        else {"firstDay": whole.first_day.isoformat(), "lastDay": whole.last_day.isoformat()}
    )
    same = urlencode({**days, "timeZone": audit.span.zone.key, "asOf": audit.cursor})
    found = {ending: f"/practice.{ending}?{same}" for ending in ("html", "json", "pdf")}
    if audit.quarter:
        for name, day in (("earlier", whole.first_day - DAY), ("later", whole.last_day + DAY)):
            quarter = f"{day.year}-Q{(day.month + 2) // 3}"
            found[name] = f"/practice.html?{urlencode({'quarter': quarter, 'timeZone': audit.span.zone.key})}"
            found[f"{name}_is"] = quarter
    return found


def as_json(report: Report) -> bytes:
    """The report as data, with every incident that failed or can't be told."""
    audit = report.audit
    document = {
        "organisation": report.organisation,
        "quarter": audit.quarter,
        "firstDay": audit.span.whole.first_day,
        "lastDay": audit.span.whole.last_day,
        "beforeFirstDay": audit.span.before.first_day,
        "timeZone": audit.span.zone.key,
        "cursor": audit.cursor,
        "incidentCount": audit.incidents,
        "checks": [_check(report, each) for each in audit.checks],
    }
    return orjson.dumps(document, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2)


def _check(report: Report, judged: Judged) -> dict[str, Any]:
    standard = judged.standard
    check, tuning = standard.check, standard.tuning
    behind = report.behind(judged, Verdict.FAIL, Verdict.UNKNOWN)
    return {
        "key": check.key,
        "version": check.version,
        "name": check.name,
        "source": check.source,
        "rule": check.rule,
        "closes": check.closes,
        "guide": check.guide,
        "enabled": tuning.enabled,
        "limit": standard.limit,
        "unit": check.unit,
        "target": None if check.at_least else standard.target,
        "tuning": {"version": tuning.version, "reason": tuning.reason, "tunedAt": tuning.tuned_at},
        **_standing(judged.now),
        "trend": judged.trend,
        "before": _standing(judged.before),
        "incidents": [_incident(each) for each in behind],
    }


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "verdict": standing.verdict,
        "passed": standing.passed,
        "failed": standing.failed,
        "unknown": standing.unknown,
        "notApplicable": standing.beside,
        "share": standing.share,
    }


def _incident(each: Behind) -> dict[str, Any]:
    return {
        "reference": each.reference,
        "title": each.title,
        "verdict": each.finding.verdict,
        "evidence": {
            "sentence": each.finding.sentence,
            "eventNumbers": list(each.finding.events),
            "actionItemIds": [ids.encode("ActionItem", key) for key in each.finding.items],
        },
    }
