"""How Authlib's grants, which are plain functions, wait for our actions, which are coroutines (ADR 0010)."""

from collections.abc import Coroutine
from typing import Any, TypeVar

from sqlalchemy.util.concurrency import await_

T = TypeVar("T")


def wait(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns. Only within `AsyncSession.run_sync`; the event loop goes on meanwhile."""
    return await_(coroutine)
