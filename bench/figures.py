"""Figures that were measured, kept for docs/reliability.md: one JSON object a line in the file MUSTER_FIGURES."""

import json
import os
from pathlib import Path


def note(figure: str, value: object) -> None:
    """Keep one figure under its name (`crash.rounds`, `fanout.p99`). `value` is what a reader sees, unit included.

    The same name again replaces it. Without MUSTER_FIGURES it is only printed, so that tests and benchmarks call it
    always.
    """
    print(f"  {figure}: {value}")
    path = os.environ.get("MUSTER_FIGURES")
    if path:
        with Path(path).open("a") as file:
            file.write(json.dumps({"figure": figure, "value": str(value)}) + "\n")
