"""What a kind of alert source is to the doorway: its name, how its bodies are read, and what to do about large ones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from actions.alerts.group import NormalisedGroup

Parse = Callable[[bytes, datetime], NormalisedGroup]
"""The group in a body that arrived at a moment. Refusal, naming the field at fault, for one that can't be read."""


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One vendor's webhook. `smaller`: what its sender can do about a body that is too large."""

    name: str
    parse: Parse
    smaller: str
