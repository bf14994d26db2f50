"""The reads that help to publish."""

from typing import Annotated

import strawberry

import resolvers.previews
from auth.permission import Permission, require
from resolvers.fields import root
from schema.inputs.maintenance import ScheduleMaintenanceInput
from schema.inputs.publishing import FillInTemplateInput
from schema.inputs.work import PublishUpdateInput
from schema.types.preview import MaintenancePreview, UpdatePreview
from schema.types.update_template import FilledInTemplate, UpdateTemplate

DRAFT = "What would be sent to publishUpdate; an idempotencyKey is passed over."
PAGE = (
    "The id of a status page beside the organisation's own: what is shown is that page, in its language and with its"
    " components, and what its subscribers get. Without it the organisation's own is shown, or the first page that"
    " shows this. CONFLICT for a page that would not show it."
)
PLANNED = "What would be sent to scheduleMaintenance; an idempotencyKey is passed over."


async def _preview_update(
    info: strawberry.Info,
    input: Annotated[PublishUpdateInput, strawberry.argument(description=DRAFT)],  # noqa: A002
    page: Annotated[strawberry.ID | None, strawberry.argument(description=PAGE)] = strawberry.UNSET,
) -> UpdatePreview | None:
    require(info.context.actor, Permission.READ)
    shown: UpdatePreview = await resolvers.previews.preview_update(info.context, input, page or None)
    return shown


async def _preview_maintenance(
    info: strawberry.Info,
    input: Annotated[ScheduleMaintenanceInput, strawberry.argument(description=PLANNED)],  # noqa: A002
    page: Annotated[strawberry.ID | None, strawberry.argument(description=PAGE)] = strawberry.UNSET,
) -> MaintenancePreview | None:
    require(info.context.actor, Permission.READ)
    shown: MaintenancePreview = await resolvers.previews.preview_maintenance(info.context, input, page or None)
    return shown


async def _render_update_template(
    info: strawberry.Info,
    input: Annotated[FillInTemplateInput, strawberry.argument(description="Which template, and with what.")],  # noqa: A002
) -> FilledInTemplate | None:
    require(info.context.actor, Permission.READ)
    filled: FilledInTemplate = await resolvers.previews.render_update_template(info.context, input)
    return filled


@strawberry.type
class PublishingQuery:
    update_templates: list[UpdateTemplate] | None = root(
        resolvers.previews.update_templates, description="All templates of updates by name, archived ones last."
    )
    render_update_template: FilledInTemplate | None = strawberry.field(
        resolver=_render_update_template,
        description="What a template says of an incident, or of planned work; nothing is changed. Needs what"
        " publishUpdate or publishMaintenanceUpdate needs there.",
    )
    preview_update: UpdatePreview | None = strawberry.field(
        resolver=_preview_update,
        description="What publishing an update would do: the page, the mail, and how many would be told. Needs what"
        " publishUpdate needs, is refused as it would be, and changes nothing.",
    )
    preview_maintenance: MaintenancePreview | None = strawberry.field(
        resolver=_preview_maintenance,
        description="What scheduling a maintenance would do: its page, the mail, and how many would be told. Needs what"
        " scheduleMaintenance needs, is refused as it would be, and changes nothing.",
    )
