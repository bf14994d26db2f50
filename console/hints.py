"""Hints of refusals in a person's words: actions write them for whoever sends mutations, with the names of the API."""

import re

SAID = (
    (
        re.compile(r"Read version \d+, apply your change to it, and send expectedVersion: \d+\."),
        "Somebody saved it meanwhile. Look at how it is now, and save yours again.",
    ),
    (
        re.compile(r"Put the two together, and send expectedVersion: \d+\."),
        "Put the two together, and save again.",
    ),
    (re.compile(r"openChannel opens one; see outwardActions\."), "Open one first: under More."),
    (re.compile(r"pageOnCall pages\."), "Page who is on call first: under More."),
    (re.compile(r"acknowledgeIncident takes both\."), "Acknowledge the incident: that takes both."),
    (re.compile(r"\bby addMember\b"), "as a member"),
    (re.compile(r"saveIntegration\([^)]*\)"), "Settings, Integrations"),
    (re.compile(r"\bOutwardAction\b"), "order"),
)
"""What stands in a hint, and what a page says instead."""
NAME = re.compile(r"`[^`]*`|\b[a-z]+(?:[A-Z][a-z0-9]+)+\b")
"""A name of the API; commands between backticks are left alone."""
PARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def in_words(hint: str) -> str:
    """A hint without names of the API: known sentences are said anew, other names are taken apart."""
    for pattern, words in SAID:
        hint = pattern.sub(words, hint)
    return NAME.sub(lambda found: found[0] if found[0].startswith("`") else PARTS.sub(" ", found[0]).lower(), hint)
