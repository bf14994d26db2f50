"""What the channel of an incident is called, within Slack's rules: at most 80 of a-z, 0-9, hyphen and underscore."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator

from integrations.pointing import points_to
from integrations.ports import Matter

LONGEST = 80
MOST = 9
"""Names that are tried: the plain one, and those with -2 to -9."""

PARTS = re.compile(r"(\{reference\}|\{slug\})")
ALLOWED = re.compile(r"(?:[a-z0-9_-]|\{reference\}|\{slug\}){1,70}")
APART = re.compile(r"(?:^|[_-])\{reference\}(?:$|[_-])")
"""A reference that touches other letters or digits could be read as another one."""
DRILL = "drill-"
REACTION = re.compile(r"[a-z0-9_+'-]{0,100}")


def _pattern(value: str) -> str:
    plain = PARTS.sub("", value)
    if not ALLOWED.fullmatch(value) or len(plain) > 20:  # noqa: PLR2004 (leaves room for the reference and a title)
        raise ValueError("Use a-z, 0-9, - and _ beside {reference} and {slug}; 20 of them at most.")
    if not APART.search(value):
        raise ValueError("Let {reference} be part of it, between - or _, so that each incident has a name of its own.")
    return value


NamePattern = Annotated[str, AfterValidator(_pattern)]
"""How channels are called: `{reference}-{slug}`."""


def _reaction(value: str) -> str:
    name = value.strip(":")
    if not REACTION.fullmatch(name):
        raise ValueError("Use the name of a reaction, such as pushpin: a-z, 0-9, _, + and -.")
    return name


Reaction = Annotated[str, AfterValidator(_reaction)]
"""The name of a reaction; empty: none."""


def names(pattern: str, matter: Matter, longest: int = LONGEST) -> Iterator[str]:
    """What the channel may be called, in so many characters, best first.

    Of a private incident the name says nothing: admins of a workspace see the names of private channels.
    """
    slug = "" if matter.private else _slug(matter.title)
    bare = _filled(pattern, matter, "")
    room = longest - len("-9") - len(bare) - 1
    base = _filled(pattern, matter, slug[: max(room, 0)].strip("-"))[: longest - len("-9")]
    yield base
    for number in range(2, MOST + 1):
        yield f"{base}-{number}"


def _filled(pattern: str, matter: Matter, slug: str) -> str:
    name = pattern.replace("{reference}", matter.reference.lower()).replace("{slug}", slug)
    name = re.sub(r"([_-])[_-]+", r"\1", name).strip("-_")
    return f"{DRILL}{name}" if matter.drill else name


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def is_channel_of(channel: dict[str, Any], matter: Matter, pattern: str, creator: str) -> bool:
    """Whether we made this channel, as Slack describes it, for this incident, whatever its title was then.

    What it is for says so, by the incident's address. Where nothing stands yet, because an attempt ended just then, its
    name does. A public channel never is that of a private incident.
    """
    if channel.get("creator") != creator or (matter.private and channel.get("is_private") is not True):
        return False
    told = " ".join(str((channel.get(name) or {}).get("value") or "") for name in ("purpose", "topic")).strip()
    if told:
        return points_to(told, matter.url)
    return _name_of(pattern, matter.reference).fullmatch(str(channel.get("name"))) is not None


def _name_of(pattern: str, reference: str) -> re.Pattern[str]:
    """Every name that a pattern gives the channel of an incident."""
    filled = {"{reference}": re.escape(reference.lower()), "{slug}": "[a-z0-9-]*"}
    whole = "".join(filled.get(part, re.escape(part)) for part in PARTS.split(pattern))
    bare = re.sub(r"([_-])[_-]+", r"\1", pattern.replace("{slug}", "")).strip("-_")
    short = re.escape(bare).replace(re.escape("{reference}"), filled["{reference}"])
    return re.compile(f"(?:{DRILL})?(?:{whole}|{short})(?:-[2-{MOST}])?")
