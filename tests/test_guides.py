"""Guides can't lag behind: tests read them."""

import importlib
import importlib.util
import json
import re
from pathlib import Path

import pytest

from bench.prove import DOCUMENT, KEPT, ROOT, render
from core.settings import Settings

GUIDES = Path(__file__).parents[1] / "docs/guides"
ROWS = re.findall(r"^\| .+ \| ([\d,]+) \| `([\w.]+)` \|$", (GUIDES / "limits.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize(("number", "place"), ROWS, ids=[place for _, place in ROWS])
def test_the_guide_to_limits_has_the_numbers_of_the_code(number, place):
    module, _, name = place.rpartition(".")
    if module == "core.settings.Settings":
        found = Settings.model_fields[name].default
    else:
        found = getattr(importlib.import_module(module), name)
    assert found == int(number.replace(",", ""))


def test_the_guide_to_limits_names_every_limit_of_a_document():
    limits = importlib.import_module("schema.limits")
    named = {place.rpartition(".")[2] for _, place in ROWS}
    assert {name for name in vars(limits) if name.startswith("MAX_")} <= named


def test_the_page_of_promises_says_what_was_found():
    """`python -m bench.prove` makes it; figures are measured, and what proves a promise is there."""
    page = DOCUMENT.read_text()
    assert page == render(json.loads(KEPT.read_text()))
    assert "not measured yet" not in page
    for place in re.findall(r"`(tests/[\w/.]+)`", page):
        assert (ROOT / place).exists(), place
    for module in re.findall(r"`python -m ([\w.]+)", page):
        assert importlib.util.find_spec(module), module


def test_what_is_said_to_keep_us_secure_and_to_prove_it_is_there():
    page = (ROOT / "docs/security.md").read_text()
    named = set(re.findall(r"`(\w+/[\w/]+\.py)`", page))
    tests = {place for place in named if place.startswith("tests/")}
    assert len(tests) > 25
    assert len(named - tests) > 25
    assert {place for place in named if not (ROOT / place).is_file()} == set()
    links = re.findall(r"\]\(([\w/.-]+)\)", page)
    assert {link for link in links if not (ROOT / "docs" / link).is_file()} == set()
