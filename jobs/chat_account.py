"""The workspace that a job of a chat is about, and who people in it are."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from actions.chat.people import known_person, note_person
from actions.outward.checks import to_check
from integrations.failures import VendorError
from integrations.slack import VENDOR, Slack, open_slack
from integrations.speaking import speaker
from jobs.runtime import JobRuntime

DAY = timedelta(days=1)
"""How long it is remembered who somebody is, for the log of a channel."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """A workspace that is connected."""

    integration_id: int
    slack: Slack
    reaction: str
    """The reaction that marks a message; empty: none does."""


async def account_of(runtime: JobRuntime, integration_id: int) -> Account | None:
    """The workspace of an integration; None if that was archived."""
    async with runtime.database.unit_of_work() as session:
        found = await to_check(session, integration_id)
    if found is None or found[0] != VENDOR.key:
        return None
    slack = open_slack(found[1], speaker(runtime.settings, runtime.database))
    return Account(integration_id, slack, slack.pin_reaction)


async def acquaint(
    runtime: JobRuntime, account: Account, external_id: str, team: str, *, within: timedelta = DAY
) -> int | None:
    """The key of who somebody in a workspace is here; None for nobody. Slack is asked unless it told lately.

    VendorError.
    """
    async with runtime.database.reading() as reader:
        known = await known_person(reader, account.integration_id, external_id, within=within)
    if known is not None:
        return known.user_id
    told = await account.slack.who_is(external_id, team)
    async with runtime.database.unit_of_work() as session:
        return await note_person(session, account.integration_id, external_id, name=told.name, email=told.email)


async def try_to_acquaint(runtime: JobRuntime, account: Account, external_id: str, team: str) -> None:
    """The same where nothing depends on it: a log is kept whether or not Slack says whose words these are."""
    try:
        await acquaint(runtime, account, external_id, team)
    except VendorError as error:
        log.info("Slack does not say who %s is: %s", external_id, error.words)
