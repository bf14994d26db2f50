"""The table of definitions in docs/guides/metrics.md; `python -m models.metrics.document` prints it."""

import sys

from models.metrics.definitions import DEFINITIONS

HEAD = "| `metric` | what | counts | counted at | population | reopened |\n| --- | --- | --- | --- | --- | --- |\n"


def table() -> str:
    """Every definition in force, a line each."""
    lines = []
    for versions in DEFINITIONS.values():
        each = versions[-1]
        version = f" (version {each.version})" if each.version > 1 else ""
        cells = (f"`{each.key}`{version}", each.name, f"{each.unit.lower()}: {each.value}")
        lines.append(f"| {' | '.join((*cells, each.counted_at, each.population, each.reopened))} |\n")
    return HEAD + "".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table())
