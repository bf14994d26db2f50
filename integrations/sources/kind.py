"""What a kind of alert source is to the doorway: its name, and how its deliveries are proven and read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from actions.alerts.group import NormalisedGroup

Headers = Mapping[str, str]
"""Of a request, whatever the case of their names."""

Parse = Callable[[bytes, datetime], NormalisedGroup]
"""The group in a body that arrived at a moment. Refusal, naming the field at fault, for one that can't be read."""

Verify = Callable[[Headers, bytes, Sequence[str], datetime], None]
"""Refusal (UNSIGNED) unless whoever sent these raw bytes at a moment knows one of the secrets."""


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One vendor's webhook. `smaller`: what its sender can do about a body that is too large."""

    name: str
    parse: Parse
    verify: Verify
    smaller: str
