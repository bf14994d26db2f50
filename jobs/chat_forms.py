"""Filling the forms that a chat's doorway has opened, for those who may use them."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.chat.people import actor_of
from actions.chat.places import implied, meant, seen
from actions.chat.refusals import plainly
from actions.chat.wishes import Verb, Wish
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import DomainError
from integrations.failures import VendorError
from integrations.slack_commands import USAGE
from integrations.slack_deliveries import Call
from integrations.slack_forms import MOST_OPTIONS, Choices, declare_form, failed, update_form
from jobs.chat_account import Account
from jobs.runtime import JobRuntime
from models.service import Service
from models.severity import Severity, SeverityVersion


class NotOpenError(Exception):
    """The form is not there, perhaps not yet. `usage` says how to do without."""

    PATIENCE = 4.0
    """Seconds in which it may still be opened."""

    def __init__(self, verb: Verb) -> None:
        super().__init__(verb)
        self.usage = f"Write it instead: {USAGE[verb]}"


async def fill(runtime: JobRuntime, account: Account, call: Call, wish: Wish, user: int) -> None:
    """Put into the form what belongs there, or why it can't be used. NotOpenError."""
    async with runtime.database.unit_of_work() as session:
        actor = await actor_of(session, user)
        try:
            view = await _view(session, account, call, wish, actor) if actor is not None else failed("You have left.")
        except DomainError as refusal:
            view = failed(await plainly(session, refusal))
    try:
        await account.slack.fill_form(call.key, view)
    except VendorError as error:
        raise NotOpenError(wish.verb) from error


async def _view(session: AsyncSession, account: Account, call: Call, wish: Wish, actor: Actor) -> dict[str, object]:
    place = {"response_url": call.response_url, "channel": call.channel}
    here = await implied(session, actor, account.integration_id, call.channel)
    if wish.verb is Verb.UPDATE:
        target = await seen(session, actor, meant(wish, here))
        return update_form(target.reference, **place)
    if wish.incident is None:
        require(actor, Permission.REPORT)
    else:
        await seen(session, actor, wish.incident)
    return declare_form(await _severities(session), await _services(session), incident=wish.incident, **place)


async def _severities(session: AsyncSession) -> Choices:
    current = select(SeverityVersion.name).join(Severity, Severity.current_version_id == SeverityVersion.id)
    names = await session.scalars(current.where(Severity.archived_at.is_(None)).order_by(SeverityVersion.rank))
    return [(name, name) for name in names]


async def _services(session: AsyncSession) -> Choices:
    """The first hundred by name: Slack's lists are no longer."""
    query = select(Service.slug, Service.name).where(Service.archived_at.is_(None)).order_by(Service.name)
    return [(row.slug, row.name) for row in await session.execute(query.limit(MOST_OPTIONS))]
