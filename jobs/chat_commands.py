"""What people ask for in a chat, done in their name, once, and answered (ADR 0021)."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.chat.doing import grant
from actions.chat.people import actor_of
from actions.chat.places import implied
from actions.chat.refusals import plainly
from actions.chat.wishes import Answer, Verb, Wish
from actions.idempotency import claim
from actions.record import record
from auth.actor import Actor
from core import ids
from core.errors import DomainError, ErrorCode, invalid
from integrations.failures import Permanent, Retryable, VendorError
from integrations.news_card import cut
from integrations.slack_commands import help_text, opens_form, parse
from integrations.slack_deliveries import Call
from integrations.slack_forms import place_of, read_form
from integrations.slack_hook import escaped
from jobs.chat_account import Account, account_of, acquaint
from jobs.chat_answers import Place, answer_later
from jobs.chat_forms import NotOpenError, fill
from jobs.on_call import ask_all
from jobs.registry import Later, job
from jobs.runtime import JobRuntime, current
from models.facts.access import AccessRefused
from models.job import JobName
from models.words import Visibility

PATIENCE = 60.0
"""Seconds for which Slack is asked who somebody is: nobody waits longer for an answer."""
AGAIN = 2.0
LONGEST = 3000
"""Characters of an answer: what people wrote may be longer, and stands in Muster."""
NOW = timedelta()

STRANGER = DomainError(
    ErrorCode.UNAUTHENTICATED,
    "Muster does not know you: no account has the e-mail address that Slack has confirmed as yours.",
    hint="Sign in to Muster with that address, or ask an admin to enter it.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call, and what is known of it in this attempt."""

    runtime: JobRuntime
    account: Account
    call: Call
    age: float
    """Seconds since it came."""

    @property
    def place(self) -> Place:
        """Where the answer goes."""
        given = place_of(self.call.form) if self.call.form is not None else {}
        return Place(
            self.call.response_url or given.get("response_url", ""),
            self.call.channel or given.get("channel", ""),
            self.call.user,
        )


@job(JobName.CHAT_OBEY, attempts=10, seconds=40.0, priority=-10)
async def obey(*, integration_id: int, call: dict[str, Any], at: float) -> None:
    """Do what somebody asks for, or tell them why not. Done again, it does nothing twice."""
    runtime = current()
    account = await account_of(runtime, integration_id)
    if account is None:
        return
    asked = Asked(runtime, account, Call(**call), runtime.database.clock.now().timestamp() - at)
    user = None
    try:
        wish = read_form(asked.call.form) if asked.call.form is not None else parse(asked.call.words)
        if wish.verb is Verb.HELP:
            await _say(asked, help_text())
            return
        user = await _whose(asked, asked.call.user)
        if user is None:
            raise STRANGER
        if opens_form(asked.call):
            await fill(runtime, account, asked.call, wish, user)
        else:
            if wish.verb is Verb.ONCALL:
                await ask_all(runtime)
            await _do(asked, await _people(asked, wish), user)
    except NotOpenError as error:
        if asked.age < NotOpenError.PATIENCE:
            raise Later(0.5, "a form is being opened") from error
        await _refuse(asked, DomainError(ErrorCode.UNAVAILABLE, "Slack did not open the form.", hint=error.usage), user)
    except DomainError as refusal:
        await _refuse(asked, refusal, user)


async def _whose(asked: Asked, external_id: str) -> int | None:
    """The key of who somebody is here, as Slack says it now. Later, or UNAVAILABLE, if it does not."""
    try:
        return await acquaint(asked.runtime, asked.account, external_id, asked.call.team, within=NOW)
    except VendorError as error:
        wait = (error.after if isinstance(error, Retryable) else None) or AGAIN
        if not isinstance(error, Permanent) and asked.age + wait < PATIENCE:
            raise Later(wait, error.words) from error
        raise DomainError(
            ErrorCode.UNAVAILABLE,
            f"Nothing was done, as Slack does not say who you are. {error.words}",
            hint="Try again in a moment, or use Muster's own pages.",
        ) from error


async def _people(asked: Asked, wish: Wish) -> Wish:
    """The wish with whom it names as an account. INVALID_INPUT for somebody without one."""
    named = wish.given.get("user")
    if not named or named == "me":
        return wish
    key = await _whose(asked, named)
    if key is None:
        raise invalid(
            "user",
            "Muster does not know whom you named: no account has their confirmed e-mail address.",
            "They sign in to Muster once with the address that they have in Slack.",
        )
    return replace(wish, given={**wish.given, "user": ids.encode("User", key)})


async def _do(asked: Asked, wish: Wish, user: int) -> None:
    """Do it and queue the answer, in one transaction; nothing if that was done before."""
    async with asked.runtime.database.unit_of_work() as session:
        actor = await actor_of(session, user)
        if actor is None:
            raise STRANGER
        request = {"words": asked.call.words, "form": asked.call.form}
        if await claim(session, actor, mutation=f"chat.{wish.verb}", key=asked.call.key, request=request) is not None:
            return
        account = asked.account
        here = await implied(session, actor, account.integration_id, asked.place.channel)
        answer = await grant(session, actor, wish, here=here, integration_id=account.integration_id)
        shared = answer.shared and _may_be_shared(answer, here)
        answer_later(session, account.integration_id, asked.place, _worded(asked, answer), shared=shared)


def _may_be_shared(answer: Answer, here: str | None) -> bool:
    """Whether the channel may read it: it is that of the incident, and who is in it may all know of that."""
    incident = answer.incident
    return incident is not None and incident.reference == here and not incident.private


def _worded(asked: Asked, answer: Answer) -> str:
    """The answer in Slack's markup; what people wrote mentions nobody and links to nowhere."""
    text = escaped(cut(answer.text, LONGEST))
    if answer.incident is None:
        return text
    reference = answer.incident.reference
    url = f"{asked.runtime.settings.base_url}/console/incidents/{reference}"
    return f"{text}\n<{escaped(url)}|Open {reference} in Muster>"


async def _refuse(asked: Asked, refusal: DomainError, user: int | None) -> None:
    """Tell the caller alone why not. That somebody known may not is noted for auditors."""
    async with asked.runtime.database.unit_of_work() as session:
        actor = await actor_of(session, user)
        if actor is not None and refusal.code is ErrorCode.FORBIDDEN:
            _note_refusal(session, actor, refusal)
        words = await plainly(session, refusal)
        answer_later(session, asked.account.integration_id, asked.place, escaped(words))


def _note_refusal(session: AsyncSession, actor: Actor, refusal: DomainError) -> None:
    fact = AccessRefused(code=refusal.code, doorway="slack", times=1)
    record(session, actor, fact, visibility=Visibility.PRIVATE)


async def _say(asked: Asked, text: str) -> None:
    async with asked.runtime.database.unit_of_work() as session:
        answer_later(session, asked.account.integration_id, asked.place, text)
