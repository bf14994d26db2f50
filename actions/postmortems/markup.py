"""Plain text inside a Markdown document: shown as it was written, and unable to change the document's structure."""

import re
import unicodedata

_INLINE = re.compile(r"([\\`*_\[\]<>&|~$!])")
_LINE_START = re.compile(r"^([#+=-]|\d{1,9}[.)])")
_LINE_BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
REPLACEMENT = "\ufffd"
"""Stands where a character was that can't be seen but changes what is seen."""

DIRECTION_CONTROLS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def visible(text: str) -> str:
    """The text with control characters and overrides of the writing direction made visible; tabs become spaces."""
    return "".join(
        REPLACEMENT if character in DIRECTION_CONTROLS or unicodedata.category(character) == "Cc" else character
        for character in text.replace("\t", "    ")
    )


def _line(text: str) -> str:
    """One line with every mark of Markdown escaped (CommonMark 0.31, section 2.4)."""
    escaped = _INLINE.sub(r"\\\1", visible(text).strip())
    return _LINE_START.sub(lambda m: m[1][:-1] + "\\" + m[1][-1], escaped)


def paragraph(text: str, marker: str = "") -> str:
    """A text as one paragraph behind a marker (`- `): its lines keep apart, empty ones are dropped."""
    lines = [line for line in map(_line, _LINE_BREAKS.split(text)) if line]
    return marker + ("\\\n" + " " * len(marker)).join(lines)
