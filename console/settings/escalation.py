"""Escalation policies: who is paged, who next when nobody answers, and who in the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actions.paging.given import Then, Whom
from actions.paging.policies import save_escalation_policy
from console.desk import Desk
from console.settings import choices
from console.settings.field import Choice, Field, Kind
from console.settings.ledger import Act, Cells, Ledger
from core.errors import invalid
from core.ids import encode
from models.paging.policy import EscalationPolicy
from models.person import Team
from resolvers import paging, people, schedules
from resolvers.context import Context
from resolvers.paging import TargetRow
from resolvers.rows import by_key

FIRST_MINUTES = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: one target of a step."""

    step: str | None
    minutes: str | None
    target: str | None


async def _targets(ctx: Context) -> list[Choice]:
    """Everybody and everything that a step can page."""
    rotas = [Choice(f"schedule {encode('Schedule', row.id)}", f"On call: {row.name}", row.archived)
             for row in await schedules.schedules(ctx)]  # fmt: skip
    persons = [Choice(f"person {encode('User', row.id)}", row.name, row.archived) for row in await people.users(ctx)]
    leads = [Choice(f"team {encode('Team', row.id)}", f"Manager of {row.name}", row.archived)
             for row in await people.teams(ctx)]  # fmt: skip
    return [*rotas, *persons, *leads]


def _chosen(value: str | None) -> Whom:
    kind, _, reference = (value or "").partition(" ")
    return Whom(**{kind: reference}) if kind in ("person", "schedule", "team") else Whom()


def _as_choice(row: TargetRow) -> str:
    if row.person_id is not None:
        return f"person {encode('User', row.person_id)}"
    if row.schedule_id is not None:
        return f"schedule {encode('Schedule', row.schedule_id)}"
    return f"team {encode('Team', row.team_id or 0)}"


def _number(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    if not text.strip().isdecimal():
        raise invalid("steps", f"{text[:20]!r} is no whole number.", "Write steps and minutes as 1, 2, 3 …")
    return int(text)


def _given(given: Mapping[str, Any]) -> dict[str, Any]:
    """Lines of one step become one step with several targets."""
    wanted = dict(given)
    if "steps" in wanted:
        minutes: dict[int, int] = {}
        targets: dict[int, list[Whom]] = {}
        for place, line in enumerate(wanted["steps"] or []):
            number = _number(line.step, max(targets, default=0) + 1 if not place or line.minutes else max(targets))
            minutes[number] = _number(line.minutes, minutes.get(number, FIRST_MINUTES))
            targets.setdefault(number, []).append(_chosen(line.target))
        wanted["steps"] = [Then(minutes[number], targets[number]) for number in sorted(targets)]
    if "last_resort" in wanted:
        wanted["last_resort"] = [_chosen(value) for value in wanted["last_resort"] or []]
    return wanted


async def _cells(desk: Desk, rows: Sequence[Any]) -> list[Cells]:
    owners = await by_key(desk.ctx, Team, (row.team_id for row in rows))
    found = await paging.definitions(desk.ctx, rows)
    return [
        (
            owners[row.team_id].name if row.team_id in owners else "Nobody",
            len(each.steps),
            "Yes" if row.fallback else "",
            row.version,
        )
        for row, each in zip(rows, found, strict=True)
    ]


async def _values(ctx: Context, row: Any) -> Mapping[str, Any]:
    (found,) = await paging.definitions(ctx, [row])
    lines = [
        {"step": str(number), "minutes": str(step.after_minutes), "target": _as_choice(target)}
        for number, step in enumerate(found.steps, 1)
        for target in step.targets
    ]
    return {
        "team": encode("Team", row.team_id) if row.team_id else None,
        "steps": lines,
        "repeat": found.repeat,
        "last_resort": [_as_choice(each) for each in found.last_resort],
        "opens_at": found.opens_at,
        "closes_at": found.closes_at,
    }


_FIELDS = (
    Field("name", "Name", "What the team says: “Payments”.", required=True),
    Field("team", "Team", "Its manager is a last resort.", Kind.CHOICE, choices=choices.teams, blank="No team"),
    Field("steps", "Steps", "Lines with the same number are paged at once; after so many minutes without an answer the"
          " next step follows. Empty a line to take it away.", Kind.TABLE, required=True, row=Line, parts=(
              Field("step", "Step"), Field("minutes", "Minutes"),
              Field("target", "Whom", kind=Kind.CHOICE, choices=_targets))),
    Field("repeat", "Once more", "How often all steps are done again when nobody answers, at most 9.", Kind.NUMBER,
          start=0),
    Field("last_resort", "Last resort", "Who is paged when nobody answered at all. Nobody chosen: the managers of the"
          " teams concerned, else the admins.", Kind.SEVERAL, choices=_targets),
    Field("fallback", "Falls back to it", "It pages for incidents of whose services none has a policy.",
          Kind.FLAG),
    Field("opens_at", "Business hours from", "For severities that page in business hours alone, Monday to Friday, by"
          " the clocks of the organisation.", start="09:00", input_type="time"),
    Field("closes_at", "Until", "When they end.", start="17:00", input_type="time"),
)  # fmt: skip

ESCALATION = Ledger(
    area="escalation",
    noun="escalation policy",
    node="EscalationPolicy",
    model=EscalationPolicy,
    rows=paging.escalation_policies,
    headings=("Team", "Steps", "Fallback", "Version"),
    cells=_cells,
    values=_values,
    versioned=True,
    save=Act("saveEscalationPolicy", save_escalation_policy),
    given=_given,
    fields=_FIELDS,
    then="What pages already goes on as it began.",
    empty="No escalation policies yet. Until there is one, the teams that own the services are mailed.",
    parting="No service pages by it any more.",
)
