"""When a long-running process looks for cycles of garbage: not while it loads, and then rarely.

What is loaded stays: CPython would look through it again and again, 0.5 s in all while an API process loads.
"""

import gc

THRESHOLD = 50_000
"""New objects between two looks for cycles; CPython's default is 700."""


def not_while_loading() -> None:
    """Do without until `rarely_collect`."""
    gc.disable()


def rarely_collect() -> None:
    """Look for cycles of garbage less often, and not among what was imported: a large read costs a tenth less."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(THRESHOLD)
    gc.enable()
