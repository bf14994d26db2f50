"""Which language model is asked if nobody chooses one."""

from datetime import timedelta

import pytest

from actions.outward.settings import save_integration
from actions.postmortems.wording import PATIENCE
from core.errors import DomainError
from models.integration import Integration
from models.writing import WordingRequest
from tests.outward.test_language_model import KEY, MODEL, bench, model

__all__ = ["bench", "model"]


async def test_without_a_choice_the_first_that_works_is_asked(bench, world):
    told = {"base_url": bench.model.address, "api_key": KEY, "model": MODEL}
    more = {"vendor": "language-model", "key": "second", "name": "Second", "configuration": told}
    second = await world.do(save_integration, world.ada, **more)
    first, moment = bench.account.id, world.clock.now()

    async def asked(*states):
        """Whom the next request goes to, with these columns of the two set."""
        async with world.database.unit_of_work() as session:
            for key, state in zip((first, second.id), states, strict=True):
                row = await session.get_one(Integration, key)
                row.signed_out_at, row.failing_since = state.get("out"), state.get("fails")
        world.clock.moment += PATIENCE + timedelta(seconds=1)
        await bench.ask("summary")
        return (await bench.rows(WordingRequest))[-1].integration_id

    out, fails = {"out": moment}, {"fails": moment}
    assert await asked({}, {}) == first
    assert await asked(out, {}) == second.id
    assert await asked(fails, {}) == second.id
    assert await asked(fails, out) == first, "one that fails may be up again when it is asked"
    assert await asked(out, fails) == second.id
    with pytest.raises(DomainError) as refusal:
        await asked(out, out)
    assert refusal.value.message == "No language model knows our credentials any more: Language model, Second."
    assert "enter new ones" in refusal.value.hint
