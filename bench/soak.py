"""A soak: one Muster under a steady load, and whether memory, connections, files and tables stay as they are.

`python -m bench.soak [MINUTES]` (20 unless said otherwise). The first fifth is for caches to fill; what grows after it,
between the second fifth and the last, is a leak or is told: tables that hold history grow with it, those that hold work
under way must not.
"""

import sys
import time
from pathlib import Path
from statistics import median

from bench.figures import note
from tests.faults.check import check
from tests.faults.house import Trial, opened

EACH = 5.0
"""Seconds between two looks."""
GROWTH = 1.10
"""How much more of it there may be at the end than after the caches have filled."""
PASSING = ("job", "vendor_pace", "presence")
"""Tables whose rows come and go."""
SIZES = """
select relname, pg_total_relation_size(oid) from pg_class
where relkind = 'r' and relnamespace = 'public'::regnamespace
"""


def look(house: object) -> dict[str, float]:
    """What there is of everything now."""
    found: dict[str, float] = {}
    for part in house.parts:
        status = Path(f"/proc/{part.child.pid}/status").read_text()
        resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        found[f"memory of {part.name}, MB"] = int(resident.split()[1]) / 1024
        found[f"files of {part.name}"] = len(list(Path(f"/proc/{part.child.pid}/fd").iterdir()))
        found[f"threads of {part.name}"] = len(list(Path(f"/proc/{part.child.pid}/task").iterdir()))
    ((connections,),) = house.postgres.answer("select count(*) from pg_stat_activity where usename <> 'postgres'")
    found["connections"] = connections
    sizes = dict(house.postgres.answer(SIZES))
    found |= {f"table {name}, MB": sizes[name] / 2**20 for name in PASSING if name in sizes}
    return found


def grown(looks: list[dict[str, float]]) -> dict[str, tuple[float, float]]:
    """By what was looked at: its median in the second fifth of the looks, and in the last."""
    fifth = max(1, len(looks) // 5)
    early, late = looks[fifth : 2 * fifth] or looks[:1], looks[-fifth:]
    return {name: (median(each[name] for each in early), median(each[name] for each in late)) for name in looks[0]}


def main(minutes: float) -> int:
    """Run it; 1 if something grew."""
    looks, bad = [], []
    with opened() as house:
        house.on("postgresql")
        trial = Trial(house, "soak", "soak")
        house.run(trial.load.begin())
        end = time.monotonic() + minutes * 60
        while time.monotonic() < end:
            time.sleep(EACH)
            looks.append(look(house))
            house.run(trial.load.check())
        house.run(trial.load.end())
        said = check(house, trial)
        house.run(trial.load.hang_up())
    for name, (early, late) in grown(looks).items():
        slack = 1.0 if name.endswith("MB") else 3.0
        flat = late <= early * GROWTH + slack
        print(f"  {'ok  ' if flat else 'GREW'} {name}: {early:.1f} → {late:.1f}")
        if not flat:
            bad.append(name)
    note("soak.load", f"{minutes:g} minutes, {said}")
    note("soak.flat", "all flat" if not bad else f"grew: {', '.join(bad)}")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 20))
