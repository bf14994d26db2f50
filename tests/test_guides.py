"""Guides can't lag behind: tests read them."""

import importlib
import re
from pathlib import Path

import pytest

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
