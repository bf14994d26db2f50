"""`python -m tests.faults.clocked COMMAND`: `muster COMMAND` whose clock is as many seconds off as a file says.

libfaketime can't be used: with it (0.9.10) `time.sleep` of Python 3.11 fails with EINVAL in threads as soon as the
monotonic clock is left alone, and a clock that is set does leave that alone. So it is Muster's own clock that jumps.
"""

import os
from datetime import timedelta
from pathlib import Path

from core.clock import SystemClock
from server.cli import main

FILE = Path(os.environ["MUSTER_FAULTS_CLOCK"])
machine = SystemClock.now


def now(clock):
    """The machine's time, and what is in the file."""
    return machine(clock) + timedelta(seconds=float(FILE.read_text() or 0))


SystemClock.now = now

if __name__ == "__main__":
    main()
