"""What a mapping would make of a body."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from resolvers.fields import column


@strawberry.type(description="An alert as it would be taken.")
class PreviewedAlert:
    fingerprint: str = column("What tells it from other alerts of its source.")
    title: str = column("Its title.")
    firing: bool = column("Whether it fires; if not, it is over.")
    starts_at: datetime = column("When it began, or of when this news of it is.")
    labels: JSON = column("Its labels.")
    annotations: JSON = column("What it says of itself; `parse_note` says what could not be read.")
    url: str | None = column("Where it came from.")
    group: str = column("The group that it comes in: alerts of one group are one incident.")


@strawberry.type(description="An expression that fails.")
class MappingFault:
    expression: str = column("Its name in the mapping; `body`: it is no JSON.")
    message: str = column("What is wrong, and where.")
    hint: str | None = column("What to do.")


@strawberry.type(description="What a mapping would make of a body; nothing was stored.")
class AlertSourcePreview:
    alerts: list[PreviewedAlert] = column("The alerts; empty where something fails.")
    faults: list[MappingFault] = column("What fails; empty where nothing does.")
    delivery: str | None = column("What tells this delivery from others, so that it is taken once; null: nothing does.")
    note: str | None = column("Why it makes no alert, where that is no fault.")
