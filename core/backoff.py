"""Pauses between attempts that grow, with jitter, so that many failures of one moment don't come back as one."""

import random

FIRST = 2.0
LONGEST = 3 * 3600.0
JITTER = 0.15


def backoff(failures: int, *, first: float = FIRST, longest: float = LONGEST) -> float:
    """Seconds to wait after `failures` failures in a row (1 or more): doubled each time, at most `longest`, ± 15 %.

    With the defaults the 20th attempt comes about 25 hours after the first.
    """
    plain = min(longest, first * 2.0 ** min(failures - 1, 40))
    return plain * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 (jitter is no secret)
