"""Whatever anyone does, in whatever order, the product does what the plain model of DESIGN §3 does."""

import asyncio
from time import monotonic

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bench.figures import note
from tests.effort import effort
from tests.model.comparison import figures
from tests.model.machine import Machine
from tests.model.product import Product

STORIES = settings(
    max_examples=effort(2, 80),
    stateful_step_count=50,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    print_blob=False,
)
"""Always the same stories: what fails in CI fails here."""


@pytest.mark.slow
def test_whatever_anyone_does_ends_as_the_model_says(database_url):
    figures.clear()
    started = monotonic()
    with asyncio.Runner() as runner:
        product = runner.run(Product.open(database_url))
        try:
            run_state_machine_as_test(lambda: Machine(runner, product), settings=STORIES)
        finally:
            runner.run(product.close())

    steps = figures["changes"] + figures["repeats without a change"] + figures["refusals"]
    note("model.steps", f"{steps} steps by random people, {steps / (monotonic() - started):.0f} a second")
    note("model.changes", f"{figures['changes']} changes")
    note("model.refusals", f"{figures['refusals']} refusals, each with the code and field that the model foresaw")
    note("model.views", f"{figures['views']} views of everything, compared with what the viewer may see")
    note("model.snapshots", f"{figures['snapshots']} snapshots equal to the state as of their cursor")
