"""What a kind of alert source is to the doorway: its name, and how its deliveries are proven and read."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from actions.alerts.group import NormalisedGroup
from actions.alerts.taking import Reading

Headers = Mapping[str, str]
"""Of a request, whatever the case of their names."""


@dataclass(frozen=True, slots=True)
class Post:
    """A delivery as it arrived: raw, so that signatures hold."""

    body: bytes
    headers: Headers = field(default_factory=dict)
    mapping: Mapping[str, Any] | None = None
    """How the source's bodies are read, where that is kept with the source."""


Parse = Callable[[Post, datetime], Reading]
"""What a delivery says that arrived at a moment. Refusal, naming the field at fault, for one that can't be read."""

Verify = Callable[[Headers, bytes, Sequence[str], datetime], None]
"""Refusal (UNSIGNED) unless whoever sent these raw bytes at a moment knows one of the secrets."""

Prove = Callable[[Post, datetime], Awaitable[None]]
"""The same for vendors that sign by a certificate of theirs; it may ask the vendor for that."""


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One vendor's webhook. `smaller`: what its sender can do about a body that is too large.

    `verify` is asked where the source has a secret; `prove`, if there is one, always.
    """

    name: str
    parse: Parse
    verify: Verify | None
    smaller: str
    prove: Prove | None = None
    long: bool = False
    """Whether reading a delivery takes so long that it is done in a thread."""


def of_group(parse: Callable[[bytes, datetime], NormalisedGroup]) -> Parse:
    """How vendors are read whose bodies are one group each, whatever their headers say."""
    return lambda post, now: Reading((parse(post.body, now),))
