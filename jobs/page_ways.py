"""The ways by which a page, a code or a test goes to one person."""

import asyncio
from dataclasses import dataclass, replace
from typing import cast

from sqlalchemy import select

from actions.outward.checks import to_check
from actions.paging.contacts import VENDOR_OF
from integrations.apprise_channel import is_personal, send_personal
from integrations.failures import Ambiguous, Permanent, Retryable
from integrations.mail import Letter, MailDelayedError, MailRefusedError, build, send
from integrations.ports import MessagePort, Note
from jobs.runtime import JobRuntime
from jobs.vendor import UNFORESEEN, opened
from models.integration import Integration
from models.paging.words import PageWay

STRANGE = "Muster did not understand the vendor: the worker's log says more."


@dataclass(frozen=True, slots=True)
class Carrier:
    """The account that carries a way: its key, and where its vendor may tell what became of a message."""

    integration_id: int
    callback: str


async def carrier_of(runtime: JobRuntime, way: PageWay) -> Carrier:
    """The account that was connected first. Permanent if there is none."""
    vendor = VENDOR_OF[way]
    connected = select(Integration).where(Integration.vendor == vendor, Integration.archived_at.is_(None))
    async with runtime.database.reading() as reader:
        row = await reader.row(Integration, connected.order_by(Integration.id).limit(1))
    if row is None:
        raise Permanent(f"No {vendor} account is connected any more.")
    return Carrier(row.id, f"{runtime.settings.base_url}/hooks/{vendor}/{row.key}")


async def send_note(runtime: JobRuntime, way: PageWay, address: str, note: Note) -> str | None:
    """Send a message by any way but mail; what the vendor calls it. VendorError."""
    if way is PageWay.APPRISE:
        if not await asyncio.to_thread(is_personal, address):
            raise Permanent("Apprise does not know this address, or it is of a service that could lead anywhere.")
        await send_personal(address, note)
        return None
    carrier = await carrier_of(runtime, way)
    async with runtime.database.unit_of_work() as session:
        wanted = await to_check(session, carrier.integration_id)
    if wanted is None:
        raise Permanent("The account was archived a moment ago.")
    told = note if way is not PageWay.SMS else replace(note, callback=carrier.callback)
    try:
        made = await cast("MessagePort", opened(runtime, *wanted)).reach(address, told)
    except UNFORESEEN as error:
        raise Permanent(STRANGE) from error
    return made.external_id


async def send_letter(runtime: JobRuntime, letter: Letter) -> str:
    """Send a mail; its Message-ID. VendorError."""
    settings = runtime.settings
    try:
        await send(build(letter, settings.mail_from), settings)
    except MailRefusedError as error:
        raise Permanent(str(error)) from error
    except MailDelayedError as error:
        raise (Ambiguous(str(error)) if error.uncertain else Retryable(str(error))) from error
    return letter.id
