"""The guide to publishing can't lag behind: its examples are valid, and its numbers those of the code."""

import re
from pathlib import Path

import pytest
from graphql import parse, validate

from actions import check
from actions.back_dating import OLDEST
from actions.templates.language import FILTERS, NODES, OF_LOOP, PARTS, compiled
from actions.update_parts import MAX_COMPONENTS
from schema.build import core
from statuspage import earlier
from statuspage.markdown import TABLE_CELLS

GUIDE = (Path(__file__).parents[2] / "docs/guides/publishing.md").read_text()
DOCUMENTS = re.findall(r"```graphql\n(.+?)```", GUIDE, re.DOTALL)
NUMBERS = {
    f"{NODES:,} parts": "parts",
    f"{MAX_COMPONENTS} components": "components",
    f"{check.BODY:,} characters, a title {check.TITLE}": "texts",
    f"{OLDEST.days} days ago": "back-dating",
    f"{TABLE_CELLS:,} cells": "tables",
}


@pytest.mark.parametrize("document", DOCUMENTS, ids=range(len(DOCUMENTS)))
def test_its_examples_are_valid(document):
    assert validate(core, parse(document)) == []


def test_its_numbers_are_those_of_the_code():
    flat = " ".join(GUIDE.split())
    assert [words for words in NUMBERS if words not in flat] == []
    assert earlier.MOST == 10
    assert "newest ten" in flat


def test_it_names_all_that_a_template_can_say():
    own = {name: parts for names in PARTS.values() for name, parts in names.items()}
    named = [f"{name}.{part}" for name, parts in own.items() for part in parts] + [f"loop.{each}" for each in OF_LOOP]
    missing = [each for each in [*own, *named, *FILTERS] if each not in GUIDE]
    assert missing == []
    body = "{{ incident.minutes }} {% for component in components %}{{ component.name }}{% endfor %}"
    assert compiled(body, "body", frozenset())
