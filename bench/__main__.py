"""`make bench`: every benchmark, one after the other. Each prints ratios against a reference of the same run."""

import subprocess
import sys

NAMES = (
    "start",
    "mutate",
    "read",
    "jobs",
    "declaration",
    "outgoing",
    "alerts",
    "alerts_paged",
    "feed",
    "credentials",
    "metrics",
    "growth",
    "processes",
)
for name in NAMES:
    subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)
