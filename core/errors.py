"""Refusals. Every one says what is wrong, where, and what to do (DESIGN §4, "Refusals are loud")."""

import math
from enum import StrEnum


class ErrorCode(StrEnum):
    """Why an operation was refused. Published in the GraphQL schema; clients branch on it."""

    GRAPHQL_INVALID = "GRAPHQL_INVALID"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    INVALID_INPUT = "INVALID_INPUT"
    ILLEGAL_TRANSITION = "ILLEGAL_TRANSITION"
    CONFLICT = "CONFLICT"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    RATE_LIMITED = "RATE_LIMITED"
    TOO_EXPENSIVE = "TOO_EXPENSIVE"
    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    SLOW_CONSUMER = "SLOW_CONSUMER"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    INTERNAL = "INTERNAL"


class DomainError(Exception):
    """A refusal that a person can act on.

    `field` is the snake_case name of the input at fault, dotted for nested ones (`roles.0.user`); doorways
    translate it to their own spelling. `hint` says what to do.
    """

    def __init__(self, code: ErrorCode, message: str, *, field: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.hint = hint


class TextConflictError(DomainError):
    """Somebody else changed a text meanwhile: both are shown, so that nothing that was written is lost."""

    def __init__(self, noun: str, version: int, expected: int, *, theirs: str, yours: str) -> None:
        super().__init__(
            ErrorCode.VERSION_CONFLICT,
            f"This {noun} is at version {version} by now, not {expected}.",
            field="expected_version",
            hint=f"Put the two together, and send expectedVersion: {version}.",
        )
        self.version, self.theirs, self.yours = version, theirs, yours


class RateLimitedError(DomainError):
    """Too much was asked for within a while. `wait` seconds later the same is allowed."""

    def __init__(self, message: str, *, wait: float, cost: dict[str, int] | None = None) -> None:
        self.retry_after = max(1, math.ceil(wait))
        super().__init__(ErrorCode.RATE_LIMITED, message, hint=f"Try again in {self.retry_after} s.")
        self.cost = cost
        """What was asked for, the limit and what is left, in units of cost."""


def invalid(field: str, message: str, hint: str | None = None) -> DomainError:
    """An input that can't be accepted as it is."""
    return DomainError(ErrorCode.INVALID_INPUT, message, field=field, hint=hint)


def not_found(field: str, noun: str, reference: object) -> DomainError:
    """A reference that leads nowhere, or to something that this actor may not see: both look the same on purpose."""
    return DomainError(
        ErrorCode.NOT_FOUND,
        f"There is no {noun} {str(reference)[:80]!r}.",
        field=field,
        hint="Check the reference; what you may not see looks the same as what is not there.",
    )


def conflict(message: str, *, field: str | None = None, hint: str | None = None) -> DomainError:
    """The state of things forbids this now."""
    return DomainError(ErrorCode.CONFLICT, message, field=field, hint=hint)
