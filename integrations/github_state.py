"""How far issues of GitHub are, and closing and reopening them (docs.github.com/en/rest/issues/issues, "Update")."""

from typing import Any

from actions.outward.ticket_state import TicketStatus
from integrations.failures import Permanent
from integrations.github_asking import Asking
from models.words import TicketState

NOT_DONE = frozenset({"not_planned", "duplicate"})
"""Why issues are closed without being done."""


class Moving:
    """The issues of one repository, by number."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def status(self, number: str) -> TicketStatus:
        """How far an issue is. Permanent if it is gone."""
        answer = await self._asking.ask("GET", f"/issues/{number}", gone=_gone(number))
        return read_issue(answer.body)

    async def move(self, number: str, to: TicketState, *, dropped: bool) -> TicketStatus:
        """Close an issue, or reopen it, unless it is so already."""
        found = await self.status(number)
        closing = to is TicketState.DONE
        if (found.state is TicketState.DONE) is closing:
            return found
        reason = ("not_planned" if dropped else "completed") if closing else "reopened"
        change = {"state": "closed" if closing else "open", "state_reason": reason}
        answer = await self._asking.ask("PATCH", f"/issues/{number}", json=change, once=True, gone=_gone(number))
        return read_issue(answer.body)


def read_issue(issue: Any) -> TicketStatus:
    """How far an issue is, as GitHub shows it: it knows only open and closed, and why it was closed."""
    try:
        closed, reason = issue["state"] == "closed", issue.get("state_reason")
        people = [str(person["login"]) for person in issue.get("assignees") or []]
        number = int(issue["number"])
    except (KeyError, TypeError, ValueError) as error:
        raise Permanent("GitHub's answer does not say how far the issue is: correct `base_url`.") from error
    words = "closed" if closed else "open"
    if closed and reason:
        words = f"closed as {str(reason).replace('_', ' ')}"
    state = TicketState.DONE if closed else TicketState.OPEN
    return TicketStatus(f"#{number}", state, words, ", ".join(people) or None, dropped=closed and reason in NOT_DONE)


def _gone(number: str) -> str:
    return (
        f"#{number} is not there any more, or this token may not see it: it was deleted, moved to another repository,"
        " or the token lost its access."
    )
