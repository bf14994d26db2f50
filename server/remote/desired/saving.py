"""Saving what differs, one thing after the other; a refusal is told with its place in the file."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from core.errors import DomainError, ErrorCode
from server.remote.api import Api
from server.remote.desired.faults import Fault, RefusedFilesError
from server.remote.desired.files import KINDS
from server.remote.desired.kinds import PERSON, Field
from server.remote.desired.plan import Change, Present
from server.remote.desired.spelling import snake, to_api
from server.remote.desired.workflow import DEFINITION, WORKFLOW
from server.remote.failures import RefusedError

AT = re.compile(r" at \.([\w.\[\]]*\w\]?)")
"""Where graphql-core says that a variable has a value that it can't have."""

Values = dict[str, Any]


def save(api: Api, changes: Sequence[Change], present: Present, told: Callable[[Change], None]) -> None:
    """Save everything that differs, and tell of each.

    RefusedFilesError at the first refusal, with what was saved before; the same files can be applied again.
    """
    saved: list[Values] = []
    for change in changes:
        if change.action == "unchanged":
            continue
        kind = change.wanted.kind
        try:
            payload = api.put(kind.save, _input(change, present))
        except RefusedError as error:
            faults = [_fault(change, each) for each in error.more.get("problems") or [_first(error)]]
            raise RefusedFilesError(faults, code=error.code, applied=saved) from error
        if change.action == "added":
            row = {"id": payload[kind.payload]["id"], kind.key: change.wanted.key}
            present.rows[kind.name].append(row)
            if kind is PERSON:
                present.people.append({**row, "archived": False})
        saved.append(change.as_values())
        told(change)


def _input(change: Change, present: Present) -> Values:
    wanted = change.wanted
    given: Values = {"id": change.id} if change.id else {wanted.kind.key: wanted.key}
    if change.version is not None:
        given["expectedVersion"] = change.version
    own = {
        name: value for name, value in change.values.items() if wanted.kind is not WORKFLOW or name not in DEFINITION
    }
    for name, value in own.items():
        given.update(to_api({name: _with_ids(wanted.kind.fields[name], value, present)}))
    if wanted.kind is WORKFLOW and any(name in DEFINITION for name in change.values):
        definition = {name: wanted.values.get(name) for name in DEFINITION}
        given["definition"] = to_api({name: value for name, value in definition.items() if value is not None})
    return given


def _with_ids(field: Field, value: Any, present: Present) -> Any:
    """The value of a field, with ids where the API wants them."""
    if not field.by_id or value is None or field.refers is None:
        return value
    if field.refers == "Person":
        ids = {(person["email"] or "").lower(): person["id"] for person in present.people}
    else:
        ids = present.ids(KINDS[field.refers])
    return [ids[str(each).lower()] for each in value] if isinstance(value, list) else ids[str(value).lower()]


def _first(error: RefusedError) -> Values:
    field = error.field
    if error.code == "GRAPHQL_INVALID" and (found := AT.search(error.message)):
        field = re.sub(r"\[(\d+)\]", r".\1", found[1])
    return {"message": error.message, "code": error.code, "field": field, "hint": error.hint}


def _fault(change: Change, problem: Values) -> Fault:
    field = snake(str(problem.get("field") or "")).removeprefix("input.").removeprefix("definition").strip(".")
    error = DomainError(ErrorCode.INVALID_INPUT, problem["message"], field=field, hint=problem.get("hint"))
    return change.wanted.fault(error)
