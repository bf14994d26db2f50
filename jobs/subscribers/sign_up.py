"""What follows from the form of the status page: a letter that asks, or a test message that is to be answered."""

from datetime import UTC, datetime

from sqlalchemy import select

from actions.subscribers.links import Links
from actions.subscribers.sign_up import Asked
from actions.subscribers.sign_up import sign_up as take_note
from actions.subscribers.standing import confirm, lock_subscriber, suppress
from core.db import Reader
from integrations import slack_hook, teams_hook
from integrations.mail import MailDelayedError, MailRefusedError, build, send
from integrations.news_card import NewsCard
from integrations.webhook import Message, WebhookError, post, post_json
from jobs.registry import Later, job
from jobs.runtime import JobRuntime, current
from jobs.subscribers.hook_body import ping_body
from jobs.subscribers.letters import Writer
from jobs.subscribers.pages import base_url_of
from models.job import JobName
from models.subscriber import Subscriber
from models.words import Channel
from statuspage.brand import look
from statuspage.frame import read_for
from statuspage.language import Language
from statuspage.read import read_site
from statuspage.words import line

PRIORITY = 20
RETRY_SECONDS = 60.0
GIVE_UP_SECONDS = 3600.0
"""A letter that somebody waits for helps nobody the next day."""


@job(JobName.SUBSCRIBER_SIGN_UP, priority=PRIORITY)
async def sign_up(**args: object) -> None:
    """Decide who is written to."""
    runtime = current()
    async with runtime.database.unit_of_work() as session:
        await take_note(session, Asked.of(runtime.database.keys, args))


async def _writer(runtime: JobRuntime, reader: Reader, subscriber: Subscriber | None) -> Writer:
    page_id = subscriber.page_id if subscriber else None
    base_url = await base_url_of(reader, runtime.settings, page_id)
    read_for(reader, page_id)
    site = await read_site(reader)
    links, moment = Links(runtime.database.keys, base_url), runtime.database.clock.now()
    return Writer(site.name, base_url, links, moment, look(site), runtime.settings.mail_from)


async def _find(reader: Reader, subscriber_id: int) -> Subscriber | None:
    there = select(Subscriber).where(Subscriber.id == subscriber_id, Subscriber.digest.is_not(None))
    return await reader.row(Subscriber, there)


@job(JobName.SUBSCRIBER_WRITE, priority=PRIORITY)
async def write(*, subscriber_id: int, asked_at: str) -> None:
    """Mail the link that confirms, or to who is subscribed the one that manages."""
    runtime, asked = current(), datetime.fromisoformat(asked_at)
    async with runtime.database.reading() as reader:
        subscriber = await _find(reader, subscriber_id)
        writer = await _writer(runtime, reader, subscriber)
    if subscriber is None or subscriber.email is None:
        return
    make = writer.manage if subscriber.active else writer.confirm
    letter = make(subscriber.email, subscriber.id, asked)
    try:
        await send(build(letter, runtime.settings.mail_from), runtime.settings)
    except MailRefusedError as error:
        if error.unknown_recipient:
            async with runtime.database.unit_of_work() as session:
                locked = await lock_subscriber(session, subscriber_id)
                if locked is not None:
                    await suppress(session, locked, f"The mail server refused it ({error.code}).")
    except MailDelayedError as error:
        if (runtime.database.clock.now() - asked).total_seconds() < GIVE_UP_SECONDS:
            raise Later(RETRY_SECONDS, "no mail server took it") from error


@job(JobName.SUBSCRIBER_GREET, priority=PRIORITY)
async def greet(*, subscriber_id: int, asked_at: str) -> None:
    """Post a test message, once; who answers it with 2xx is subscribed."""
    runtime = current()
    async with runtime.database.reading() as reader:
        subscriber = await _find(reader, subscriber_id)
        writer = await _writer(runtime, reader, subscriber)
    if subscriber is None or subscriber.sealed_url is None:
        return
    try:
        status = await _post(runtime, subscriber, writer, asked_at)
    except WebhookError:
        return
    if not 200 <= status < 300:  # noqa: PLR2004 (HTTP: success)
        return
    async with runtime.database.unit_of_work() as session:
        locked = await lock_subscriber(session, subscriber_id)
        if locked is not None and locked.digest is not None:
            confirm(session, locked)


async def _post(runtime: JobRuntime, subscriber: Subscriber, writer: Writer, asked_at: str) -> int:
    keys, allow_private = runtime.database.keys, runtime.settings.webhook_allow_private
    url, manage = keys.open(subscriber.sealed_url or b""), writer.links.manage(subscriber.id)
    if subscriber.channel is Channel.WEBHOOK:
        moment = datetime.now(UTC)  # receivers have real clocks
        body = ping_body(line(writer.organisation), writer.base_url, manage, moment)
        message = Message(f"ping-{subscriber.id}-{int(datetime.fromisoformat(asked_at).timestamp())}", moment, body)
        return await post(url, message, keys.open(subscriber.sealed_secret or b""), allow_private=allow_private)
    card = _welcome(line(writer.organisation), writer.base_url, manage, writer.look.language)
    body = slack_hook.slack_body(card) if subscriber.channel is Channel.SLACK else teams_hook.teams_body(card)
    return await post_json(url, body, allow_private=allow_private)


def _welcome(organisation: str, base_url: str, manage_url: str, language: Language) -> NewsCard:
    say = language.say
    return NewsCard(
        title=say("%(name)s status", name=organisation),
        state=say("Subscribed"),
        tone="good",
        heading=say("News from the status page will be posted here"),
        text=say("If nobody here asked for that, unsubscribe with the link below."),
        facts=(),
        promise=None,
        links=((say("Status page"), f"{base_url}/"), (say("Manage or unsubscribe"), manage_url)),
    )
