"""`muster doctor`: what is right and what is not, in words, from the outside."""

import asyncio
import json
import shutil

import click
from sqlalchemy import select, text

from auth.oidc.connection import Connection
from auth.oidc.problems import ProviderError
from core.broker_settings import without_password
from core.db import Database
from core.mail_in_settings import listen_address
from core.oidc_settings import ProviderSettings
from core.settings import Settings
from integrations.mail_listener import BANNER, certificate
from jobs.inspection import queue_lag
from migrations.apply import scripts
from models.backup import OLD, Backup, age_in_words
from models.export import StatusExport
from server.examining.archive import examine_archive, examine_growth
from server.examining.finding import IN_JSON, SAID, Finding
from server.feed_lock import long_holders
from server.health import relayed
from server.startup import StartError, open_database, read_settings

LOW_DISK_BYTES = 1_000_000_000

GREETING_SECONDS = 5.0
"""How long a mail server may take to greet."""

LATE_RELAY_SECONDS = 10
"""Relays look once a second."""

LATE_EXPORT_SECONDS = 600
"""Workers export every two minutes."""


async def _scalar(database: Database, statement: str) -> object:
    async with database.reading() as reader:
        return await reader.scalar(text(statement))


async def examine(database: Database, settings: Settings, *, deep: bool = False) -> list[Finding]:
    """Everything that is soon examined, and if `deep` what takes longer; with another schema than ours, that alone."""
    found: list[Finding] = [(True, f"PostgreSQL {await _scalar(database, 'show server_version')} answers")]
    there = await _scalar(database, "select to_regclass('alembic_version') is not null")
    revision = await _scalar(database, "select version_num from alembic_version") if there else None
    current = revision == scripts().get_current_head()
    found.append((current, f"schema at {revision}" + ("" if current else ": run `muster migrate`")))
    if not current:
        return found
    lag = await queue_lag(database)
    found.append((lag < 60, f"oldest due job has waited {lag:.1f} s" + ("" if lag < 60 else ": is a worker running?")))  # noqa: PLR2004
    dead = await _scalar(database, "select count(*) from job where dead")
    found.append((not dead, f"dead jobs: {dead}" + ("; see `muster jobs list`" if dead else "")))
    found += await examine_broker(database, settings)
    held = await long_holders(database)
    found += [(False, line) for line in held] or [(True, "nobody holds the feed lock for long")]
    free = shutil.disk_usage(settings.data_dir if settings.data_dir.exists() else ".").free
    found.append((free > LOW_DISK_BYTES, f"{free / 1e9:.1f} GB of disk free"))
    mail = "mail goes out by SMTP" if settings.smtp_url else f"no SMTP_URL: mail is written to {settings.data_dir}/mail"
    found.append((True, mail))
    found += await examine_mail_in(settings)
    found.append(await examine_export(database, settings))
    found.append(await examine_backups(database))
    found.append(await examine_archive(database, settings))
    found += [await examine_provider(provider) for provider in settings.identity_providers]
    return found + (await examine_deeply(database, settings) if deep else [])


async def examine_broker(database: Database, settings: Settings) -> list[Finding]:
    """Whether the broker answers here, and a relay publishes to it."""
    if settings.broker is None:
        return []
    from jobs.carriers.carrier import CarrierError  # noqa: PLC0415 (only with a broker)
    from jobs.relaying import check_broker  # noqa: PLC0415

    where = without_password(settings.broker)
    try:
        away = await asyncio.to_thread(check_broker, settings.broker)
    except CarrierError as error:
        away = str(error)
    if away is not None:
        return [(False, f"the broker {where} can't be used from here: {away}; jobs are taken from PostgreSQL")]
    relays, lag = await relayed(database)
    if not relays:
        return [(False, f"the broker {where} answers, and no relay publishes to it: is a worker running?")]
    late = lag > LATE_RELAY_SECONDS
    line = f"the broker {where} answers; {relays} publishing to it; oldest unpublished job {lag:.1f} s"
    return [(not late, line + (": the workers' log says what holds the relay up" if late else ""))]


async def examine_mail_in(settings: Settings) -> list[tuple[bool, str]]:
    """Whether mail of monitors is taken where the settings say, or could be."""
    if settings.smtp_listen is None:
        return []
    host, port = listen_address(settings.smtp_listen)
    where = f"MUSTER_SMTP_LISTEN={settings.smtp_listen}"
    try:
        certificate(settings)
        (await asyncio.get_running_loop().create_server(asyncio.Protocol, host or None, port)).close()
    except (OSError, OverflowError) as error:
        if await _greeting(host, port):
            return [(True, f"mail of monitors is taken on {settings.smtp_listen}")]
        return [(False, f"{where} can't be bound: {error}")]
    return [(True, f"{where} is free: `muster api` takes mail there once it starts")]


async def _greeting(host: str, port: int) -> bool:
    """Whether Muster answers on a port."""
    here = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (looked up, not bound)
    try:
        async with asyncio.timeout(GREETING_SECONDS):
            reader, writer = await asyncio.open_connection(here, port)
            try:
                return BANNER.encode() in await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError):
        return False


async def examine_export(database: Database, settings: Settings) -> tuple[bool, str]:
    """Whether the static status page is where it should be, and as of when."""
    if settings.export is None:
        return True, "no STATUSPAGE_EXPORT: the status page is served by Muster alone"
    async with database.reading() as reader:
        row = await reader.row(StatusExport, select(StatusExport).where(StatusExport.target == settings.export))
    if row is not None and row.failing_since is not None:
        since = f"{row.failing_since:%Y-%m-%d %H:%M} UTC"
        return False, f"the status page has not been exported to {settings.export} since {since}: {row.error}"
    if row is None or row.exported_at is None:
        return False, f"the status page was never exported to {settings.export}: is a worker running?"
    age = (database.clock.now() - row.exported_at).total_seconds()
    late = age > LATE_EXPORT_SECONDS
    line = f"the status page was exported to {settings.export} {age:.0f} s ago ({row.files} files)"
    return not late, line + (": is a worker running?" if late else "")


async def examine_backups(database: Database) -> Finding:
    """Whether there is a backup that is not old, as far as `muster backup` made it."""
    async with database.reading() as reader:
        newest = await reader.row(Backup, select(Backup).order_by(Backup.made_at.desc()).limit(1))
    if newest is None:
        return None, "no backup was made: make one with `muster backup` (unless somebody else keeps your database)"
    now = database.clock.now()
    line = f"a backup was made {age_in_words(now - newest.made_at)} ago, {newest.bytes / 1e6:.0f} MB in {newest.target}"
    return (None, f"{line}: make a newer one") if now - newest.made_at > OLD else (True, line)


async def examine_provider(provider: ProviderSettings) -> tuple[bool, str]:
    """Whether an identity provider can be reached, is the one of the settings, and has keys."""
    connection = Connection(provider)
    try:
        await connection.metadata()
        await connection.keys(None)
    except ProviderError as error:
        return False, f"identity provider {provider.key}: {error}"
    return True, f"identity provider {provider.key} answers as {provider.issuer}"


@click.command()
@click.option("--deep", is_flag=True, help="Look at events, the audit chain, PostgreSQL, mail and integrations, too.")
@click.option("--json", "in_json", is_flag=True, help="Print one JSON object.")
def doctor(*, deep: bool, in_json: bool) -> None:
    """Examine settings, database, schema, jobs, feed, disk and providers; exit 1 if something is wrong.

    0: nothing is wrong, though there may be warnings; 1: something is, or the examination could not be made; 2: wrong
    options.
    """
    settings = read_settings()

    async def run() -> list[Finding]:
        async with open_database(settings) as database:
            return await examine(database, settings, deep=deep)

    findings = asyncio.run(run())
    wrong = any(fine is False for fine, _ in findings)
    if in_json:
        told = [{"result": IN_JSON[fine], "words": line} for fine, line in findings]
        click.echo(json.dumps({"result": "bad" if wrong else "ok", "findings": told}, ensure_ascii=False, indent=2))
    else:
        for fine, line in findings:
            click.echo(f"{SAID[fine]} {line}")
    if wrong:
        raise StartError("not everything is as it should be; see above")


async def examine_deeply(database: Database, settings: Settings) -> list[Finding]:
    """What takes longer, or asks others."""
    from server.examining.postgresql import examine_postgresql  # noqa: PLC0415 (Alembic's comparison is heavy)
    from server.examining.work import examine_work  # noqa: PLC0415

    return [
        *await examine_postgresql(database),
        *await examine_work(database, settings),
        await examine_growth(database, settings),
    ]
