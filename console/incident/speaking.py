"""The composer of updates: what can be chosen, a text from a template, and a preview of what publishing would do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from actions.promises import owes
from actions.update_parts import ClaimInput
from console.desk import Desk
from console.fields import Fields
from console.incident.scene import Scene
from console.times import Times
from core.errors import invalid
from core.ids import encode
from core.kept import KEY, with_key
from models.service import Component, ComponentClaim
from models.update_template import UpdateTemplate
from models.words import Audience, ComponentStatus, PublicStatus, TemplateUse
from resolvers import catalogue, previews
from resolvers.context import Context

STATUSES = {status.value: status.value.capitalize() for status in PublicStatus}
STATES = {state.value: state.value.replace("_", " ").capitalize() for state in ComponentStatus}
OFFERS = (15, 30, 60, 120, 240)
"""Minutes until the next update, to choose from."""
TOLD = "variables."
"""How the fields are called that tell a template something: `variables.<name>`."""
CLAIM = "component."
"""How the fields are called that say something of a component: `component.<id>`."""

CLAIMED = select(ComponentClaim.component_id).where(ComponentClaim.incident_id == KEY)


@dataclass(frozen=True, slots=True)
class Composer:
    """What the form of an update offers."""

    audience: Audience
    status: str
    templates: list[tuple[str, str]]
    near: list[tuple[str, str, str]]
    """Components that the incident touches or spoke of: id, name, what customers read of each now."""
    far: list[tuple[str, str, str]]
    """All others."""
    promises: list[tuple[str, str]]
    template: str
    """The template that was chosen, if any."""
    asks: list[tuple[str, str, str]]
    """What that wants to be told: field, label, what stands there if nothing is said."""
    body: str = ""
    title: str = ""


async def composer(desk: Desk, scene: Scene, asked: Fields, *, began: bool) -> Composer:
    """The form as the address asks for it: `audience`, `status`, and `template` to begin with its text.

    `began`: it is a form that came back, whose text stands already.
    """
    incident = scene.incident.reference
    audience = Audience.INTERNAL if asked.text("audience") == Audience.INTERNAL.value else Audience.PUBLIC
    if scene.incident.kept_from_customers:
        audience = Audience.INTERNAL
    template = None if began else asked.optional("template")
    filled = await previews.filled_in(desk.ctx, template=template, incident=incident) if template else None
    near, far = await _components(desk.ctx, scene)
    rows = await _templates(desk.ctx)
    chosen = asked.text("template")
    status = asked.text("status") if asked.text("status") in STATUSES else ""
    if filled is not None:
        audience, status = filled.audience, filled.status.value if filled.status else status
    return Composer(
        audience,
        status or (scene.incident.public_status or PublicStatus.INVESTIGATING).value,
        [(key, row.name) for key, row in rows.items()],
        near,
        far,
        _promises(scene, audience, await desk.times()),
        chosen if chosen in rows else "",
        _asks(rows.get(chosen)),
        filled.body if filled else "",
        (filled.title if filled else None) or scene.incident.public_title or "",
    )


def given(fields: Fields, t: Times) -> dict[str, Any]:
    """What the form says, as `publish_update` takes it. INVALID_INPUT on the field at fault."""
    audience = fields.one_of("audience", {each.value: each for each in Audience})
    found: dict[str, Any] = {"audience": audience, "body": fields.text("body"), "notify": fields.flag("notify")}
    if audience is Audience.PUBLIC:
        found["status"] = fields.one_of("status", {each.value: each for each in PublicStatus})
        found["public_title"] = fields.optional("public_title")
        found["components"] = _claims(fields)
    found["next_update_by"] = _promised(fields, t)
    back = fields.moment("published_at", t.zone)
    if back is not None:
        found |= {"published_at": back, "notify_back_dated": fields.flag("notify")}
    return {name: value for name, value in found.items() if value is not None}


async def preview(desk: Desk, incident: str, what: dict[str, Any]) -> Any:
    """What publishing would do; refused as publishing would be. UNAVAILABLE where this process renders no mails."""
    return await previews.rehearsed(desk.ctx, previews.PREVIEW_UPDATE, {"incident": incident, **what})


def _claims(fields: Fields) -> list[ClaimInput] | None:
    said = [(name, value) for name, value in fields.items() if name.startswith(CLAIM) and value]
    states = {state.value: state for state in ComponentStatus}
    for name, value in said:
        if value not in states:
            raise invalid(name, f"{value[:40]!r} is no state of a component.", f"Choose {', '.join(states)}.")
    return [ClaimInput(name.removeprefix(CLAIM), states[value]) for name, value in said] or None


def _promised(fields: Fields, t: Times) -> datetime | None:
    """When the next update is promised for: in so many minutes, at a moment, or (None) as the severity demands."""
    exact = fields.moment("next_update_at", t.zone)
    if exact is not None:
        return exact
    minutes = fields.number("next_update_in")
    if minutes is None:
        return None
    if minutes not in OFFERS:
        raise invalid("next_update_in", f"{minutes} min can't be chosen.", "Choose one of the list, or give a time.")
    return t.now + timedelta(minutes=minutes)


async def fill(desk: Desk, incident: str, fields: Fields) -> Fields:
    """The form with the text of its template, filled in with what the form says of it.

    NOT_FOUND; INVALID_INPUT on `variables.<name>` for what the template must be told.
    """
    said = {name.removeprefix(TOLD): value for name, value in fields.items() if name.startswith(TOLD) and value.strip()}
    rows = await _templates(desk.ctx)
    known = {name for name, _, _ in _asks(rows.get(fields.text("template")))}  # of another template, said before
    variables = {name: value for name, value in said.items() if f"{TOLD}{name}" in known}
    filled = await previews.filled_in(
        desk.ctx, template=fields["template"], incident=incident, variables=variables or None
    )
    new = {"audience": filled.audience.value, "body": filled.body}
    if filled.status is not None:
        new["status"] = filled.status.value
    if filled.title:
        new["public_title"] = filled.title
    return Fields([*((name, value) for name, value in fields.items() if name not in new), *new.items()])


def _asks(template: UpdateTemplate | None) -> list[tuple[str, str, str]]:
    found = template.variables if template is not None else []
    return [(f"{TOLD}{each['name']}", each["label"], each["default"] or "") for each in found]


async def _templates(ctx: Context) -> dict[str, UpdateTemplate]:
    """Those for incidents, by opaque id."""
    rows = await previews.update_templates(ctx)
    return {
        encode("UpdateTemplate", row.id): row for row in rows if row.use is TemplateUse.INCIDENT and not row.archived
    }


async def _components(ctx: Context, scene: Scene) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    touched = {each.id for own in await catalogue.components_of_services(ctx, scene.services) for each in own}
    touched |= {row.component_id for row in await ctx.reader.execute(CLAIMED, with_key(scene.incident.id))}
    rows: list[Component] = [row for row in await catalogue.components(ctx) if not row.archived]

    def line(row: Component) -> tuple[str, str, str]:
        return encode("Component", row.id), row.name, STATES[row.status.value]

    return [line(row) for row in rows if row.id in touched], [line(row) for row in rows if row.id not in touched]


def _promises(scene: Scene, audience: Audience, t: Times) -> list[tuple[str, str]]:
    minutes = scene.severity.obligations.cadence_minutes(audience) if scene.severity else None
    first = "as the severity demands" if minutes and owes(scene.incident, audience) else "no promise"
    when = f", {t.clock(t.now + timedelta(minutes=minutes)).striptags()}" if minutes and first != "no promise" else ""
    offers = [(str(each), f"{_clock(t, each)} (in {each} min)") for each in OFFERS]
    return [("", f"{first.capitalize()}{when}"), *offers]


def _clock(t: Times, minutes: int) -> str:
    return t.clock(t.now + timedelta(minutes=minutes)).striptags()
