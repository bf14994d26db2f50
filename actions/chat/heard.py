"""What a chat tells of a channel, whatever chat it is."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    """A message, as it reads now."""

    channel: str
    stamp: str
    """What the vendor calls it within its channel: the moment, as `1700000000.000100`."""
    thread: str | None = None
    """The message that it replies to."""
    author: str | None = None
    """What the vendor calls whoever wrote it."""
    bot: bool = False
    text: str = ""
    files: list[dict[str, str]] = field(default_factory=list)
    """`name` and `url` of each."""
    edited: str | None = None
    """When it was last edited, in the form of `stamp`."""


@dataclass(frozen=True, slots=True)
class Struck:
    """A message was taken back."""

    channel: str
    stamp: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Somebody marked a message as important, by a pin or by a reaction."""

    channel: str
    stamp: str
    by: str
    reaction: str | None
    """The name of the reaction; None: it was pinned."""
    message: Said | None
    """The message, where the vendor told it at once."""


Heard = Said | Struck | Mark

KINDS: dict[str, type[Any]] = {"said": Said, "struck": Struck, "mark": Mark}


def packed(heard: Heard) -> dict[str, Any]:
    """As JSON, for a job."""
    kind = next(name for name, cls in KINDS.items() if isinstance(heard, cls))
    return {"kind": kind, **asdict(heard)}


def unpacked(given: dict[str, Any]) -> Heard:
    """What was packed."""
    fields = {name: value for name, value in given.items() if name != "kind"}
    if given["kind"] == "mark" and fields["message"] is not None:
        fields["message"] = Said(**fields["message"])
    made: Heard = KINDS[given["kind"]](**fields)
    return made
