"""`make bench`: every benchmark, one after the other. Each prints ratios against a reference of the same run."""

import subprocess
import sys

for name in ("start", "mutate", "read", "jobs", "declaration", "outgoing", "feed", "credentials", "growth"):
    subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)
