"""`make prove`: the slow suites in full, every benchmark, and docs/reliability.md made anew from what they found.

`python -m bench.prove crashes growth` runs only those parts; the figures of the others are kept. Figures stand in
docs/reliability.json, the words in bench/reliability.md.jinja.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, StrictUndefined

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "docs/reliability.json"
DOCUMENT = ROOT / "docs/reliability.md"
TEMPLATE = ROOT / "bench/reliability.md.jinja"

SUITES: dict[str, list[str]] = {
    "order": ["tests/core/test_feed_order.py", "tests/core/test_live.py"],
    "past": ["tests/schema/test_as_of.py", "tests/model"],
    "crashes": ["tests/journeys/test_crash.py", "tests/server/test_ends.py", "tests/server/test_disk_full.py"],
    "faults": ["tests/faults"],
    "restore": ["tests/restore"],
    "subscribers": ["tests/journeys/test_subscribers_crash.py"],
    "contention": ["tests/contention", "tests/actions/test_lock_order.py", "tests/server/test_feed_lock.py"],
    "protocols": ["tests/protocols"],
    "vendors": [
        "tests/outward/test_prism.py",
        "tests/workflows/test_sev1_deaths.py",
        "tests/workflows/test_bad_steps.py",
        "tests/journeys/test_sev1_crash.py",
    ],
    "equality": ["tests/schema/compiled"],
    "limits": ["tests/schema/test_limits.py", "tests/schema/test_linear.py"],
    "plans": ["tests/schema/test_plans.py"],
    "pages": ["tests/pages"],
}
"""Tests by part: run with MUSTER_PROVE=full."""

BENCHMARKS: dict[str, list[str]] = {
    "limits": ["bench.hostile"],
    "credentials": ["bench.credentials"],
    "growth": ["bench.growth 1000 100000 1000000"],
    "fanout": ["bench.fanout"],
    "jobs": ["bench.jobs"],
    "soak": ["bench.soak"],
    "subscribers": ["bench.subscribers"],
}
"""Modules of bench/ by part, each with its arguments."""


def run(part: str, found: Path) -> float:
    """Run one part, whose figures go to a file; the seconds that it took. SystemExit if it fails."""
    begun = time.monotonic()
    environment = {**os.environ, "MUSTER_PROVE": "full", "MUSTER_FIGURES": str(found)}
    commands = [["pytest", "-q", *SUITES[part]]] if part in SUITES else []
    commands += [benchmark.split() for benchmark in BENCHMARKS.get(part, ())]
    for command in commands:
        print(f"== {part}: {' '.join(command)}", flush=True)
        done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=environment, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{part} failed: {' '.join(command)}")
    return time.monotonic() - begun


def machine() -> str:
    """What it ran on, without a name."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def render(kept: dict[str, dict[str, str]]) -> str:
    """The document. A figure that nobody measured is an error."""
    template = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 (Markdown)
    figures = {name: each["value"] for name, each in kept.items()}
    return template.from_string(TEMPLATE.read_text()).render(figure=figures)


def keep(found: Path, part: str, seconds: float) -> None:
    """Add what was found to the figures that are kept, with the day and the machine."""
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    lines = found.read_text().splitlines() if found.exists() else []
    about = {"part": part, "on": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine()}
    for each in map(json.loads, lines):
        kept[each["figure"]] = {"value": each["value"], **about}
    kept[f"{part}.seconds"] = {"value": f"{seconds:.0f} s", **about}
    KEPT.write_text(json.dumps(dict(sorted(kept.items())), indent=1, ensure_ascii=False) + "\n")


def main(wanted: list[str]) -> None:
    parts = list(dict.fromkeys([*SUITES, *BENCHMARKS]))
    unknown = set(wanted) - set(parts)
    if unknown:
        raise SystemExit(f"there is no part {', '.join(sorted(unknown))}: choose some of {', '.join(parts)}")
    for part in wanted or parts:
        with tempfile.TemporaryDirectory() as folder:
            found = Path(folder, "figures.jsonl")
            seconds = run(part, found)
            keep(found, part, seconds)
        DOCUMENT.write_text(render(json.loads(KEPT.read_text())))
    print(f"{DOCUMENT.relative_to(ROOT)} is up to date")


if __name__ == "__main__":
    main(sys.argv[1:])
