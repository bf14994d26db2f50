"""How far issues of Jira are, and taking them to another status by a transition.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues, "Get transitions" and "Transition issue".
Names of statuses are each project's own; what they mean is their category: `new`, `indeterminate` or `done`.
"""

from typing import Any

from actions.outward.ticket_state import TicketStatus
from core.redaction import redacted
from integrations.failures import Permanent
from integrations.jira_asking import Asking
from integrations.jira_configuration import JiraConfiguration
from integrations.jira_refusals import NOT_JIRA
from models.words import TicketState

CATEGORIES = {"new": TicketState.OPEN, "indeterminate": TicketState.IN_PROGRESS, "done": TicketState.DONE}
"""What the categories of statuses are; one that is not known, such as `undefined`, is open."""
MOST_NAMES = 300
"""Characters of names of transitions that are told."""


class Moving:
    """The issues of one project, by key."""

    def __init__(self, asking: Asking, told: JiraConfiguration) -> None:
        self._asking, self._told = asking, told

    async def status(self, key: str) -> TicketStatus:
        """How far an issue is. Permanent if it is gone."""
        asked = {"fields": "status,assignee"}
        answer = await self._asking.ask("GET", f"/issue/{key}", params=asked, gone=self._gone(key))
        return read_issue(answer.body)

    async def move(self, key: str, to: TicketState, *, dropped: bool) -> TicketStatus:
        """Close an issue, or reopen it, unless it is so already."""
        found = await self.status(key)
        closing = to is TicketState.DONE
        if (found.state is TicketState.DONE) is closing:
            return found
        where = f"/issue/{key}/transitions"
        answer = await self._asking.ask("GET", where, params={"expand": "transitions.fields"}, gone=self._gone(key))
        ways = [way for way in answer.body.get("transitions") or [] if way.get("isAvailable", True)]
        way = self._chosen(ways, found, to, dropped=dropped)
        change: dict[str, Any] = {"transition": {"id": str(way["id"])}}
        if closing and self._told.done_fields:
            change["fields"] = self._told.done_fields
        await self._asking.ask("POST", where, change, once=True, gone=self._gone(key), empty=True)
        return await self.status(key)

    def _chosen(self, ways: list[Any], found: TicketStatus, to: TicketState, *, dropped: bool) -> Any:
        """The transition to take, of those that there are; Permanent says what to mend."""
        field, name = self._named(to, dropped=dropped)
        fitting = [way for way in ways if (_state(way.get("to")) is TicketState.DONE) is (to is TicketState.DONE)]
        if name:
            fitting = [way for way in ways if str(way.get("name", "")).casefold() == name.casefold()]
        if not fitting:
            raise Permanent(self._no_way(ways, found, field, name))
        given = self._told.done_fields if to is TicketState.DONE else {}
        open_ways = [way for way in fitting if not _asked_for(way, given)]
        if not open_ways:
            raise Permanent(_fields_missing(fitting[0], given))
        exact = [way for way in open_ways if _state(way.get("to")) is to]
        return (exact or open_ways)[0]

    def _named(self, to: TicketState, *, dropped: bool) -> tuple[str, str]:
        """The field of the configuration that names the transition, and what it says."""
        if to is not TicketState.DONE:
            return "reopen_transition", self._told.reopen_transition
        if dropped and self._told.dropped_transition:
            return "dropped_transition", self._told.dropped_transition
        return "done_transition", self._told.done_transition

    def _no_way(self, ways: list[Any], found: TicketStatus, field: str, name: str) -> str:
        if not ways:
            return (
                f"Jira lets {self._told.email} take {found.ticket} nowhere from “{found.words}”: give it the permission"
                f" Transition Issues in {self._told.project}, or a transition from there to the workflow."
            )
        names = redacted(", ".join(f"“{way.get('name')}”" for way in ways)[:MOST_NAMES])
        wanted = f"the transition “{name}”" if name else "a transition that fits"
        return (
            f"Jira does not offer {wanted} for {found.ticket} from “{found.words}”, only {names}: correct `{field}`, or"
            " add the transition to the workflow."
        )

    def _gone(self, key: str) -> str:
        return f"{key} is not there any more, or {self._told.email} may not see it: it was deleted, or moved."


def read_issue(issue: Any) -> TicketStatus:
    """How far an issue is, as Jira shows it."""
    try:
        key, fields = str(issue["key"]), issue["fields"]
        status, assignee = fields["status"], fields.get("assignee") or {}
        return TicketStatus(key, _state(status), str(status.get("name", "")), assignee.get("displayName"))
    except (AttributeError, KeyError, TypeError) as error:
        raise Permanent(NOT_JIRA) from error


def _state(status: Any) -> TicketState:
    category = status.get("statusCategory") if isinstance(status, dict) else None
    return CATEGORIES.get(str((category or {}).get("key")), TicketState.OPEN)


def _asked_for(way: Any, given: dict[str, Any]) -> dict[str, str]:
    """The fields, by id, that a transition can't do without and that nobody gives, with their names."""
    return {
        key: str(field.get("name", key))
        for key, field in (way.get("fields") or {}).items()
        if field.get("required") and not field.get("hasDefaultValue") and key not in given
    }


def _fields_missing(way: Any, given: dict[str, Any]) -> str:
    missing = _asked_for(way, given)
    names, keys = ", ".join(missing.values()), ", ".join(f'"{key}"' for key in missing)
    return f"Jira's transition “{way.get('name')}” asks for {names}: add {keys} under `done_fields`."
