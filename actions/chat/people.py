"""Who people in a chat are here: those with the same e-mail address, which the vendor has seen confirmed."""

from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import now
from auth.actor import Actor
from auth.session import person
from core.db import Reader
from models.chat import ChatPerson
from models.person import User

NAME = 200
"""Characters of a name that are kept."""


async def known_person(
    reader: Reader, integration_id: int, external_id: str, *, within: timedelta
) -> ChatPerson | None:
    """What the vendor told of somebody lately; None if it is to be asked."""
    return await reader.row(ChatPerson, _told(integration_id, external_id, reader.clock.now() - within))


async def noted_person(
    session: AsyncSession, integration_id: int, external_id: str, *, within: timedelta
) -> int | None:
    """The key of who somebody is here, as the vendor told lately; None for nobody, and if it is to be asked."""
    found = await session.scalar(_told(integration_id, external_id, now(session) - within))
    return found.user_id if found is not None else None


def _told(integration_id: int, external_id: str, since: datetime) -> Select[ChatPerson]:
    """What the vendor told of somebody since a moment."""
    return select(ChatPerson).where(
        ChatPerson.integration_id == integration_id,
        ChatPerson.external_id == external_id,
        ChatPerson.asked_at > since,
    )


async def note_person(
    session: AsyncSession, integration_id: int, external_id: str, *, name: str, email: str | None
) -> int | None:
    """Note what the vendor told of somebody; the key of who they are here. `email`: only if it is confirmed."""
    user_id = None
    if email:
        same = select(User.id).where(func.lower(User.email) == email.lower(), User.archived_at.is_(None))
        user_id = await session.scalar(same)
    told = {"name": name.strip()[:NAME] or external_id, "user_id": user_id, "asked_at": now(session)}
    await session.execute(
        insert(ChatPerson)
        .values(integration_id=integration_id, external_id=external_id, **told)
        .on_conflict_do_update(index_elements=["integration_id", "external_id"], set_=told)
    )
    return user_id


async def actor_of(session: AsyncSession, user_id: int | None) -> Actor | None:
    """Somebody as an actor, with all of their rights as they are now; None for nobody, and for who has left."""
    if user_id is None:
        return None
    row = await session.get(User, user_id, populate_existing=True)
    if row is None or row.archived:
        return None
    return person(row.id, row.name, row.access_role, sees_private=row.sees_private)
