"""What a piece of news is about."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """What a piece of news is about: the topic that mails are threaded by, and the keys of the components it names."""

    topic: str
    components: frozenset[int]
