"""`/console/setup`: a guided set-up that can be left and resumed: what is done follows from what there is."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from actions.outward.vendors import VENDORS, Port
from auth.permission import Permission, require
from console.desk import Desk
from console.machinery.frame import since_of, status_of, waiting
from console.machinery.health_words import health_of
from console.machinery.webhooks import SAID
from console.posting import Refused
from console.setting_up.steps import PATH, after, every, step_of
from console.settings.source_kinds import KINDS
from core.ids import decode_as, encode
from core.smtp import MAIL_FOLDER, kept_as
from models.delivery import Delivery
from models.words import DeliveryState
from resolvers import alerts, branding, catalogue, outward, people
from resolvers.setting_up import last_trial, newest_alerts, progress

Read = Callable[[Desk], Awaitable[dict[str, Any]]]
OPEN = (DeliveryState.PENDING, DeliveryState.UNKNOWN)
"""A mail that is still on its way."""


async def overview(desk: Desk) -> Response:
    """All steps, and what is left of them."""
    require(desk.actor, Permission.ADMINISTER)
    state = await progress(desk.ctx)
    return await desk.page("setup/overview.html", refused=None, state=state, steps=every(), step=None, path=PATH)


async def show(desk: Desk) -> Response:
    """One step."""
    return await step_page(desk, desk.request.path_params["step"])


async def step_page(desk: Desk, key: str, refused: Refused | None = None, **values: Any) -> Response:
    """The page of a step, perhaps with a form that came back."""
    require(desk.actor, Permission.ADMINISTER)
    step = step_of(key)
    known = {
        "refused": refused,
        "state": await progress(desk.ctx),
        "steps": every(),
        "step": step,
        "path": PATH,
        "next": after(key),
        "done": desk.request.query_params.get("done", ""),
    }
    status = status_of(refused.error) if refused is not None and refused.error is not None else 200
    return await desk.page(f"setup/{key}.html", status=status, **(known | await READS[key](desk) | values))


async def _organisation(desk: Desk) -> dict[str, Any]:
    return {"organisation": await branding.organisation(desk.ctx)}


async def _team(desk: Desk) -> dict[str, Any]:
    teams = [row for row in await people.teams(desk.ctx) if not row.archived]
    services = [row for row in await catalogue.services(desk.ctx) if not row.archived]
    return {"teams": teams, "services": services, "owners": {row.id: row.name for row in teams}}


async def _components(desk: Desk) -> dict[str, Any]:
    return {"components": [row for row in await catalogue.components(desk.ctx) if not row.archived]}


async def _look(desk: Desk) -> dict[str, Any]:
    components = [row for row in await catalogue.components(desk.ctx) if not row.archived]
    organisation = await branding.organisation(desk.ctx)
    return {"organisation": organisation, "components": components[:3]}


async def _mail(desk: Desk) -> dict[str, Any]:
    trial, since, settings = await last_trial(desk.ctx), since_of(desk), desk.runtime.settings
    fresh = trial is not None and (since is None or trial.created_at >= since)
    pending = since is not None and (trial is None or not fresh or trial.state in OPEN)
    return {
        "trial": trial if fresh else None,
        "said": SAID,
        "file": _kept(desk, trial) if trial is not None and fresh else None,
        "folder": settings.data_dir / MAIL_FOLDER if settings.smtp_url is None else None,
        "sender": settings.mail_from,
        "address": await _address(desk),
        "waiting": waiting(desk, f"{PATH}/mail/state", since) if pending and since is not None else None,
    }


def _kept(desk: Desk, trial: Delivery) -> Any:
    """The file that a mail is in, where there is no mail server."""
    settings = desk.runtime.settings
    if settings.smtp_url is not None or trial.external_id is None:
        return None
    return settings.data_dir / MAIL_FOLDER / kept_as(trial.external_id)


async def _address(desk: Desk) -> str:
    found = await people.person_of(desk.ctx, [await people.viewer(desk.ctx)])
    return found[0].email if found[0] is not None else ""


async def mail_state(desk: Desk) -> Response:
    """What came of the test mail: the part of the page that looks again; the whole page without JavaScript."""
    if "HX-Request" not in desk.request.headers:
        return await step_page(desk, "mail")
    require(desk.actor, Permission.ADMINISTER)
    return await desk.page("setup/mail_state.html", refused=None, **await _mail(desk))


async def _chat(desk: Desk) -> dict[str, Any]:
    rows = [row for row in await outward.integrations(desk.ctx) if not row.archived]
    chats = [row for row in rows if row.vendor in VENDORS and Port.CHAT in VENDORS[row.vendor].ports]
    checks, t = await outward.checks(desk.ctx, chats), await desk.times()
    vendors = [vendor for vendor in await outward.vendors(desk.ctx) if Port.CHAT in vendor.ports]
    lines = [
        (row, encode("Integration", row.id), health_of(row, found, t)) for row, found in zip(chats, checks, strict=True)
    ]
    return {"chats": lines, "vendors": vendors}


async def _alerts(desk: Desk) -> dict[str, Any]:
    sources = [row for row in await alerts.alert_sources(desk.ctx) if not row.archived]
    newest = await newest_alerts(desk.ctx, sources)
    kinds = [(kind, words.name) for kind, words in KINDS.items()]
    return {"sources": list(zip(sources, newest, strict=True)), "line": None, "kinds": kinds, **await _arrival(desk)}


async def _arrival(desk: Desk) -> dict[str, Any]:
    """Whether an alert arrived from the source that the address names, since the moment that it names."""
    since, reference = since_of(desk), desk.request.query_params.get("source", "")
    if since is None or not reference:
        return {"arrived": None, "waiting": None}
    key = decode_as("AlertSource", reference, "source")
    sources = [row for row in await alerts.alert_sources(desk.ctx) if row.id == key]
    (found,) = await newest_alerts(desk.ctx, sources) if sources else ([],)
    seen = bool(sources) and sources[0].last_seen_at is not None
    pending = waiting(desk, f"{PATH}/alerts/arrived", since, source=reference)
    return {"arrived": found[0] if found else None, "waiting": None if found or seen else pending}


async def arrived(desk: Desk) -> Response:
    """The part of the page that waits for the first alert; the whole page without JavaScript."""
    if "HX-Request" not in desk.request.headers:
        return await step_page(desk, "alerts")
    require(desk.actor, Permission.ADMINISTER)
    return await desk.page("setup/arrival.html", refused=None, **await _arrival(desk))


async def _drill(desk: Desk) -> dict[str, Any]:
    severities = [row for row in await catalogue.severities(desk.ctx) if not row.archived]
    services = [row for row in await catalogue.services(desk.ctx) if not row.archived]
    return {"severities": severities, "services": services}


READS: dict[str, Read] = {
    "organisation": _organisation,
    "team": _team,
    "components": _components,
    "look": _look,
    "mail": _mail,
    "chat": _chat,
    "alerts": _alerts,
    "drill": _drill,
}
"""What the page of each step shows."""
