"""Answering people in a chat: where they asked, for half an hour; after that, by a word that only they see."""

import logging
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import enqueue
from integrations.failures import Ambiguous, Permanent, Retryable, VendorError
from jobs.chat_account import Account, account_of
from jobs.registry import Later, job
from jobs.runtime import current
from models.job import JobName

PATIENCE = 25 * 60
"""Seconds for which an answer is tried: Slack takes one for half an hour."""
AGAIN = 2.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes."""

    response_url: str
    channel: str
    user: str


def answer_later(session: AsyncSession, integration_id: int, place: Place, text: str, *, shared: bool = False) -> None:
    """Queue an answer, in the transaction in which was done what it tells. `text` is in Slack's markup.

    `shared`: the whole channel reads it.
    """
    until = session.info["clock"].now().timestamp() + PATIENCE
    args: dict[str, Any] = {"integration_id": integration_id, "text": text, "shared": shared, "until": until}
    enqueue(session, JobName.CHAT_ANSWER, **args, **asdict(place))


@job(JobName.CHAT_ANSWER, attempts=6, seconds=30.0, priority=-10)
async def answer(
    *, integration_id: int, text: str, response_url: str, channel: str, user: str, shared: bool, until: float
) -> None:
    """Answer somebody. What can't be delivered is dropped: the API and the console tell the same."""
    runtime = current()
    account = await account_of(runtime, integration_id)
    if account is None:
        return
    try:
        if response_url:
            await account.slack.respond(response_url, text, shared=shared)
        else:
            await _whisper(account, channel, user, text)
    except Ambiguous as error:
        log.info("an answer in a chat may have got lost: %s", error.words)
    except Permanent as error:
        log.info("an answer in a chat is given otherwise: %s", error.words)
        await _whisper(account, channel, user, text)
    except VendorError as error:
        if runtime.database.clock.now().timestamp() > until:
            log.warning("an answer in a chat could not be given: %s", error.words)
            return
        raise Later((error.after if isinstance(error, Retryable) else None) or AGAIN, error.words) from error


async def _whisper(account: Account, channel: str, user: str, text: str) -> None:
    if not channel:
        return
    try:
        await account.slack.whisper(channel, user, text)
    except VendorError as error:
        log.warning("an answer in a chat could not be given: %s", error.words)
