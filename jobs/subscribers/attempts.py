"""One attempt to tell one subscriber, by channel; what came of it is an outcome and never an exception.

What is kept of an error names nobody: mail servers like to repeat the address, and the ledger outlives it.
"""

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from actions.subscribers.ledger import Claimed
from actions.subscribers.outcomes import Failed, Outcome, Refused, Released, Took
from core.ids import encode
from core.secrets import SealError
from integrations import slack_hook, teams_hook
from integrations.mail import MailDelayedError, MailRefusedError
from integrations.mail_lines import MailLine, MailServerAwayError
from integrations.mail_stencil import Stencil
from integrations.webhook import Message, WebhookError, post, post_json
from jobs.runtime import JobRuntime
from jobs.subscribers.hook_body import news_body
from jobs.subscribers.lane import Attempt
from jobs.subscribers.letters import Writer
from jobs.subscribers.told import Story, card_of
from models.words import Channel

LINES = {Channel.EMAIL: 8, Channel.WEBHOOK: 20, Channel.SLACK: 10, Channel.TEAMS: 10}
"""How many are told at a time: connections to the mail server; requests to all the world."""

GONE = {
    Channel.WEBHOOK: frozenset({410}),
    Channel.SLACK: slack_hook.GONE,
    Channel.TEAMS: teams_hook.GONE,
}


class MailAttempt:
    """Mails over one line. `away` is called when there is no mail server to be had."""

    def __init__(self, line: MailLine, writer: Writer, story: Story, stencils: dict[bool, Stencil]) -> None:
        self._line, self._writer, self._story, self._stencils = line, writer, story, stencils
        self.away: Callable[[], None] = lambda: None

    async def __call__(self, row: Claimed) -> Outcome:
        """Send the mail of a row."""
        recipient = self._writer.recipient(self._story, row)
        try:
            await self._line.send(self._stencils[row.every_component].fill(recipient))
        except MailRefusedError as error:
            said = f"The mail server refused it ({error.code})." if error.code else "The address can't be used."
            gone = error.unknown_recipient or error.code is None
            return Refused(row, said, gone=gone, suppress=error.unknown_recipient)
        except MailServerAwayError:
            self.away()
            return Released(row)
        except MailDelayedError as error:
            code = str(error)[:3]
            said = f"The mail server put it off ({code})." if code.isdecimal() else "The mail server was lost."
            return Failed(row, said, uncertain=error.uncertain, theirs=False)
        return Took(row, recipient.id)


class HookAttempt:
    """Posts to webhooks, of programs and of chats."""

    def __init__(self, runtime: JobRuntime, channel: Channel, writer: Writer, story: Story) -> None:
        self._runtime, self._channel, self._writer, self._story = runtime, channel, writer, story

    async def __call__(self, row: Claimed) -> Outcome:
        """Post the message of a row."""
        key = encode("News", row.id)
        try:
            status = await self._post(row, key)
        except WebhookError as error:
            return Failed(row, str(error), uncertain=error.uncertain)
        except SealError:
            return Refused(row, "Its address was sealed with a key that is lost.", gone=True)
        if 200 <= status < 300:  # noqa: PLR2004 (HTTP: success)
            return Took(row, key)
        if status in GONE[self._channel]:
            return Refused(row, f"The address answered {status}: it is gone.", gone=True)
        return Failed(row, f"The address answered {status}.")

    async def _post(self, row: Claimed, key: str) -> int:
        keys = self._runtime.database.keys
        url = keys.open(row.sealed_url or b"")
        allow_private = self._runtime.settings.webhook_allow_private
        base, manage = self._writer.base_url, self._writer.links.manage(row.subscriber_id)
        if self._channel is Channel.WEBHOOK:
            body = news_body(self._story, base, manage)
            secret = keys.open(row.sealed_secret or b"")
            return await post(url, Message(key, datetime.now(UTC), body), secret, allow_private=allow_private)
        card = card_of(self._story, base, manage)
        shaped = slack_hook.slack_body(card) if self._channel is Channel.SLACK else teams_hook.teams_body(card)
        return await post_json(url, shaped, allow_private=allow_private)


async def attempts_of(
    stack: AsyncExitStack, runtime: JobRuntime, channel: Channel, writer: Writer, story: Story
) -> list[Attempt]:
    """As many ways to try as the channel has lines; what they hold open is closed with the stack."""
    if channel is not Channel.EMAIL:
        return [HookAttempt(runtime, channel, writer, story) for _ in range(LINES[channel])]
    lines = [await stack.enter_async_context(MailLine(runtime.settings)) for _ in range(LINES[channel])]
    sender = runtime.settings.mail_from
    stencils = {every: Stencil(writer.news(story, everything=every), sender) for every in (True, False)}
    return [MailAttempt(line, writer, story, stencils) for line in lines]
