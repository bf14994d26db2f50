"""Seeing what an update or planned work would say and do, without doing it."""

from typing import Any

from sqlalchemy import func, select

from actions.templates.filling import FilledIn, fill_in_template
from models.update_template import UpdateTemplate
from resolvers.context import Context
from resolvers.mutations.perform import Given, keywords, refusing

TEMPLATES = select(UpdateTemplate).order_by(
    UpdateTemplate.archived_at.is_not(None), func.lower(UpdateTemplate.name), UpdateTemplate.id
)
PREVIEW_UPDATE, PREVIEW_MAINTENANCE = "preview_update", "preview_maintenance"
"""What `server` puts into `Runtime.offers`: jobs.subscribers renders mails, which resolvers must not know."""


async def preview_update(ctx: Context, given: Any, page: str | None) -> Any:
    """What publishing an update would do, for whoever may publish it; refused as publishing would be.

    `page`: as which further status page would have it.
    """
    return await rehearsed(ctx, PREVIEW_UPDATE, keywords(given), page)


async def preview_maintenance(ctx: Context, given: Any, page: str | None) -> Any:
    """What scheduling a maintenance would do, for whoever may schedule it; refused as scheduling would be.

    `page`: as which further status page would have it.
    """
    return await rehearsed(ctx, PREVIEW_MAINTENANCE, keywords(given), page)


async def rehearsed(ctx: Context, name: str, wanted: Given, page: str | None = None) -> Any:
    """What an offer of the server answers to an action's keywords; UNAVAILABLE where nobody offers it."""
    offered = ctx.runtime.offered(name, "This process renders no mails.")
    wanted = {name: value for name, value in wanted.items() if name != "idempotency_key"}
    # Its siblings read meanwhile: their snapshot stays, and few at a time take a second connection.
    async with ctx.runtime.rehearsing:
        with refusing():
            return await offered(ctx.runtime, ctx.actor, client=ctx.client, page=page, **wanted)


async def update_templates(ctx: Context) -> list[UpdateTemplate]:
    """All templates by name, archived ones last."""
    return await ctx.reader.rows(UpdateTemplate, TEMPLATES)


async def render_update_template(ctx: Context, given: Any) -> Any:
    """A template as it reads for an incident, for whoever may publish on it."""
    return await filled_in(ctx, **keywords(given))


async def filled_in(ctx: Context, **given: Any) -> FilledIn:
    """The same, with the action's keywords."""
    async with ctx.runtime.rehearsing:
        with refusing():
            async with ctx.runtime.database.rehearsal(ctx.client) as session:
                return await fill_in_template(session, ctx.actor, **given)
