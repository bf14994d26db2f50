"""What erasing a person would take away, what it would leave, and what stands against it. Nothing of it is kept."""

from dataclasses import dataclass

import strawberry

from actions.erasing.person import rehearse_erasure
from actions.erasing.person_search import Mention, Mentions, mentions_of
from auth.permission import Permission, may, require
from auth.visibility import sees_all
from models.personal import SEARCHED
from resolvers.context import Context
from resolvers.mutations.perform import refusing


@dataclass(frozen=True, slots=True)
class Counted:
    """Something that would go. `count`: None where it would tell of incidents that the viewer may not see."""

    what: str
    count: int | None


@dataclass(frozen=True, slots=True)
class ErasurePreview:
    """Before a person is erased."""

    refusals: list[str]
    erased: list[Counted]
    mentions: list[Mention]
    mention_count: int
    unread: list[str]


async def erasure_preview(ctx: Context, *, user: strawberry.ID) -> ErasurePreview:
    """The erasure of a person, carried out and undone, and a search of what it leaves for what they are called.

    NOT_FOUND; CONFLICT for who was erased before. Needs the permission to administer people; nothing is searched for a
    credential that may not read settings and the audit.
    """
    require(ctx.actor, Permission.ADMINISTER_PEOPLE)
    database = ctx.runtime.database
    # Its siblings read meanwhile: their snapshot stays, and few at a time take a second connection.
    async with ctx.runtime.rehearsing:
        with refusing():
            async with database.rehearsal(ctx.client) as session:
                session.info["identity"] = ctx.identity
                found = await rehearse_erasure(session, ctx.actor, user=user)
    if may(ctx.actor, Permission.ADMINISTER) and may(ctx.actor, Permission.AUDIT):
        told = await mentions_of(database, ctx.actor, found.known)  # takes longer: others rehearse meanwhile
    else:  # whoever may say what a person is called could look for any text in settings and in the log
        told = Mentions(unread=sorted(SEARCHED))
    everything = sees_all(ctx.actor)
    counted = [Counted(each.what, None if each.beside and not everything else each.count) for each in found.erased]
    erased = [each for each in counted if each.count != 0]
    return ErasurePreview(found.refusals, erased, told.found, told.count, told.unread)
