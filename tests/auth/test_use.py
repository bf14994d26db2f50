"""What is remembered of credentials in use is bounded."""

from auth import use
from auth.identify import Identity
from auth.use import Uses
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings


async def test_many_credentials_fill_no_memory(world, clock, monkeypatch):
    monkeypatch.setattr(use, "MOST", 3)
    uses = Uses(Runtime(Settings(), world.database, Live(world.database)))
    many = [Identity(world.ben, token_id=key) for key in range(10)]
    assert all(uses.due(who) for who in many)
    assert not uses.due(many[-1])
    assert uses.due(many[0]), "it was forgotten"
    clock.advance(minutes=5)
    assert uses.due(many[-1])
    assert len(uses._noted) == 3  # noqa: SLF001 (what is bounded)
