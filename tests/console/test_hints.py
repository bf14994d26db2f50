"""Hints on pages are for people: whatever actions hint at, no name of the API is left in it."""

import ast
import re
from pathlib import Path

import actions
from console.hints import in_words
from console.pages import pages

CAMEL = re.compile(r"\b[a-z]+[A-Z]\w*")
FOLDER = Path(actions.__path__[0])


def written():
    """Every text in the actions and in what they rest on that has a name of the API in it."""
    for path in (*FOLDER.rglob("*.py"), FOLDER.parent / "core" / "errors.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            words = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if " " in words and "\n" not in words and CAMEL.search(words):
                yield words


def test_no_name_of_the_api_is_left_in_a_hint():
    found = list(written())
    assert len(found) > 15
    assert [words for words in map(in_words, found) if CAMEL.search(re.sub("`[^`]*`", "", words))] == []


def test_an_older_version_is_said_in_words_and_commands_stay():
    told = in_words("Read version 7, apply your change to it, and send expectedVersion: 7.")
    assert told == "Somebody saved it meanwhile. Look at how it is now, and save yours again."
    assert in_words("Send accessRole: ADMIN as well.") == "Send access role: ADMIN as well."
    assert (
        pages.filters["hint"]("Run `muster apply --dryRun` <b>.") == "Run <code>muster apply --dryRun</code> &lt;b&gt;."
    )
