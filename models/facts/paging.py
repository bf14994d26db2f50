"""Facts about paging: that it began, who was paged, who answered after how long, and that nobody did."""

from typing import Any

from models.facts.base import Fact, Names, fact
from models.paging.words import AlertVerdict, TakenBy, Urgency

MINUTE = 60
BY = {
    TakenBy.LINK: "by the link in the message",
    TakenBy.HERE: "here",
    TakenBy.PAGER: "at the pager",
    TakenBy.REPLY: "by a reply",
}


@fact("paging.started")
class PagingStarted(Fact):
    """Muster pages by an escalation policy, or whom somebody named (no policy).

    `plan` is what it goes by, whatever changes later: the keys of people step by step. `waits_until`: it waits for
    business hours; why somebody was to be paged is the event's text. `alert_id`: it is for alerts that belong to no
    incident, of which this is the first.
    """

    run_id: int
    escalation_policy_id: int | None = None
    policy_version: int | None = None
    urgency: Urgency
    plan: dict[str, Any]
    waits_until: str | None = None
    reason: str | None = None
    alert_id: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        why = f": {self.reason}" if self.reason else "."
        if self.escalation_policy_id is None and self.alert_id is not None:
            return f"Paging began for an alert{why}"
        if self.escalation_policy_id is None:
            return f"{who} had somebody paged{why}"
        policy = names.of("escalation_policy", self.escalation_policy_id)
        if self.waits_until:
            return f"{policy} pages once business hours begin{why}"
        return f"Paging by {policy} began{why}"


@fact("page.asked")
class PageAsked(Fact):
    """People are paged by a step of a run; what became of it is in their pages. Step 0 is the last resort."""

    run_id: int
    step: int
    round: int = 0
    user_ids: list[int]

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        people = _listed([names.of("user", key) for key in self.user_ids])
        if self.step == 0:
            return f"Nobody answered: {people} paged as the last resort."
        return f"{people} paged (step {self.step}{', once more' if self.round else ''})."


@fact("page.answered")
class PageAnswered(Fact):
    """Somebody took what was paged: nobody else is. Seconds count from when the first was paged."""

    run_ids: list[int]
    user_id: int | None = None
    way: TakenBy
    after_seconds: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        by = names.of("user", self.user_id) if self.user_id is not None else who
        return f"{by} acknowledged the page after {_duration(self.after_seconds)}, {BY[TakenBy(self.way)]}."


@fact("alerts.judged")
class AlertsJudged(Fact):
    """Somebody who was asked said whether alerts are an incident; or nobody did in time, and so they are one."""

    run_id: int
    alert_ids: list[int]
    verdict: AlertVerdict
    reason: str | None = None
    in_time: bool = True

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        alerts = "The alert was" if len(self.alert_ids) == 1 else f"{len(self.alert_ids)} alerts were"
        if AlertVerdict(self.verdict) is AlertVerdict.NOISE:
            return f"{alerts} called noise by {who}: {self.reason}"
        if not self.in_time:
            return "Nobody answered whether it is an incident: so it is one."
        return f"{who} said that it is an incident."


@fact("page.unanswered")
class PageUnanswered(Fact):
    """All steps of a run were taken and nobody answered."""

    run_id: int
    pages: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        if not self.pages:
            return "Paging reached nobody: no step had anybody to page."
        return f"Paging reached nobody: {self.pages} page{'s' if self.pages > 1 else ''}, and no answer."


def _listed(people: list[str]) -> str:
    verb = "was" if len(people) == 1 else "were"
    said = people[0] if len(people) == 1 else f"{', '.join(people[:-1])} and {people[-1]}"
    return f"{said} {verb}"


def _duration(seconds: int) -> str:
    if seconds < MINUTE:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, MINUTE)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
