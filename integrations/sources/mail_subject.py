"""What the subject of a monitor's mail says: whether the alert is over, and which alert it is.

Monitors write one subject for the beginning and the end, but for a word: “** PROBLEM Service Alert: web-1/HTTP is
CRITICAL **” and “** RECOVERY … is OK **” (Nagios), “Monitor is DOWN: Shop” and “… UP: Shop” (UptimeRobot), “ALARM: …”
and “OK: …” (Amazon SNS). So the words of states are data, and without them, and without times, values and numbers of
events, a subject is the name of the alert. Names of hosts and ports keep their digits.

Subjects are 200 characters at most here; the expressions are ours, and none of them nests a repeat in another.
"""

import re
from typing import NamedTuple

OVER = frozenset({"ok", "up", "normal", "green", "closed", "healthy", "clear", "success", "online", "passing"})
"""Words that may stand in any sentence: where they say that it is over is checked."""
SURELY_OVER = frozenset({"resolved", "recovered", "recovery", "cleared", "restored"})
FIRING = frozenset(
    {"down", "critical", "crit", "warning", "warn", "unknown", "error", "alert", "unreachable", "failed", "failure"}
    | {"fatal", "major", "minor", "offline", "red", "open", "disaster", "unhealthy", "emergency"}
)
SURELY_FIRING = frozenset({"problem", "alarm", "firing", "fired", "triggered", "alerting", "unresolved"})
SILENT = frozenset(
    {"acknowledgement", "acknowledged", "downtimestart", "downtimeend", "downtimecancelled", "downtimeremoved"}
    | {"flappingstart", "flappingend", "flappingstop", "flappingdisabled", "insufficient_data"}
)
"""What changes nothing: Nagios' and Icinga's types of notifications, and CloudWatch's third state."""
SURE = SURELY_OVER | SURELY_FIRING | SILENT
EVERY = SURE | OVER | FIRING
NOT = frozenset({"not", "never", "no", "isn't"})
BEFORE = frozenset({"is", "are", "now", "back", "was", "been", "has", "state", "status", "went", "gone", "again"})
"""Words after which one of a state is meant, whatever its case."""

FILLING = frozenset({"back", "now", "again"})
"""Those of them that stand at one end of the story only."""

ANSWERED = re.compile(r"\s*(?:re|fwd?|aw|wg|sv|vs|tr|antw|rif|odp)(?:\[\d{1,3}\])?\s*:", re.IGNORECASE)
"""What mail programs put before a subject that is answered or passed on."""
SHAPES = (
    # Zabbix: “Problem: NAME”, “Resolved in 5m 3s: NAME”, “Updated problem in 5m 3s: NAME”
    re.compile(r"(?P<word>updated problem|problem|resolved)(?: in [\w .]{1,40})?: (?P<name>.+)", re.IGNORECASE),
    # Uptime Kuma: “[NAME] [🔴 Down] timeout of 48000ms exceeded”
    re.compile(r"\[(?P<name>[^\[\]]+)\] \[\W{0,6}(?P<word>up|down)\].*", re.IGNORECASE),
    # Checkmk: “Check_MK: web-1/Filesystem / OK -> CRITICAL”
    re.compile(r"(?P<name>Check_?MK: \S.*?) \w{1,12} (?:->|→) (?P<word>\w{1,12})\W*", re.IGNORECASE),
)
"""Vendors whose subjects hold more than a name and a word."""
UPDATED = "updated problem"

MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
UNIT = r"(?:ms|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)"
VARYING = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
        r"\b(?=[0-9a-f]{0,31}[0-9])(?=[0-9a-f]{0,31}[a-f])[0-9a-f]{12,64}\b",
        r"\b20\d\d[-/.][01]?\d[-/.][0-3]?\d(?:t(?=\d))?",
        r"\b[0-3]?\d[-/.][01]?\d[-/.]20\d\d\b",
        rf"\b(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{{0,6}},? )?{MONTH}\.? [0-3]?\d(?:st|nd|rd|th)?\b(?:,? 20\d\d)?",
        rf"\b(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{{0,6}},? )?[0-3]?\d\.? {MONTH}\.?(?:,? 20\d\d)?\b",
        r"(?<![\w.:])[0-2]?\d:[0-5]\d(?::[0-6]\d(?:[.,]\d{1,9})?)?(?: ?[ap]m)?(?: ?(?:z|utc|[a-z]{2,4}t)(?![a-z]))?",
        rf"(?<![\w.:-])\d{{1,9}}(?:[.,]\d{{1,9}})? ?(?:%|{UNIT}\b|[kmgtp]i?b(?:it)?(?:/s|ps)?\b)",
        r"(?<= )[+-]\d\d:?\d\d(?!\w)",
        r"(?<= )20\d\d$",
        r"#\d{1,19}\b",
        r"\b(?:id|event|incident|ticket|case|alert|problem|count|attempt|try)s?(?: ?[:=#] ?| no\.? ?| )\d{1,19}\b",
        r"(?<=:)\d{1,6}(?=[\],)])",
        r"(?<=[\[(])\d{1,19}(?=[\])])",
        r"(?<![\w.:/@-])\d{5,19}(?![\w.:/@-])",
    )
)
"""What differs from mail to mail of one alert: UUIDs and long hexadecimal names, dates, times, durations, percents and
sizes, numbers of events, counts in brackets, and numbers of five digits or more that stand alone."""

WORD = re.compile(r"[^\W\d](?:[\w']*\w)?")
MARKS = re.compile(r"[^\w./:@+~-]+")


class Said(NamedTuple):
    """What a subject says. `key` is empty where nothing tells the alert from others."""

    over: bool
    silent: bool
    key: str


def said_by(subject: str) -> Said:
    """What a subject of at most some hundred characters says, in a key that is the same for an alert and its end."""
    rest = _plain(subject)
    for shape in SHAPES:
        if found := shape.fullmatch(rest):
            word = found["word"].lower()
            if word in EVERY or word == UPDATED:
                return Said(_over(word), word in SILENT, _key(found["name"]))
    states, name = _states(rest)
    first = states[0] if states else ""
    return Said(_over(first), first in SILENT, _key(name))


def _over(word: str) -> bool:
    return word in OVER or word in SURELY_OVER


def _plain(subject: str) -> str:
    """It without what mail programs put in front."""
    rest = " ".join(subject.split())
    while answered := ANSWERED.match(rest):
        rest = rest[answered.end() :].strip()
    return rest


def _states(text: str) -> tuple[list[str], str]:
    """The words of states in their order, `down` for one that is denied, and the text without them."""
    states: list[str] = []
    kept: list[str] = []
    end, before = 0, ""
    for found in WORD.finditer(text):
        word = found[0].lower()
        if word in EVERY and _meant(text, found, before):
            denied = before in NOT and _over(word)
            states.append("down" if denied else word)
            between = text[end : found.start()]
            kept.append(between.rstrip()[: -len(before)] if denied or before in FILLING else between)
            end = found.end()
        before = word
    return states, "".join([*kept, text[end:]])


def _meant(text: str, found: re.Match[str], before: str) -> bool:
    """Whether a word of a state is one here, and not part of a name or of any sentence.

    It is in capitals and stands alone; or it begins the subject, stands in brackets, or ends what is said of something.
    """
    left, right = text[: found.start()].rstrip(" *!-\u2013|"), text[found.end() :].lstrip(" *!.")
    joined = text[found.start() - 1 : found.start()] in tuple("-_./@\\") or right[:1] in tuple("_@\\")
    touching = text[found.end() : found.end() + 1]
    if joined or (touching in tuple("-/") and text[found.end() + 1 : found.end() + 2].isalnum()):
        return False
    if found[0].isupper() and len(found[0]) > 1:
        return True
    first = not left or left[-1] in "[({|:"
    last = not right or right[0] in "])}:|,;"
    if found[0].lower() in SURE:
        return first or last or before in BEFORE
    return (first and last) or (last and before in BEFORE)


def _key(name: str) -> str:
    """What of a name stays the same from mail to mail."""
    for varying in VARYING:
        name = varying.sub(" ", name)
    words = (word.strip(".:/-~+") for word in MARKS.split(name.casefold()))
    return " ".join(word for word in words if word)
