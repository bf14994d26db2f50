"""An audit with what a report says beside it: whose it is, and what the incidents behind it are called."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from actions.practice.audit import Audit, Judged, read_audit
from actions.practice.calls import among
from auth.actor import Actor
from auth.visibility import visible_to
from core.db import Reader
from models.incident import REFERENCE_PREFIX, Incident
from models.organisation import Organisation
from models.practice.course import Finding
from models.practice.words import Verdict
from models.words import Visibility


@dataclass(frozen=True, slots=True)
class Behind:
    """An incident with what was found of it."""

    reference: str
    title: str
    private: bool
    finding: Finding


@dataclass(frozen=True, slots=True)
class Report:
    """An audit, the organisation's name, and the incidents of each check that failed or can't be told, newest first."""

    audit: Audit
    organisation: str
    titles: dict[int, tuple[str, bool]]

    def behind(self, judged: Judged, *verdicts: Verdict) -> list[Behind]:
        """The incidents of a check with these verdicts."""
        found = sorted((each for each in judged.findings.items() if each[1].verdict in verdicts), reverse=True)
        known = ((key, finding, self.titles[key]) for key, finding in found if key in self.titles)
        return [Behind(f"{REFERENCE_PREFIX}{key}", title, hidden, finding) for key, finding, (title, hidden) in known]

    def count(self, verdict: Verdict) -> int:
        """How many checks have a verdict."""
        return sum(each.now.verdict is verdict for each in self.audit.checks)


async def read_report(reader: Reader, actor: Actor, **asked: Any) -> Report:
    """The report of a time, asked for as an audit is."""
    audit = await read_audit(reader, actor, **asked)
    name = await reader.scalar(select(Organisation.name)) or ""
    shown = {key for each in audit.checks for key in each.findings}
    rows = await reader.execute(
        select(Incident.id, Incident.title, Incident.visibility).where(among(Incident.id, shown), visible_to(actor))
    )
    titles = {row.id: (row.title, row.visibility is Visibility.PRIVATE) for row in rows}
    return Report(audit, name, titles)
