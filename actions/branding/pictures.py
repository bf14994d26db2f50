"""Logos as they are uploaded: looked into, and refused with the reason if they could do more than be looked at.

Nothing is repaired. What is taken is kept byte by byte, and sent with a policy that lets nothing in it run or load.
"""

import base64
import binascii
import re
import struct
import zlib
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from core.errors import DomainError, invalid

MOST_BYTES = 65_536
MOST_PIXELS, FEWEST_PIXELS = 2_000, 16
WIDEST = 10
"""So many times as wide as high, and no higher than wide twice over: it stands in a line of text."""
MOST_ELEMENTS = 2_000

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = 13
"""Bytes of IHDR."""
SVG = "http://www.w3.org/2000/svg"
XLINK = "{http://www.w3.org/1999/xlink}"
XML = "{http://www.w3.org/XML/1998/namespace}"
DRAWING = "svg g defs title desc path circle ellipse rect line polyline polygon text tspan use symbol style"
FILLING = "clipPath mask linearGradient radialGradient stop pattern"
ELEMENTS = frozenset(f"{DRAWING} {FILLING}".split())
"""Shapes, and how they are filled. All else is refused: what runs, loads, moves, or brings in another language."""
FOREIGN = frozenset({f"{XLINK}href", f"{XLINK}title", f"{XML}space", f"{XML}lang"})
OUTSIDE = re.compile(r"url\s*\(\s*(?![\"']?#)|@import|@font-face|javascript:|expression\s*\(|\\", re.IGNORECASE)
"""In styles and attributes: references that lead out of the picture. A backslash could hide one (CSS Syntax, 4.3.7)."""
INSTRUCTION = re.compile(rb"<\?(?!xml\s)", re.IGNORECASE)
LENGTH = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(?:px)?\s*")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that does no harm. `width` and `height` in pixels, or in units of an SVG, rounded up."""

    media_type: str
    content: bytes
    width: int
    height: int


def read_picture(text: str, field: str) -> Picture:
    """A logo from base64: PNG or SVG. INVALID_INPUT on the field says what is wrong with it."""
    if len(text) > MOST_BYTES * 4 // 3 + 4:
        raise _large(field)
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise invalid(field, "This is not base64.", "Send the file's bytes as base64, without line breaks.") from None
    if len(content) > MOST_BYTES:
        raise _large(field)
    found = _png(content, field) if content.startswith(PNG_SIGNATURE) else _svg(content, field)
    if found.width > WIDEST * found.height or found.height > 2 * found.width:
        raise invalid(
            field,
            f"The picture is {found.width} wide and {found.height} high.",
            f"Crop it: at most {WIDEST} times as wide as high, and twice as high as wide.",
        )
    return found


def _large(field: str) -> DomainError:
    return invalid(
        field, f"The picture has more than {MOST_BYTES:,} bytes.", "Make it smaller: it is shown 32 px high."
    )


def _png(content: bytes, field: str) -> Picture:
    """PNG (W3C, Third Edition): all chunks whole, and no animation."""
    kinds, at, header = [], len(PNG_SIGNATURE), b""
    while at + 12 <= len(content):
        size, kind = struct.unpack(">I4s", content[at : at + 8])
        data, end = content[at + 8 : at + 8 + size], at + 12 + size
        if end > len(content) or zlib.crc32(kind + data) != int.from_bytes(content[end - 4 : end], "big"):
            raise _broken(field)
        header = data if kind == b"IHDR" else header
        kinds.append(kind)
        at = end
    whole = at == len(content) and len(header) == HEADER
    if not whole or kinds[0] != b"IHDR" or kinds[-1] != b"IEND" or b"IDAT" not in kinds:
        raise _broken(field)
    if b"acTL" in kinds:
        raise invalid(field, "The picture moves.", "Send one that stands still.")
    width, height = struct.unpack(">II", header[:8])
    if not all(FEWEST_PIXELS <= side <= MOST_PIXELS for side in (width, height)):
        hint = f"Each side has {FEWEST_PIXELS} to {MOST_PIXELS} pixels; 64 high is sharp on every screen."
        raise invalid(field, f"The picture has {width} × {height} pixels.", hint)  # noqa: RUF001 (as sizes are written)
    return Picture("image/png", content, width, height)


def _broken(field: str) -> DomainError:
    return invalid(field, "The PNG is damaged: it is cut off, or its checksums don't agree.", "Export it anew.")


def _svg(content: bytes, field: str) -> Picture:
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        raise _refused(field, "a DOCTYPE or entities") from None
    except (ParseError, ValueError, LookupError):
        raise invalid(field, "This is neither a PNG nor an SVG.", "Send one of the two.") from None
    if root.tag != f"{{{SVG}}}svg":
        raise invalid(field, "This is neither a PNG nor an SVG.", f'Its outermost element is <svg xmlns="{SVG}">.')
    if INSTRUCTION.search(content):
        raise _refused(field, "a processing instruction")
    for number, element in enumerate(root.iter()):
        if number > MOST_ELEMENTS:
            raise invalid(field, f"The picture has more than {MOST_ELEMENTS:,} elements.", "Simplify it.")
        _check(element, field)
    width, height = _size(root, field)
    return Picture("image/svg+xml", content, width, height)


def _check(element: Element, field: str) -> None:
    space, _, name = str(element.tag).removeprefix("{").rpartition("}")
    if space != SVG or name not in ELEMENTS:
        raise _refused(field, f"<{name[:40]}>")
    if name == "style" and OUTSIDE.search("".join(element.itertext())):
        raise _refused(field, "a style that loads something")
    for key, value in element.attrib.items():
        plain = key.removeprefix(XLINK).lower()
        if key.startswith("{") and key not in FOREIGN:
            raise _refused(field, f"the attribute {plain.rpartition('}')[2][:40]}")
        if plain.startswith("on"):
            raise _refused(field, f"the event handler {plain[:40]}")
        if plain == "href" and not value.strip().startswith("#"):
            raise _refused(field, "a reference to something outside it")
        if plain in ("src", "base") or OUTSIDE.search(value):
            raise _refused(field, f"something that loads in the attribute {plain[:40]}")


def _size(root: Element, field: str) -> tuple[int, int]:
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    sides = box[2:] if len(box) == 4 else [root.get("width", ""), root.get("height", "")]  # noqa: PLR2004 (x y w h)
    found = [LENGTH.fullmatch(side) for side in sides]
    numbers = [float(each[1]) for each in found if each]
    if len(numbers) != 2 or not all(0 < number < 1_000_000 for number in numbers):  # noqa: PLR2004 (w h)
        raise invalid(field, "The SVG does not say how large it is.", 'Give it a viewBox like "0 0 120 32".')
    scale = max(1.0, FEWEST_PIXELS / min(numbers))
    return max(round(numbers[0] * scale), 1), max(round(numbers[1] * scale), 1)


def _refused(field: str, what: str) -> DomainError:
    return invalid(
        field, f"The SVG holds {what}.", "Save it as plain SVG with shapes only: no scripts, links, fonts or pictures."
    )
