"""How a line of an input says that it may be left out, and the line that all inputs share."""

from typing import Any

import strawberry


def needed(description: str) -> Any:
    """A field that must be given."""
    return strawberry.field(description=description)


def optional(description: str) -> Any:
    """A field that may be left out, which is not the same as null: the action is not told of it."""
    return strawberry.field(default=strawberry.UNSET, description=description)


def default(value: Any, description: str) -> Any:
    """A field that has this value when it is left out."""
    return strawberry.field(default=value, description=description)


@strawberry.input
class Repeatable:
    idempotency_key: str | None = optional(
        "1 to 200 characters of your own, such as a UUID. Sent again within 24 hours with the same input, it does"
        " nothing and answers with what the first request did; with another input it is an IDEMPOTENCY_CONFLICT."
        " Refusals are not remembered."
    )


INCIDENT = "The incident, by reference (`INC-123`), number or id. NOT_FOUND also if you may not see it."
REASON = "Why, in at most 500 characters, for the timeline."
SEEN = "The version that your edit was made against; VERSION_CONFLICT, naming the present one, if it moved on."
SAVED_ID = "What to change; without it something new is created."
ARCHIVED = "True archives it: history keeps it, nothing new can use it. False brings it back."
LABELS = 'An object of at most 50 texts, such as `{"region": "eu-1"}`; names and texts of at most 500 characters.'
