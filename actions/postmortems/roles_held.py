"""People by the roles that they held at a moment, so that what is generated blames nobody (PRACTICE, "blameless")."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from models.facts.base import Names
from models.role import RoleAssignment

SENTENCE_END = re.compile(r"(?:^|[.!?]\s+|\n\s*)$")


@dataclass(frozen=True, slots=True)
class RolesHeld:
    """What people are called in a document: by role, or by name where `blameless` is off."""

    names: Names
    people: Mapping[int, str]
    """Who had to do with the incident: full names by key."""
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
        """A text that somebody wrote, with the full names of those who were there, or `@` and one, as roles.

        First names alone stay: many are words as well.
        """
        if not self.blameless or not self._pattern:
            return text

        def role(found: re.Match[str]) -> str:
            called = self.called(self._keys[found[1].casefold()], moment)
            begins = SENTENCE_END.search(text[max(0, found.start() - 4) : found.start()]) is not None
            return called[:1].upper() + called[1:] if begins else called

        return self._pattern[0].sub(role, text)


def roles_held(
    assignments: Sequence[RoleAssignment], names: Names, people: Mapping[int, str], *, blameless: bool
) -> RolesHeld:
    """Who held what, ready to be asked ten thousand times."""
    by_user: defaultdict[int, list[RoleAssignment]] = defaultdict(list)
    for assignment in assignments:
        by_user[assignment.user_id].append(assignment)
    full = {name.casefold(): key for key, name in people.items() if len(name.split()) > 1}
    longest = sorted(full, key=len, reverse=True)
    pattern = [re.compile(rf"(?<!\w)@?({'|'.join(map(re.escape, longest))})(?!\w)", re.IGNORECASE)] if full else []
    return RolesHeld(names, people, blameless, by_user, full, pattern)
