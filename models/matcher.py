"""Matchers of routing rules: which labels an alert must carry. Decided from the labels alone.

A matcher is a label's name and a wanted text, in Prometheus' notation: `"critical"` equal, `"!=critical"` not equal,
`"=~api|web.*"` a regular expression for the whole value, `"!~api|web.*"` none. A label that is missing counts as empty,
as in Prometheus.

Regular expressions run on Rust's `regex` crate, which pydantic-core ships: its time is linear in the length of the
value whatever the pattern, so that no rule can stall the intake (Python's `re` backtracks: `(a+)+` against 30
characters takes minutes). Its syntax is nearly that of Alertmanager's own RE2: no look-around, no back-references.
"""

from collections.abc import Mapping
from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, core_schema

MAX_MATCHERS = 20
MAX_PATTERN = 200
"""Characters of one wanted text."""

OPERATORS = ("=~", "!~", "!=")


@lru_cache(maxsize=4096)
def split(wanted: str) -> tuple[str, str]:
    """A wanted text as operator and operand: `("=~", "api|web")`; a bare text is `("=", text)`."""
    for operator in OPERATORS:
        if wanted.startswith(operator):
            return operator, wanted[len(operator) :]
    return "=", wanted


def _compile(pattern: str) -> SchemaValidator:
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))


@lru_cache(maxsize=256)
def _whole(pattern: str) -> SchemaValidator:
    """The expression for a whole value. Compiled alone first: `a)|(b` would slip out of the anchors."""
    _compile(pattern)
    return _compile(rf"\A(?:{pattern})\z")


@lru_cache(maxsize=256)
def _anywhere(pattern: str) -> SchemaValidator:
    return _compile(pattern)


def found_in(value: str, pattern: str) -> bool:
    """Whether an expression that `expression_fault` has nothing against matches somewhere in a value."""
    return _anywhere(pattern).isinstance_python(value)


def part_found(value: str, pattern: str) -> str | None:
    r"""The leftmost part of a value that an expression matches, and of those that begin there the longest; or None.

    The engine only says whether it matches, so the part is narrowed down: one character on either side stays in view,
    so that `^`, `$` and `\b` mean what they mean in the whole. Two questions for each character: keep values short.
    """
    if not found_in(value, pattern):
        return None
    size = len(value)
    begin = next((at for at in range(size + 1) if _begins(value, at, pattern)), None)
    if begin is None:
        return None
    return next((value[begin:end] for end in range(size, begin - 1, -1) if _spans(value, begin, end, pattern)), None)


def _begins(value: str, at: int, pattern: str) -> bool:
    before = "(?s:.)" if at else ""
    return _anywhere(rf"\A{before}(?:{pattern})").isinstance_python(value[max(at - 1, 0) :])


def _spans(value: str, begin: int, end: int, pattern: str) -> bool:
    before, after = "(?s:.)" if begin else "", "(?s:.)" if end < len(value) else ""
    return _anywhere(rf"\A{before}(?:{pattern}){after}\z").isinstance_python(value[max(begin - 1, 0) : end + 1])


def expression_fault(pattern: str) -> str | None:
    """Why a text is no regular expression that can be used; None if it is one."""
    try:
        _whole(pattern)
    except SchemaError as error:
        return str(error).strip().rpartition("\n")[2].strip().removeprefix("error: ")
    return None


def fault(wanted: str) -> str | None:
    """Why a wanted text can't be used, as half a sentence for a person; None if it can."""
    if len(wanted) > MAX_PATTERN:
        return f"has {len(wanted)} characters; at most {MAX_PATTERN} are allowed"
    if "\x00" in wanted:
        return "holds a NUL character"
    operator, operand = split(wanted)
    if operator not in ("=~", "!~"):
        return None
    reason = expression_fault(operand)
    if reason is not None:
        return f"is no regular expression that can be used: {reason}"
    return None


def equal_to(wanted: str) -> str | None:
    """The text that a label must be, of a wanted text that says so; None of all others, and of the empty one."""
    operator, operand = split(wanted)
    return operand or None if operator == "=" else None


def holds(wanted: str, value: str) -> bool:
    """Whether a label's value satisfies a wanted text that `fault` has nothing against."""
    operator, operand = split(wanted)
    if operator == "=":
        return value == operand
    if operator == "!=":
        return value != operand
    return _whole(operand).isinstance_python(value) is (operator == "=~")


def matches(matchers: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether every matcher holds. None at all match everything."""
    for name, wanted in matchers.items():  # noqa: SIM110 (all() takes twice the time, for every alert and rule)
        if not holds(wanted, labels.get(name, "")):
            return False
    return True
