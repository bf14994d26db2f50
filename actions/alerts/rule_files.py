"""Routing rules as a YAML file (core.yaml_files): one document with a list `rules`, in the order of trying."""

from collections.abc import Sequence
from typing import Any

from core.errors import invalid
from core.yaml_files import Document, read_objects, written_out

BEGINNING = "`rules:`"


def read_rules(text: str) -> Document:
    """The document of a file; its rules are `values["rules"]`. FileError for what is no YAML, or no list of rules."""
    documents = read_objects(text, BEGINNING)
    if len(documents) != 1:
        document = documents[1] if documents else Document({})
        raise document.located(invalid("", "A file of rules is one document.", f"It begins with {BEGINNING}."))
    (document,) = documents
    for name in document.values:
        if name != "rules":
            raise document.located(invalid(name, f"There is no field {name[:80]!r} here.", "There is `rules` alone."))
    if not isinstance(document.values.get("rules"), list):
        raise document.located(invalid("rules", "This is no list of rules.", f"It begins with {BEGINNING}."))
    return document


def as_file(rules: Sequence[dict[str, Any]]) -> str:
    """Rules, as they were exported, as a file."""
    return written_out({"rules": list(rules)})
