"""Tools from npm that tests use: where they are, how a script runs on Node.js, and leaving out what is not there."""

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
MODULES = FOLDER / "node_modules"


def package(name: str) -> Path:
    """The folder of a package of package.json; the test is left out, saying so, where it is not installed."""
    found = MODULES / name
    if not found.is_dir() or shutil.which("node") is None:
        pytest.skip(f"npm's {name} is not installed: `make test` does that where npm is")
    return found


def node(script: str, *arguments: object, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run a script of this folder on Node.js to its end."""
    command = ["node", str(FOLDER / script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False, cwd=FOLDER)
