"""PATCH (RFC 7644 §3.5.2) as scim2-models applies it, within bounds: many operations on many members take long."""

from collections.abc import Callable, Iterator
from typing import Any

from scim2_models import (
    Context,
    InvalidPathException,
    InvalidValueException,
    PatchOp,
    PatchOperation,
    PayloadTooLargeException,
)
from scim2_models.path import CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator

from actions.directory.listed import Listed, ListedGroup
from core import ids
from core.errors import DomainError
from integrations.scim import groups, people
from integrations.scim.filter import terms_of
from integrations.scim.resources import POLICY, WrittenGroup, WrittenUser

MAX_OPERATIONS = 100
"""Operations in one request."""
MAX_PATH = 500
"""Characters of a path."""
MAX_PATH_TERMS = 10
"""Comparisons in a path."""
MAX_WORK = 20_000
"""Operations times the members that they may concern. As many took 0.09 to 0.14 s where it was measured (2 cores)."""
PATCHING = Context.RESOURCE_PATCH_REQUEST


def user_patch(given: dict[str, Any], key: str) -> Callable[[Listed], Listed]:
    """What a body makes of a person. SCIMException and ValidationError for what is no patch, now or when applied."""
    _refuse_excess(given)
    patch = PatchOp[WrittenUser].model_validate(given, scim_ctx=PATCHING, scim_policy=POLICY)
    _refuse_long_paths(patch.operations or [])

    def change(before: Listed) -> Listed:
        written = people.as_written(before, key)
        patch.patch(written, scim_policy=POLICY)
        return people.listed_of(written, before)

    return change


def group_patch(given: dict[str, Any], key: str) -> Callable[[ListedGroup], ListedGroup]:
    """What a body makes of a team. Only the members that it may concern are looked at, of a group however large."""
    _refuse_excess(given)
    patch = PatchOp[WrittenGroup].model_validate(given, scim_ctx=PATCHING, scim_policy=POLICY)
    operations = patch.operations or []
    _refuse_long_paths(operations)
    named = named_members(operations)

    def change(before: ListedGroup) -> ListedGroup:
        concerned = before.members if named is None else before.members & named
        if len(operations) * max(len(concerned), len(named or ())) > MAX_WORK:
            raise PayloadTooLargeException(detail="Too many operations on too many members: send fewer at once.")
        written = groups.as_written(before, concerned, key)
        patch.patch(written, scim_policy=POLICY)
        after = groups.listed_of(written, before)
        return ListedGroup(after.name, after.external_id, (before.members - concerned) | after.members)

    return change


def _refuse_excess(given: dict[str, Any]) -> None:
    """Refuse what would take long to read: InvalidValueException, PayloadTooLargeException, InvalidPathException."""
    sent = next((value for name, value in given.items() if name.lower() == "operations"), None)
    if not isinstance(sent, list) or not sent:
        raise InvalidValueException(detail="A patch has a list of Operations.")
    if len(sent) > MAX_OPERATIONS:
        raise PayloadTooLargeException(detail=f"A patch has at most {MAX_OPERATIONS} operations.")
    for operation in sent:
        for name, value in operation.items() if isinstance(operation, dict) else ():
            if name.lower() == "path" and isinstance(value, str) and len(value) > MAX_PATH:
                raise InvalidPathException(path=value[:80], detail=f"A path has at most {MAX_PATH} characters.")


def _refuse_long_paths(operations: list[PatchOperation[Any]]) -> None:
    for each in operations:
        chosen = each.path.value_filter if each.path is not None else None
        if chosen is not None and terms_of(chosen) > MAX_PATH_TERMS:
            raise InvalidPathException(detail=f"A path has at most {MAX_PATH_TERMS} comparisons.")


def named_members(operations: list[PatchOperation[Any]]) -> frozenset[int] | None:
    """The keys of all members that operations can concern; None if they can concern any."""
    found: set[int] = set()
    for operation in operations:
        named = list(_named(operation))
        if None in named:
            return None
        for text in named:
            try:
                found.add(ids.decode_as("User", str(text)))
            except DomainError:
                continue  # nobody: it is refused where it is added, and matches nothing elsewhere
    return frozenset(found)


def _named(operation: PatchOperation[Any]) -> Iterator[str | None]:
    """The ids of members that an operation names; None where it goes beyond them."""
    path, adds = operation.path, operation.op is PatchOperation.Op.add
    if path is None or path.model is not None:
        for name, value in operation.value.items() if isinstance(operation.value, dict) else ():
            if name.lower().rpartition(":")[2].startswith("members"):
                yield from _values(value) if adds else (None,)
        return
    binding = path.resolve()
    if binding is None or binding.field_name != "members":
        return
    if path.value_filter is not None:
        yield from _compared(path.value_filter)
    elif binding.sub_field_name is not None:
        yield None
    elif adds or (operation.op is PatchOperation.Op.remove and operation.value):
        yield from _values(operation.value)
    else:
        yield None


def _values(value: Any) -> Iterator[str | None]:
    """The ids in a list of members; None for what is no member."""
    for member in value if isinstance(value, list) else [value]:
        text = next((v for n, v in member.items() if n.lower() == "value"), None) if isinstance(member, dict) else None
        yield text if isinstance(text, str) else None


def _compared(node: FilterNode) -> Iterator[str | None]:
    """The ids that `value eq "…"`, or several of that, select; None for any other filter."""
    match node:
        case Comparison(op=CompareOperator.eq, value=str(text)) if str(node.attr_path).lower() == "value":
            yield text
        case LogicalExpr(op=LogicalOperator.or_, terms=terms):
            for each in terms:
                yield from _compared(each)
        case _:
            yield None
