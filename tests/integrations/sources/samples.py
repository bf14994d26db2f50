"""The vendors' own samples, where they are beside this checkout."""

from pathlib import Path

import orjson
import pytest

FOLDER = Path(__file__).parents[4] / "shared" / "contracts" / "samples"
OWN = Path(__file__).with_name("fixtures")
"""Bodies as scripts and templates of our guide send them: no vendor's, but of vendors' placeholders."""


def sample(name):
    """One of them, as what its JSON says."""
    path = next((path for path in (OWN / f"{name}.json", FOLDER / f"{name}.json") if path.exists()), None)
    if path is None:
        pytest.skip("the vendors' samples are not beside this checkout")
    return orjson.loads(path.read_bytes())


def names(folder):
    """Those of one vendor."""
    return sorted(f"{folder}/{path.stem}" for where in (FOLDER, OWN) for path in (where / folder).glob("*.json"))
