"""What is said in the channels of incidents, kept; and what was marked there, put on the timeline."""

import logging
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from actions.chat.heard import Heard, Mark, Said, unpacked
from actions.chat.log import incident_of, is_opening, keep_message, strike_message
from actions.chat.marks import mark_message
from actions.chat.people import actor_of
from core.errors import DomainError
from integrations.failures import Permanent, Retryable, VendorError
from jobs.chat_account import Account, account_of, acquaint, try_to_acquaint
from jobs.registry import Later, job
from jobs.runtime import JobRuntime, current
from models.chat import ChatMessage, ChatPerson, mentioned_in
from models.job import JobName

OPENING = timedelta(minutes=2)
"""For how long a channel that we don't know may be the one that is being opened."""
AGAIN = 5.0
"""Seconds until it is looked again."""
KEEP_TRYING = timedelta(hours=1)
"""How long Slack is asked who marked something."""

log = logging.getLogger(__name__)


@job(JobName.CHAT_HEAR, attempts=10, seconds=40.0)
async def hear(*, integration_id: int, heard: dict[str, Any], at: int, team: str) -> None:
    """Keep what was told of a channel, if it is that of an incident."""
    runtime, told = current(), unpacked(heard)
    age = runtime.database.clock.now().timestamp() - at
    async with runtime.database.reading() as reader:
        place = await incident_of(reader, integration_id, told.channel)
        opening = place is None and await is_opening(reader, integration_id)
    if opening and age < OPENING.total_seconds():
        raise Later(AGAIN, "a channel is being opened")
    account = await account_of(runtime, integration_id) if place is not None else None
    if account is None:
        return
    if not isinstance(told, Mark):
        await keep(runtime, account, told, team)
        return
    try:
        await _mark(runtime, account, told, team)
    except VendorError as error:
        if isinstance(error, Permanent) or age > KEEP_TRYING.total_seconds():
            log.warning("a mark in a channel is passed over: %s", error.words)
            return
        raise Later((error.after if isinstance(error, Retryable) else None) or AGAIN, error.words) from error


async def keep(runtime: JobRuntime, account: Account, told: Heard, team: str) -> None:
    """Keep what was said, or that it was taken back; and find out who said it, as far as Slack tells."""
    async with runtime.database.unit_of_work() as session:
        if isinstance(told, Said):
            await keep_message(session, account.integration_id, told)
        elif not isinstance(told, Mark):
            await strike_message(session, account.integration_id, told)
    if isinstance(told, Said):
        for each in dict.fromkeys([told.author, *mentioned_in(told.text)[:MOST_MENTIONED]]):
            if each is not None:
                await try_to_acquaint(runtime, account, each, team)


MOST_MENTIONED = 5
"""People mentioned in a message who are asked for, so that it can be read by their names."""


async def _mark(runtime: JobRuntime, account: Account, mark: Mark, team: str) -> None:
    """Put the message on the timeline, if whoever marked it may write there. VendorError."""
    if mark.reaction is not None and mark.reaction != account.reaction:
        return
    by = await acquaint(runtime, account, mark.by, team)
    if by is None:
        return
    message = await _message(runtime, account, mark)
    if message is None:
        return
    author = await acquaint(runtime, account, message.author, team) if message.author and not message.bot else None
    names = await names_in(runtime, account.integration_id, [message.author or "", *mentioned_in(message.body)])
    async with runtime.database.unit_of_work() as session:
        marker = await actor_of(session, by)
        if marker is None:
            return
        try:
            await mark_message(
                session,
                marker,
                message=message.id,
                author=await actor_of(session, author),
                called=names,
            )
        except DomainError as refused:
            log.info("a mark in a channel is passed over: %s", refused.message)


async def _message(runtime: JobRuntime, account: Account, mark: Mark) -> ChatMessage | None:
    """The message that was marked: as it was told just now, as it was kept, or as Slack still has it. VendorError."""
    found = await _kept(runtime, account, mark)
    if found is not None:
        return found
    said = mark.message or await account.slack.message(mark.channel, mark.stamp)
    if said is None:
        return None
    async with runtime.database.unit_of_work() as session:
        await keep_message(session, account.integration_id, said)
    return await _kept(runtime, account, mark)


async def _kept(runtime: JobRuntime, account: Account, mark: Mark) -> ChatMessage | None:
    async with runtime.database.reading() as reader:
        return await reader.row(
            ChatMessage,
            select(ChatMessage).where(
                ChatMessage.integration_id == account.integration_id,
                ChatMessage.channel == mark.channel,
                ChatMessage.stamp == mark.stamp,
            ),
        )


async def names_in(runtime: JobRuntime, integration_id: int, people: list[str]) -> dict[str, str]:
    """What people in a workspace are called, as far as it was told, by what Slack calls them."""
    async with runtime.database.reading() as reader:
        rows = await reader.execute(
            select(ChatPerson.external_id, ChatPerson.name).where(
                ChatPerson.integration_id == integration_id, ChatPerson.external_id.in_(people)
            )
        )
    return {row.external_id: row.name for row in rows}
