"""`muster doctor --deep`: events, the audit chain, queues, timers, sealed secrets, mail, integrations and webhooks."""

import asyncio
from urllib.parse import urlsplit

from sqlalchemy import select, text

from actions.audit_verify import verify
from core.db import Database
from core.locks import holders
from core.secrets import SealError, Secrets
from core.settings import Settings
from core.smtp import parse_smtp_url
from integrations.mail import MailDelayedError, MailRefusedError, connect
from models.delivery import Webhook
from models.integration import Integration
from models.job import TIMER_LOCK, WAITS
from server.examining.finding import Finding

INCIDENTS = 1000
"""The newest, whose timelines are looked through."""
LINKS = 10_000
"""The newest of the audit chain that are recomputed."""
LATE_SECONDS = 60
MAIL_SECONDS = 10.0
LISTED = 5

GAPS = text(
    f"""
    select 'INC-' || i.id as reference
    from (select id, last_event_number from incident order by id desc limit {INCIDENTS}) i
    cross join lateral (
      select count(*) as there, coalesce(max(number), 0) as newest from event
      where incident_id = i.id and number is not null
    ) e where e.there <> i.last_event_number or e.newest <> i.last_event_number limit {LISTED}
    """  # noqa: S608 (constants)
)
AHEAD = text("select (select coalesce(max(id), 0) from event) > (select last_value from event_feed) as ahead")
START = text(f"select coalesce((select event_id from audit_link order by event_id desc offset {LINKS} limit 1), 0)")  # noqa: S608
QUEUES = text(
    "select queue, count(*) as due, extract(epoch from now() - min(run_at)) as oldest from job"  # noqa: S608 (constants)
    f" where not dead and run_at <= now() and {WAITS} group by queue order by queue"
)
TIMERS = text(
    f"select {holders(':timers')} > 0 as led,"  # noqa: S608 (constants)
    " (select min(recorded_at) from event where origin_digest is not null and id >"
    " (select coalesce(max(event_id), 0) from audit_link)) as unlinked"
)


async def examine_work(database: Database, settings: Settings) -> list[Finding]:
    """All of them, in the order of the file's first line."""
    return [
        await examine_events(database),
        await examine_chain(database),
        *await examine_queues(database),
        await examine_timers(database),
        await examine_secrets(database, settings),
        await examine_mail(settings),
        *await examine_integrations(database),
    ]


async def examine_events(database: Database) -> Finding:
    """Whether timelines have gaps, and the feed's sequence is past all events."""
    async with database.reading() as reader:
        gaps = [row.reference for row in await reader.execute(GAPS)]
        ahead = await reader.scalar(AHEAD)
    if ahead:
        return False, "the sequence event_feed is behind the events: run `muster feed new-era`"
    if gaps:
        return (
            False,
            f"events are missing on the timelines of {', '.join(gaps)}: look for them in a backup",
        )
    return True, f"no event is missing on the timelines of the newest {INCIDENTS} incidents"


async def examine_chain(database: Database) -> Finding:
    """Whether the newest part of the audit chain is as it was written."""
    async with database.reading() as reader:
        after = int(await reader.scalar(START))
    verdict = await verify(database, after=after)
    if verdict.fault is not None:
        return False, f"the audit trail was tampered with: {verdict.fault}"
    rest = "; `muster audit verify` looks at all" if after else ""
    return True, f"the newest {verdict.links} links of the audit chain verify{rest}"


async def examine_queues(database: Database) -> list[Finding]:
    """How long what is due has waited, by queue."""
    async with database.reading() as reader:
        rows = await reader.execute(QUEUES)
    found: list[Finding] = []
    for row in rows:
        late = row.oldest > LATE_SECONDS
        line = f"queue {row.queue}: {row.due} due, the oldest for {row.oldest:.0f} s"
        found.append((False, f"{line}: is a worker running?") if late else (True, line))
    return found or [(True, "no job is due")]


async def examine_timers(database: Database) -> Finding:
    """Whether somebody keeps time, and the chore that leaves a trace each ten seconds keeps up."""
    async with database.reading() as reader:
        ((led, unlinked),) = await reader.execute(TIMERS, {"timers": TIMER_LOCK})
        late = (await reader.scalar(text("select now()")) - unlinked).total_seconds() if unlinked else 0.0
    if not led:
        return None, "nobody keeps time: reminders, escalations and clean-up wait for a worker"
    if late > LATE_SECONDS:
        return False, f"timers are {late:.0f} s late: see the worker's log"
    return True, "a worker keeps time"


async def examine_secrets(database: Database, settings: Settings) -> Finding:
    """Whether the key of here opens what is sealed there."""
    async with database.reading() as reader:
        sealed = [
            await reader.scalar(select(column).where(column.is_not(None)).limit(1))
            for column in (Webhook.sealed_secret, Integration.sealed_secrets)
        ]
    secrets = Secrets.of(settings)
    try:
        for each in sealed:
            if each is not None:
                secrets.open(bytes(each))
    except SealError as error:
        return False, f"the key does not open the database's secrets: {error}"
    if not any(sealed):
        return True, "nothing is sealed yet"
    return True, "the key opens what is sealed"


async def examine_mail(settings: Settings) -> Finding:
    """Whether the mail server greets us, and takes our password."""
    if settings.smtp_url is None:
        return None, "no SMTP_URL: nobody gets mail"
    server = parse_smtp_url(settings.smtp_url.get_secret_value())
    where = f"the mail server {server.host}:{server.port}"
    try:
        async with asyncio.timeout(MAIL_SECONDS):
            client = await connect(server)
            client.close()
    except (MailDelayedError, MailRefusedError, OSError, TimeoutError) as error:
        return False, f"{where}: {str(error) or 'it does not answer'}"
    return True, f"{where} takes mail from here"


async def examine_integrations(database: Database) -> list[Finding]:
    """Which integrations and webhooks do not work, and what they said last."""
    async with database.reading() as reader:
        vendors = await reader.rows(Integration, select(Integration).where(Integration.archived_at.is_(None)))
        failing = Webhook.failing_since.is_not(None) | Webhook.disabled_because.is_not(None)
        hooks = await reader.rows(Webhook, select(Webhook).where(Webhook.archived_at.is_(None), failing))
    found: list[Finding] = []
    for each in vendors:
        reasons = [str(check["words"]) for check in each.checks if check.get("result") == "WRONG"]
        why = each.error or "; ".join(reasons) or "its vendor does not know us any more"
        fine = (True, f"integration {each.key} works")
        found.append(fine if each.healthy else (False, f"integration {each.key}: {why}"))
    for hook in hooks:
        why = hook.disabled_because or f"it has failed since {hook.failing_since:%Y-%m-%d %H:%M} UTC"
        found.append((False, f"the webhook to {urlsplit(hook.url).hostname}: {why}"))
    return found or [(True, "no integrations, and no webhook that fails")]
