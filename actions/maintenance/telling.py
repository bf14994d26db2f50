"""Recording a step of planned work, and having subscribers told of it where its fact says so (`notify`)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import record
from actions.subscribers.news import tell_subscribers
from auth.actor import Actor
from models.facts.base import Fact


def announce(
    session: AsyncSession, actor: Actor, fact: Fact, *, text: str | None = None, occurred_at: datetime | None = None
) -> None:
    """Record a fact about planned work. Everything of it is public, so nothing but the fact decides who is told."""
    tell_subscribers(session, record(session, actor, fact, text=text, occurred_at=occurred_at))
