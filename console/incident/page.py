"""`/console/incidents/{reference}`: one page to run an incident from, and what its forms do."""

from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from actions.updates import publish_update
from console.desk import UNFIT, Desk
from console.fields import Fields, asked
from console.incident.deeds import DEEDS, Doing
from console.incident.here import here
from console.incident.items import items_of
from console.incident.live import wall_of
from console.incident.log import SHOWN
from console.incident.more import more_of
from console.incident.rendering import Seen, keyed, look, render, vars_of
from console.incident.scene import find
from console.incident.speaking import STATES, STATUSES, TOLD, composer, fill, given, preview
from console.incident.stale import with_both
from console.posting import Refused, do, to
from core.errors import DomainError, not_found
from models.incident import Incident
from models.words import EntryKind
from resolvers import alike

SAY = "say"
"""The form of an update."""
PAGE = "incident/page.html"
WRITTEN = frozenset({"text", "body", "public_title", "title", "summary", "labels", "note", "reason", "answer", "url"})
"""The fields of its forms that hold somebody's words."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a form left to be shown on the page: that it was refused, or what it would do."""

    refused: Refused | None = None
    preview: Any = None
    filled: bool = False
    """Its text is that of a template, in place of what stood there."""


async def show(desk: Desk) -> Response:
    """The page. NOT_FOUND also for an incident that the viewer may not see."""
    return await page(desk, await find(desk.ctx, desk.request.path_params["reference"]))


async def page(desk: Desk, incident: Incident, shown: Shown = Shown(), *, status: int = 200) -> Response:
    """The page of an incident, with a form that came back if there is one."""
    parameters = asked(desk.request)
    wanted = parameters.text("show")
    filters = {"before": parameters.optional("before"), "after": parameters.optional("after")}
    seen = await look(desk.ctx, incident, show=wanted if wanted in SHOWN else "all", **filters)
    t, more = await desk.times(), await more_of(desk.ctx, seen.scene)
    shown = replace(shown, refused=with_both(shown.refused, seen.scene, dict(more.services)))
    rendering = render(seen, desk.actor, t, refused=shown.refused, keys=desk.look.keys)
    stands = dict(
        **vars_of(seen),
        me=desk.actor,
        parts={name: keyed(html) for name, html in rendering.parts.items()},
        lines=keyed("".join(rendering.lines.values())),
        company=here(*wall_of(desk.runtime).company.people(incident.id, desk.actor)),
        log=seen.log,
        show=wanted if wanted in SHOWN else "all",
        shown=SHOWN,
        kinds=[(kind.value, kind.value.capitalize()) for kind in EntryKind],
        live=f"/console/incidents/{incident.reference}/live?after={rendering.place}&show={wanted or 'all'}",
        now_at_the_top=not any(filters.values()),
        **await _beside(desk, seen, shown.refused),
        more=more,
        refused=shown.refused,
        preview=shown.preview,
        filled=shown.filled,
    )
    text, back = await desk.render(PAGE, stray=None, **stands), shown.refused
    if back is not None and back.error is not None and f'id="fault-{back.form}"' not in text:
        text = await desk.render(PAGE, stray=_words_of(back.fields), **stands)
    return desk.answer(text, status)


def _words_of(fields: Fields) -> list[str]:
    """What somebody wrote into a form that the page no longer has: their right to it, or its time, is over."""
    return [value for name, value in fields.items() if name in WRITTEN and value.strip()]


async def _beside(desk: Desk, seen: Seen, refused: Refused | None) -> dict[str, Any]:
    """What is not kept up to date by itself: the composer, what is alike, what else can be done."""
    [similar] = await alike.similar(desk.ctx, [seen.scene.incident])
    items = await alike.open_action_items(desk.ctx, similar)
    began = refused is not None and refused.form == SAY
    written = refused.fields if refused is not None and began else asked(desk.request)
    speaks = "publishUpdate" in seen.scene.can
    return {
        "alike": list(zip(similar, items, strict=True)),
        "composer": await composer(desk, seen.scene, written, began=began) if speaks else None,
        "statuses": STATUSES,
        "states": STATES,
        "items": await items_of(desk.ctx, seen.scene.incident, adding="addActionItem" in seen.scene.can),
    }


async def act(desk: Desk, fields: Fields) -> Response:
    """Do what a form or a button asks for; the page again with the reason, if that is refused."""
    reference, name = desk.request.path_params["reference"], desk.request.path_params["deed"]
    if name == "update":
        return await speak(desk, fields)
    doing = DEEDS.get(name)
    if doing is None:
        raise not_found("deed", "form", name)
    incident = await find(desk.ctx, reference)
    try:
        await _do(desk, fields, incident, doing)
    except DomainError as error:
        return await page(desk, await find(desk.ctx, reference), Shown(Refused(name, fields, error)), status=UNFIT)
    return to(f"/console/incidents/{incident.reference}#{doing.anchor}")


async def _do(desk: Desk, fields: Fields, incident: Incident, doing: Doing) -> object:
    what = doing.given(desk, fields, await desk.times())
    if not doing.hung:
        what["incident"] = incident.reference
    return await do(desk, fields, doing.mutation, doing.action, key=doing.key, **what)


async def speak(desk: Desk, fields: Fields) -> Response:
    """Publish an update; or show what publishing would do, or begin the text with that of a template."""
    incident = await find(desk.ctx, desk.request.path_params["reference"])
    here = f"/console/incidents/{incident.reference}"
    wish = fields.text("_do")
    try:
        if wish == "fill":
            filled = await fill(desk, incident.reference, fields)
            if not any(name.startswith(TOLD) for name, _ in fields.items()):
                return to(f"{here}?template={fields['template']}#{SAY}")
            return await page(desk, incident, Shown(Refused(SAY, filled, None), filled=True))
        what = given(fields, await desk.times())
        if wish == "preview":
            seen = await preview(desk, incident.reference, what)
            kept = Refused(SAY, fields, None)
            return await page(desk, incident, Shown(kept, seen))
        await do(desk, fields, "publishUpdate", publish_update, incident=incident.reference, **what)
    except DomainError as error:
        return await page(
            desk, await find(desk.ctx, incident.reference), Shown(Refused(SAY, fields, error)), status=UNFIT
        )
    return to(f"{here}#said")
