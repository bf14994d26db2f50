"""What the forms of the set-up do: each ends in an action that Settings and the API know, too."""

import re
import unicodedata

from starlette.responses import Response

from actions.alerts.sources import create_alert_source
from actions.branding.organisation import save_organisation
from actions.catalogue.components import save_component
from actions.catalogue.services import save_service
from actions.catalogue.teams import save_team
from actions.declarations import declare_incident
from actions.setting_up import ALL, skip_setup, try_mail
from auth.permission import Permission, require
from console.desk import Desk
from console.fields import Fields
from console.machinery.frame import back, waiting
from console.posting import do, to
from console.setting_up.pages import step_page
from console.setting_up.steps import PATH, after, step_of
from console.settings.alert_sources import use_of
from console.settings.sample_alert import sample_alert
from console.settings.source_kinds import tries
from core.errors import DomainError
from core.ids import encode
from models.incident import REFERENCE_PREFIX
from models.words import IncidentKind
from resolvers.mutations.fields import hook_urls
from resolvers.mutations.perform import Given


def slug_of(name: str) -> str:
    """A name as a slug: `Zahlungen Süd` is `zahlungen-sud`; empty for one without a letter that it could have."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


async def organisation(desk: Desk, fields: Fields) -> Response:
    """Its name and zone."""
    try:
        given: Given = {"name": fields["name"], "time_zone": fields["time_zone"]}
        await do(desk, fields, "saveOrganisation", save_organisation, **given)
    except DomainError as error:
        return await step_page(desk, "organisation", back("organisation", fields, error))
    return to(after("organisation"))


async def team(desk: Desk, fields: Fields) -> Response:
    """The first team, with whoever makes it in it if they say so."""
    try:
        members = [encode("User", desk.actor.user_id or 0)] if fields.flag("me") else []
        given: Given = {
            "name": fields["name"],
            "slug": fields.optional("slug") or slug_of(fields["name"]),
            "members": members,
        }
        await do(desk, fields, "saveTeam", save_team, **given)
    except DomainError as error:
        return await step_page(desk, "team", back("team", fields, error))
    return to(f"{PATH}/team?done=team")


async def service(desk: Desk, fields: Fields) -> Response:
    """The first service, and the team that owns it."""
    try:
        given: Given = {"name": fields["name"], "slug": fields.optional("slug") or slug_of(fields["name"])}
        given["owner"] = fields["owner"]
        await do(desk, fields, "saveService", save_service, **given)
    except DomainError as error:
        return await step_page(desk, "team", back("service", fields, error))
    return to(after("team"))


async def component(desk: Desk, fields: Fields) -> Response:
    """One more component."""
    try:
        given: Given = {"name": fields["name"], "group": fields.optional("group")}
        await do(desk, fields, "saveComponent", save_component, **given)
    except DomainError as error:
        return await step_page(desk, "components", back("component", fields, error))
    return to(f"{PATH}/components?done=component")


async def look(desk: Desk, fields: Fields) -> Response:
    """The colours of links and buttons, on light and on dark paper."""
    try:
        given: Given = {name: fields.optional(name) for name in ("accent_light", "accent_dark")}
        await do(desk, fields, "saveOrganisation", save_organisation, **given)
    except DomainError as error:
        return await step_page(desk, "look", back("look", fields, error))
    return to(f"{PATH}/look?done=look")


async def mail(desk: Desk, fields: Fields) -> Response:
    """Send a mail to the viewer, and wait for what comes of it."""
    await do(desk, fields, "tryMail", try_mail)
    return to(waiting(desk, f"{PATH}/mail", desk.now).url)


async def source(desk: Desk, fields: Fields) -> Response:
    """An alert source, and a line that sends its first alert; the page sees it arrive."""
    try:
        kind = fields.optional("kind") or "alertmanager"
        given: Given = {"kind": kind, "name": fields["name"]}
        made = await do(desk, fields, "createAlertSource", create_alert_source, **given)
    except DomainError as error:
        return await step_page(desk, "alerts", back("source", fields, error))
    reference = encode("AlertSource", made.key)
    pending = waiting(desk, f"{PATH}/alerts/arrived", desk.now, source=reference)
    (url,) = await hook_urls(desk.ctx, [made])
    if url is None:  # sent twice: the line was shown then, and the page may still wait for it
        return to(waiting(desk, f"{PATH}/alerts", desk.now, source=reference).url)
    return await step_page(
        desk,
        "alerts",
        line=sample_alert(kind, url, desk.now, name="FirstAlert"),
        hook=url,
        waiting=pending,
        kind=kind,
        use=use_of(desk, kind),
        tries=tries(kind),
    )


async def drill(desk: Desk, fields: Fields) -> Response:
    """Declare a drill, and go where it is led."""
    require(desk.actor, Permission.ADMINISTER)
    try:
        services = fields.all("service")
        given: Given = {"title": fields["title"], "severity": fields["severity"], "kind": IncidentKind.DRILL}
        made = await do(desk, fields, "declareIncident", declare_incident, services=services, **given)
    except DomainError as error:
        return await step_page(desk, "drill", back("drill", fields, error))
    return to(f"/console/incidents/{REFERENCE_PREFIX}{made.key}")


async def skip(desk: Desk, fields: Fields) -> Response:
    """Pass over a step, or come back to it."""
    key = step_of(desk.request.path_params["step"]).key
    skipped = not fields.flag("back")
    await do(desk, fields, "skipSetup", skip_setup, step=key, skipped=skipped)
    return to(after(key) if skipped else f"{PATH}/{key}")


async def dismiss(desk: Desk, fields: Fields) -> Response:
    """Have nobody reminded of the rest, or have them reminded again."""
    require(desk.actor, Permission.ADMINISTER)
    skipped = not fields.flag("back")
    await do(desk, fields, "skipSetup", skip_setup, step=ALL, skipped=skipped)
    return to("/console/incidents" if skipped else PATH)
