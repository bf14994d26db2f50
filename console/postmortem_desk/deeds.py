"""What can be done on a postmortem's pages: each form by its name, the mutation that it is, and its action.

`given(fields)` is what the action takes besides the incident; refusals name the form's own fields.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from actions.action_items import add_action_item
from actions.postmortems.changes import edit_postmortem, publish_postmortem
from actions.postmortems.factors import choose_factors
from actions.postmortems.public import (
    edit_public_postmortem,
    publish_postmortem_publicly,
    withdraw_public_postmortem,
)
from actions.postmortems.reassembly import reassemble_postmortem
from actions.postmortems.remarks import comment_on_postmortem, decide_suggestion, resolve_comment, suggest_edit
from actions.postmortems.reviewing import request_review, review_postmortem
from console.fields import Fields
from core.errors import invalid
from models.words import ActionItemKind, ReviewDecision
from resolvers.mutations.perform import Given

Read = Callable[[Fields], Given]


@dataclass(frozen=True, slots=True)
class Doing:
    """A form of the pages. `anchor`: where what was done is seen; None: at the section that it is about."""

    mutation: str
    action: Callable[..., Awaitable[Any]]
    given: Read
    anchor: str | None
    page: str = ""
    """The page that it stands on, below the postmortem's own; empty: on that itself."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A contributing factor as it was chosen."""

    kind: str
    note: str | None


def _version(fields: Fields, name: str = "expected_version") -> int:
    """The version that a form was made from. INVALID_INPUT if it was not sent."""
    number = fields.number(name)
    if number is None:
        raise invalid(name, "The version that this was made from is missing.", "Open the page anew.")
    return number


def _optional(fields: Fields, *names: str) -> Given:
    return {name: value for name in names if (value := fields.optional(name)) is not None}


def _text(fields: Fields) -> Given:
    return {
        "section": fields["section"],
        "markdown": fields["markdown"],
        "expected_version": _version(fields),
    }


def _suggest(fields: Fields) -> Given:
    return _text(fields) | _optional(fields, "reason")


def _comment(fields: Fields) -> Given:
    return {"section": fields["section"], "body": fields["body"]} | _optional(fields, "quote")


def _resolve(fields: Fields) -> Given:
    return {"comment": fields["comment"], "resolved": not fields.flag("again")}


def _decide(fields: Fields) -> Given:
    return {"suggestion": fields["suggestion"], "accept": fields.flag("accept")}


def rows_of(fields: Fields) -> list[int]:
    """The numbers of the form's rows in which a kind of factor is chosen, in their order."""
    rows = [name.partition("-")[2] for name, value in fields.items() if name.startswith("kind-") and value.strip()]
    return sorted({int(row) for row in rows if row.isascii() and row.isdigit() and len(row) <= 3})  # noqa: PLR2004 (digits)


def _factors(fields: Fields) -> Given:
    chosen = [Factor(fields[f"kind-{row}"], fields.optional(f"note-{row}")) for row in rows_of(fields)]
    return {"factors": chosen, "expected_version": _version(fields)}


def _request(fields: Fields) -> Given:
    return {"reviewers": fields.all("reviewers"), "expected_version": _version(fields)}


def _review(fields: Fields) -> Given:
    decision = fields.one_of("decision", {each.value: each for each in ReviewDecision})
    return {"decision": decision} | _optional(fields, "note")


def _publish(fields: Fields) -> Given:
    """A button of a page that was opened before Muster asked for the version still publishes."""
    return {"expected_version": _version(fields)} if "expected_version" in fields else {}


def _reassemble(fields: Fields) -> Given:
    return {"expected_version": _version(fields), "seen": fields["seen"]}


def item(fields: Fields) -> Given:
    """An action item; without a day it is due when the incident's severity says."""
    found: Given = {"title": fields["title"], "owner": fields["owner"]}
    found |= _optional(fields, "assignee")
    if "kind" in fields:
        found["kind"] = fields.one_of("kind", {each.value: each for each in ActionItemKind})
    priority = fields.number("priority")
    if priority is not None:
        found["priority"] = priority
    day = fields.optional("due_on")
    if day is not None:
        found["due_on"] = _day(day)
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid("due_on", f"{text[:40]!r} is not a day.", "Write it as 2026-11-24.") from None


def _tell(fields: Fields) -> Given:
    return {"body": fields["body"], "notify": fields.flag("notify")}


def _reword(fields: Fields) -> Given:
    return _tell(fields) | {"expected_version": _version(fields)}


def _withdraw(fields: Fields) -> Given:
    return {"reason": fields["reason"]}


DEEDS: dict[str, Doing] = {
    "edit": Doing("editPostmortem", edit_postmortem, _text, None),
    "suggest": Doing("suggestPostmortemEdit", suggest_edit, _suggest, None),
    "decide": Doing("decidePostmortemSuggestion", decide_suggestion, _decide, None),
    "comment": Doing("commentOnPostmortem", comment_on_postmortem, _comment, None),
    "resolve": Doing("resolvePostmortemComment", resolve_comment, _resolve, None),
    "factors": Doing("chooseFactors", choose_factors, _factors, "s-contributing_factors"),
    "item": Doing("addActionItem", add_action_item, item, "s-action_items"),
    "request": Doing("requestPostmortemReview", request_review, _request, "review"),
    "review": Doing("reviewPostmortem", review_postmortem, _review, "review"),
    "publish": Doing("publishPostmortem", publish_postmortem, _publish, "review"),
    "reassemble": Doing("reassemblePostmortem", reassemble_postmortem, _reassemble, "main", "/reassembly"),
    "tell": Doing("publishPostmortemPublicly", publish_postmortem_publicly, _tell, "customers", "/public"),
    "reword": Doing("editPublicPostmortem", edit_public_postmortem, _reword, "customers", "/public"),
    "withdraw": Doing("withdrawPublicPostmortem", withdraw_public_postmortem, _withdraw, "customers", "/public"),
}
"""By the last part of the address: `/console/incidents/INC-7/postmortem/do/edit`."""
