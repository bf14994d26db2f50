"""`/console/settings/health`: whether all that Muster does by itself is done, and how far behind it is."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.desk import Desk, view
from console.machinery.frame import machine_page
from console.settings.areas import area_of
from console.settings.frame import opened
from console.times import lasting
from core.broker_settings import without_password
from core.runtime import Runtime
from models.export import StatusExport
from resolvers.running import Running, exported, running

AREA = "health"
PATH = area_of(AREA).path
REASONS = "reasons_not_ready"
"""What `server` puts into `Runtime.offers`: the reasons that `/readyz` gives."""
MAIL_IN = "mail_in"
"""The same: why this process takes no mail of monitors, though it should; None if all is well."""
LATE = 60.0
"""Seconds from which on a wait is too long; the same as of `/readyz`."""
LATE_EXPORT = 600.0
"""Seconds; workers export every two minutes."""
OK, WORSE, BAD = "operational", "degraded", "major"


class Finding(NamedTuple):
    """One thing that was looked at."""

    what: str
    state: str
    words: str
    mend: str = ""
    """What to do, if anything is to be done; what stands between backticks is a command."""


async def show(desk: Desk) -> Response:
    """What `/readyz` says, and everything that is known beside it."""
    opened(desk, AREA)
    offered: Callable[[Runtime], Awaitable[list[str]]] | None = desk.runtime.offers.get(REASONS)
    reasons = await offered(desk.runtime) if offered is not None else None
    state = await running(desk.ctx)
    findings = [_workers(state), _queue(state), _timers(state), _feed(desk), _dead(state), _mail(desk)]
    findings += [*_broker(desk, state), *await _mail_in(desk)]
    if desk.runtime.settings.export is not None:
        findings.append(_export(desk, desk.runtime.settings.export, await exported(desk.ctx)))
    return await machine_page(
        desk, AREA, "machinery/health.html", reasons=reasons, findings=findings, state=state, refused=None
    )


def _workers(state: Running) -> Finding:
    if state.workers:
        number = "1 connection of workers fetches" if state.workers == 1 else f"{state.workers} connections fetch"
        return Finding("Workers", OK, f"{number} jobs.")
    return Finding("Workers", BAD, "No worker runs: no mail, no page and no post goes out.", "Start `muster worker`.")


def _queue(state: Running) -> Finding:
    seconds = state.oldest.total_seconds()
    about = f"{_counted(state.leased, 'job')} under way, {state.later} for later, {state.bulk} for subscribers."
    if not state.waiting:
        return Finding("Queue", OK, f"Nothing waits. {about}")
    waited = f"{_counted(state.waiting, 'job')} due; the oldest has waited {_seconds(seconds)}. {about}"
    if seconds > LATE:
        return Finding("Queue", BAD, waited, "Start more workers with `muster worker`, or look what holds them up.")
    return Finding("Queue", OK, waited)


def _broker(desk: Desk, state: Running) -> list[Finding]:
    """Whether jobs go by the broker that is set."""
    if desk.runtime.settings.broker is None:
        return []
    where = without_password(desk.runtime.settings.broker)
    if state.relays:
        return [Finding("Broker", OK, f"Jobs reach workers through {where}.")]
    words = f"No relay reaches {where}: workers take jobs from PostgreSQL meanwhile."
    return [Finding("Broker", WORSE, words, "`muster doctor` says whether it answers; the log of a worker says more.")]


def _timers(state: Running) -> Finding:
    if state.timers:
        return Finding("Timers", OK, "One worker keeps time: reminders, promises and schedules.")
    return Finding(
        "Timers", BAD, "Nobody keeps time: no reminder is sent, no schedule begins.", "Start `muster worker`."
    )


def _feed(desk: Desk) -> Finding:
    lag = desk.runtime.live.lag
    if lag > LATE:
        mend = "See whether the database answers: `muster doctor` says who holds it up."
        return Finding("Feed", BAD, f"Pages and subscriptions of this process are {_seconds(lag)} behind.", mend)
    words = f"What is committed reaches every page and subscription within {max(lag, 1.0):.0f} s."
    return Finding("Feed", OK if lag < 10 else WORSE, words)  # noqa: PLR2004 (seconds)


def _dead(state: Running) -> Finding:
    if not state.dead:
        return Finding("Given up", OK, "No job was given up.")
    return Finding(
        "Given up", WORSE, f"{_counted(state.dead, 'job')} given up.", "Dead jobs, in Settings, has the reasons."
    )


async def _mail_in(desk: Desk) -> list[Finding]:
    """Whether this process takes mail of monitors, where it should."""
    wanted, asked = desk.runtime.settings.smtp_listen, desk.runtime.offers.get(MAIL_IN)
    if wanted is None or asked is None:
        return []
    fault = await asked()
    if fault is None:
        return [Finding("Mail of monitors", OK, f"It is taken on {wanted}.")]
    mend = "Free the port, or set another MUSTER_SMTP_LISTEN; it is tried again every 30 s."
    return [Finding("Mail of monitors", BAD, f"Nobody can listen on {wanted}: {fault}", mend)]


def _mail(desk: Desk) -> Finding:
    if desk.runtime.settings.smtp_url is not None:
        return Finding("Mail", OK, "It is handed to the server of SMTP_URL.")
    folder = desk.runtime.settings.data_dir / "mail"
    return Finding("Mail", WORSE, f"No SMTP_URL is set: mail is written to the folder {folder}.", "Set `SMTP_URL`.")


def _export(desk: Desk, target: str, row: StatusExport | None) -> Finding:
    what = "Static status page"
    if row is not None and row.failing_since is not None:
        since = lasting(desk.now - row.failing_since)
        return Finding(what, BAD, f"It has not been published to {target} for {since}: {row.error}")
    if row is None or row.exported_at is None:
        return Finding(what, BAD, f"It was never published to {target}.", "Start `muster worker`.")
    age = desk.now - row.exported_at
    state = BAD if age.total_seconds() > LATE_EXPORT else OK
    return Finding(what, state, f"It was published to {target} {lasting(age)} ago ({row.files} files).")


def _counted(number: int, noun: str) -> str:
    return f"1 {noun} is" if number == 1 else f"{number} {noun}s are"


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s"


def routes() -> list[BaseRoute]:
    """Its route."""
    return [Route(PATH, view(show))]
