"""What people ask for in a chat, whatever chat it is: a verb, the incident if they named it, and what belongs to it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from models.incident import Incident


class Verb(StrEnum):
    """What can be asked for."""

    DECLARE = "declare"
    ACKNOWLEDGE = "acknowledge"
    UPDATE = "update"
    ROLE = "role"
    SEVERITY = "severity"
    STAGE = "stage"
    RESOLVE = "resolve"
    TASK = "task"
    NOTE = "note"
    STATUS = "status"
    PAGE = "page"
    ANSWER = "answer"
    ONCALL = "oncall"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that is asked for. What `given` holds, each verb says."""

    verb: Verb
    incident: str | None = None
    """The reference that was written. None: the one whose channel it is."""
    given: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to it."""

    text: str
    incident: Incident | None = None
    """What it is about."""
    shared: bool = False
    """Whether everybody in the incident's channel is to read it: something has changed."""
