"""The first set-up: what an admin passes over, and the mail by which they see whether mail arrives."""

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import enqueue, now, record, record_saved
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import invalid
from core.journal import PendingEvent
from models.facts.settings import MailTested
from models.job import JobName
from models.organisation import Organisation
from models.setup import SetupSkip
from models.words import Visibility

STEPS = ("organisation", "team", "components", "look", "mail", "chat", "alerts", "drill")
"""What there is to set up, in the order in which it helps most."""
ALL = "all"
"""The set-up as a whole: once it is passed over, nobody is reminded of it."""


async def skip_setup(session: AsyncSession, actor: Actor, *, step: str, skipped: bool | None = True) -> Organisation:
    """Pass over a step of the set-up (`all`: the rest of it), or take that back. A step passed over twice is no change.

    INVALID_INPUT for a step that there is not.
    """
    require(actor, Permission.ADMINISTER)
    if step not in (*STEPS, ALL):
        raise invalid("step", f"There is no step {step[:40]!r}.", f"Steps are {', '.join(STEPS)}.")
    wanted = skipped is not False
    if wanted:
        row = insert(SetupSkip).values(step=step, skipped_at=now(session)).on_conflict_do_nothing()
        changed = await session.scalar(row.returning(SetupSkip.step))
    else:
        changed = await session.scalar(delete(SetupSkip).where(SetupSkip.step == step).returning(SetupSkip.step))
    organisation = await session.get_one(Organisation, 1)
    if changed is not None:
        said = {f"setup.{step}": {"from": not wanted, "to": wanted}}
        record_saved(session, actor, "organisation", organisation.id, said)
    return organisation


async def try_mail(session: AsyncSession, actor: Actor) -> PendingEvent:
    """Send a mail to whoever asks, on the way that all mails go. A job does it; the ledger says what came of it.

    FORBIDDEN for anybody but admins; INVALID_INPUT for a service account, which has no address.
    """
    require(actor, Permission.ADMINISTER)
    if actor.user_id is None:
        raise invalid("user", "Only people have an address.", "Sign in as yourself.")
    event = record(session, actor, MailTested(user_id=actor.user_id), visibility=Visibility.PRIVATE)
    enqueue(session, JobName.MAIL_NOTIFY, event=event)
    return event
