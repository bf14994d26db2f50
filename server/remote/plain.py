"""Text of others on a terminal of ours: whoever writes a title must not steer the terminal of who reads it."""

import re

STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """A text without characters that steer a terminal or turn its direction; lines and tabs stay."""
    return STEERING.sub("", text)


def in_one_cell(text: object) -> str:
    """A value as a field of a line whose fields are parted by tabs."""
    return printable(re.sub(r"\s+", " ", "" if text is None else str(text))).strip()
