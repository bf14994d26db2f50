"""The organisation: its name, how its public page looks and speaks, and what it wants of its metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.branding.organisation import save_organisation
from auth.permission import require
from console.desk import Desk, view
from console.fields import Fields
from console.posting import Refused, do, posted, to
from console.settings import choices
from console.settings.aims import NAMES, read_aim, written
from console.settings.areas import area_of
from console.settings.field import Field, Kind, as_written, control
from console.settings.form import CLOSED, FORM, VERSION, both, controls_of, read_all, status_of, version_of
from console.settings.frame import area_page
from console.settings.logos import LOGO, pictures, posted_picture, save_picture
from core.errors import DomainError, ErrorCode
from models.logo import PageLogo
from resolvers import branding
from resolvers.context import Context

AREA = area_of("organisation")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that blame, and what to write instead."""

    phrase: str
    suggestion: str


FIELDS = (
    Field("name", "Name", "It stands in the head of the public page, in feeds and in mails.", required=True),
    Field("time_zone", "Time zone", "Times are told in it, here and on the public page. Each browser may choose its"
          " own.", Kind.CHOICE, required=True, choices=choices.zones),
    Field("language", "Language of the public page", "What the page itself says. Your updates stay as you write them.",
          Kind.CHOICE, required=True, choices=choices.words(choices.LANGUAGES)),
    Field("support_url", "Support", "Where customers get help: a web address, or mailto: with an e-mail address."),
    Field("accent_light", "Accent on light paper", "Links and buttons of the public page, like #2d3ccb. A colour that"
          " can't be read is refused, with one near it that can. Empty: ours."),
    Field("accent_dark", "Accent on dark paper", "The same on dark paper, like #a8b3ff. Empty: ours."),
    Field("storm_incidents", "An alert storm is more incidents in a minute than", "That alerts would open. One incident"
          " then holds all of them until it is calm. 0: there are no storms.", Kind.NUMBER, required=True, start=50),
    Field("blameless", "Postmortems look out for blame", "Words that blame a person are marked while a postmortem is"
          " written, with other words.", Kind.FLAG),
    Field("blame_phrases", "Words of your own that blame", "Beside those that Muster knows. Empty a row to take it"
          " away.", Kind.TABLE, row=Phrase, parts=(
              Field("phrase", "Words", required=True), Field("suggestion", "Better", required=True))),
    Field("aims", "Aims", "What you want of each week or month: 5 min, 4 h, 2 d, 95 %. The dashboard draws a line"
          " there, and says how often it was kept. Empty a row to take it away.", Kind.TABLE, row=read_aim, parts=(
              Field("metric", "Of what", choices=choices.words(NAMES)), Field("value", "Aim", required=True))),
)  # fmt: skip


async def _held(ctx: Context) -> tuple[Any, Mapping[str, Any]]:
    row: Any = await branding.organisation(ctx)
    (phrases,) = await branding.blame_phrases(ctx, [row])
    values = {field.name: getattr(row, field.name, None) for field in FIELDS}
    own = [{"phrase": each.phrase, "suggestion": each.suggestion} for each in phrases]
    return row, {**values, "blame_phrases": own, "aims": written(row.aims)}


async def _page(desk: Desk, refused: Refused | None = None) -> Response:
    row, values = await _held(desk.ctx)
    return await area_page(
        desk,
        AREA.key,
        "settings/organisation.html",
        status=200 if refused is None or refused.error is None else status_of(refused.error),
        refused=refused,
        controls=await controls_of(desk.ctx, FIELDS, values, refused),
        version=version_of(row, refused),
        logos=await pictures(desk.ctx, PageLogo),
        address=AREA.path,
        done=desk.request.query_params.get("done", ""),
    )


async def show(desk: Desk) -> Response:
    """What the organisation is, with a form for those who may change it."""
    return await _page(desk)


async def change(desk: Desk, fields: Fields) -> Response:
    """Change it to what was written. One that was changed meanwhile is shown beside that."""
    require(desk.actor, AREA.permission)
    try:
        given = {**(await read_all(desk, FIELDS, fields, new=False)), VERSION: fields.number(VERSION)}
        await do(desk, fields, "saveOrganisation", save_organisation, **given)
    except DomainError as error:
        if error.code in CLOSED:
            raise
        refusal = await _both(desk, fields) if error.code is ErrorCode.VERSION_CONFLICT else error
        return await _page(desk, Refused(FORM, fields, refusal))
    return to(f"{AREA.path}?done=changed")


async def _both(desk: Desk, fields: Fields) -> DomainError:
    row, values = await _held(desk.ctx)
    saved = [await control(desk.ctx, field, as_written(field, values[field.name])) for field in FIELDS]
    mine = [await control(desk.ctx, field, field.written(fields)) for field in FIELDS]
    return both("organisation", row, fields, saved, mine)


async def change_logo(desk: Desk, fields: Fields) -> Response:
    """Put a logo into the head of the public page, or take one away."""
    require(desk.actor, AREA.permission)
    try:
        await save_picture(desk, fields)
    except DomainError as error:
        if error.code in CLOSED:
            raise
        return await _page(desk, Refused(LOGO, fields, error))
    return to(f"{AREA.path}?done=changed")


async def back(_: Desk) -> Response:
    """Where the form's address leads when it is only looked at."""
    return to(AREA.path)


def routes() -> list[BaseRoute]:
    """Its addresses."""
    return [
        Route(AREA.path, view(show)),
        Route(AREA.path, posted(change), methods=["POST"]),
        Route(f"{AREA.path}/logo", posted_picture(change_logo), methods=["POST"]),
        Route(f"{AREA.path}/logo", view(back)),
    ]
