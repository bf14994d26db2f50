"""The catalogue of events as a document: `python -m models.facts.document > docs/events.md`."""

import sys
from dataclasses import fields
from inspect import getdoc

from models.facts.base import WORDS, Fact
from models.facts.every import KINDS

HEAD = """# Events

Every change is an event, and every kind of event is listed here, with the fields of its `data`. Events are only ever
added to; fields too. What people wrote, reasons and notes included, is an event's text and not in its `data`. Made by
`python -m models.facts.document`; a test compares.

| kind | what happened | data |
| --- | --- | --- |
"""


def catalogue() -> str:
    """The whole document, one row a kind, in alphabetical order."""
    rows = []
    for kind in sorted(KINDS):
        fact = Fact.registry[kind]
        text = " ".join((getdoc(fact) or "").split())
        names = ", ".join(f"`{field.name}`" for field in fields(fact) if field.name not in WORDS)
        rows.append(f"| `{kind}` | {text} | {names or '–'} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    sys.stdout.write(catalogue())
