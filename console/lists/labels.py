"""Labels as people write them in one field."""

import re

from core.errors import invalid


def read_labels(written: str) -> dict[str, str]:
    """`region=eu-1, tier=gold`, or one a line, as an object. INVALID_INPUT for anything else."""
    found = {}
    for part in filter(str.strip, re.split(r"[,\n]", written)):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise invalid("labels", f"{part.strip()[:40]!r} is no label.", "Write it as region=eu-1.")
        found[name.strip()] = value.strip()
    return found
