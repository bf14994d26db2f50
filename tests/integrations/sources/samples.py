"""The vendors' own samples, where they are beside this checkout."""

from pathlib import Path

import orjson
import pytest

FOLDER = Path(__file__).parents[4] / "shared" / "contracts" / "samples"


def sample(name):
    """One of them, as what its JSON says."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        pytest.skip("the vendors' samples are not beside this checkout")
    return orjson.loads(path.read_bytes())


def names(folder):
    """Those of one vendor."""
    return sorted(f"{folder}/{path.stem}" for path in (FOLDER / folder).glob("*.json"))
