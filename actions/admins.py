"""The people who administer Muster: there must always be one."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.person import User
from models.words import AccessRole


async def lock_admins(session: AsyncSession) -> list[int]:
    """The ids of all admins, locked in their order, so that two can't remove each other at the same time."""
    admins = select(User.id).where(User.access_role == AccessRole.ADMIN, User.archived_at.is_(None))
    return list(await session.scalars(admins.order_by(User.id).with_for_update(key_share=True)))
