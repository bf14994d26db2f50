"""A process that is told to end does so, also by a signal that does not wake its main thread."""

import subprocess
import sys

from tests.server.processes import ROOT

# The handler in C runs in the other thread: the main thread sleeps on, as when a signal comes just before it does.
TOLD_ELSEWHERE = """
import signal, threading
from jobs.ending import End
end = End()
asleep = threading.Event()
other = threading.Thread(target=asleep.wait, daemon=True)
other.start()
threading.Timer(0.1, lambda: signal.pthread_kill(other.ident, signal.SIGTERM)).start()
end.wait()
print("ended")
"""


def test_a_signal_that_wakes_nobody_is_seen_all_the_same():
    done = subprocess.run(
        [sys.executable, "-c", TOLD_ELSEWHERE], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (0, "ended\n"), done.stderr
