"""People by the roles that they held at a moment, so that what is generated blames nobody (PRACTICE, "blameless")."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from models.facts.base import Names
from models.role import RoleAssignment

WORD = re.compile(r"\w+")
COLLEAGUE = "a colleague"
SENTENCE_END = re.compile(r"(?:^|[.!?]\s+|\n\s*|“)$")


@dataclass(frozen=True, slots=True)
class RolesHeld:
    """What people are called in a document: by role, or by name where `blameless` is off."""

    names: Names
    people: Mapping[int, str]
    """Who had to do with the incident: full names by key."""
    others: AbstractSet[str]
    """Full names of colleagues who had nothing to do with it, and are named in what was written."""
    blameless: bool
    _by_user: dict[int, list[RoleAssignment]] = field(default_factory=dict)
    _keys: dict[str, int] = field(default_factory=dict)
    _pattern: list[re.Pattern[str]] = field(default_factory=list)

    def called(self, user_id: int, moment: datetime) -> str:
        """What a person is called at a moment, as the subject of a sentence: `the Incident Commander`."""
        if not self.blameless:
            return self.names.of("user", user_id)
        held = [
            assignment.role_id
            for assignment in self._by_user.get(user_id, ())
            if assignment.assumed_at <= moment
            and (assignment.relinquished_at is None or moment < assignment.relinquished_at)
        ]
        return f"the {self.names.of('role', min(held))}" if held else "a responder"

    def unnamed(self, text: str, moment: datetime) -> str:
        """A text that somebody wrote, with full names, or `@` and one, as roles, or as colleagues.

        First names alone stay: many are words as well.
        """
        if not self.blameless or not self._pattern:
            return text

        def role(found: re.Match[str]) -> str:
            key = self._keys.get(found[1].casefold())
            called = COLLEAGUE if key is None else self.called(key, moment)
            begins = SENTENCE_END.search(text[max(0, found.start() - 4) : found.start()]) is not None
            return called[:1].upper() + called[1:] if begins else called

        return self._pattern[0].sub(role, text)


def roles_held(
    assignments: Sequence[RoleAssignment],
    names: Names,
    people: Mapping[int, str],
    others: AbstractSet[str] = frozenset(),
    *,
    blameless: bool,
) -> RolesHeld:
    """Who held what, ready to be asked ten thousand times."""
    by_user: defaultdict[int, list[RoleAssignment]] = defaultdict(list)
    for assignment in assignments:
        by_user[assignment.user_id].append(assignment)
    full = {name.casefold(): key for key, name in people.items() if len(name.split()) > 1}
    longest = sorted({*full, *(name.casefold() for name in others)}, key=len, reverse=True)
    pattern = [re.compile(rf"(?<!\w)@?({'|'.join(map(re.escape, longest))})(?!\w)", re.IGNORECASE)] if longest else []
    return RolesHeld(names, people, others, blameless, by_user, full, pattern)


def named_in(texts: Iterable[str], names: Iterable[str]) -> frozenset[str]:
    """Which full names stand in texts. There may be ten thousand: only those whose first word is there are sought."""
    written = "\n".join(texts).casefold()
    words = frozenset(WORD.findall(written))
    full = ((name, name.casefold()) for name in names if len(name.split()) > 1)
    return frozenset(n for n, own in full if words.issuperset(WORD.findall(own)[:1]) and own in written)
