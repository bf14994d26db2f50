"""Which queues a worker takes jobs from, and how many of each at once: `muster worker --queues default,mail=2`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.job import QUEUES


@dataclass(frozen=True, slots=True)
class Queues:
    """Names, the most urgent first; `limits`: of some, how many jobs run at once in one worker."""

    names: tuple[str, ...]
    limits: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """As it is written in the option."""
        return ",".join(f"{name}={self.limits[name]}" if name in self.limits else name for name in self.names)


ALL = Queues(QUEUES)


def parse_queues(value: str) -> Queues:
    """What the option says; ValueError says what is wrong with it."""
    named, limits = set(), {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        name, equals, most = part.partition("=")
        if name not in QUEUES:
            raise ValueError(f"there is no queue {name!r}: name some of {', '.join(QUEUES)}")
        if equals and not (most.isascii() and most.isdigit() and int(most) > 0):
            raise ValueError(f"{part!r} must say how many jobs at once, 1 or more: {name}=2")
        named.add(name)
        if equals:
            limits[name] = int(most)
    if not named:
        raise ValueError(f"name some of {', '.join(QUEUES)}")
    return Queues(tuple(name for name in QUEUES if name in named), limits)
