"""How a source's mails are read, where an admin says so: two regular expressions for their subjects.

`resolve_when`: a mail whose subject has it says that the alert is over; all others, that it fires. `fingerprint`: the
part of the subject that tells the alert from others, without which a mail is read as usual. Both run in time that is
linear in the subject (models.matcher), and are written for any case: `(?i)` at their beginning.
"""

from collections.abc import Mapping
from typing import Any

from core.errors import invalid
from models.matcher import MAX_PATTERN, expression_fault

RESOLVE_WHEN, FINGERPRINT = "resolve_when", "fingerprint"
PATTERNS = (RESOLVE_WHEN, FINGERPRINT)


def checked_patterns(given: Any) -> dict[str, str]:
    """Patterns by name as they are kept: those that are written. INVALID_INPUT at the one that fails, and why."""
    if not isinstance(given, Mapping):
        raise invalid("mapping", "A mapping is an object of patterns.", 'Send e.g. {"resolve_when": "(?i)all clear"}.')
    kept = {}
    for name, pattern in given.items():
        field = f"mapping.{str(name)[:40]}"
        if name not in PATTERNS:
            raise invalid(field, "There is no such pattern for mails.", f"Choose from: {', '.join(PATTERNS)}.")
        if pattern is None or pattern == "":
            continue
        if not isinstance(pattern, str) or "\x00" in pattern:
            raise invalid(field, "A pattern is a text.", "Write a regular expression: (?i)all clear")
        if len(pattern) > MAX_PATTERN:
            raise invalid(field, f"A pattern has at most {MAX_PATTERN} characters.", "Write a shorter one.")
        fault = expression_fault(pattern)
        if fault is not None:
            hint = "Write it in RE2's syntax, without look-around."
            raise invalid(field, f"This is no regular expression that can be used: {fault}.", hint)
        kept[name] = pattern
    return kept
