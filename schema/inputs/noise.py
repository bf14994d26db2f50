"""What people say of alerts that disturb them."""

from datetime import datetime

import strawberry

from schema.inputs.given import Repeatable, default, needed

ALERT = "The alert. NOT_FOUND also if it belongs to an incident that you may not see."


@strawberry.input(description="Which alert is to be quiet, and until when.")
class SnoozeAlertInput(Repeatable):
    alert: strawberry.ID = needed(ALERT)
    until: datetime = needed("When it wakes, if it still fires: at most 30 days from now.")
    group: bool = default(
        value=False,
        description="Whether that goes for its whole group, as its monitor delivers it: the others of no incident or of"
        " the same one, and those that come in it until then.",
    )


@strawberry.input(description="Which alert is to wake now.")
class UnsnoozeAlertInput(Repeatable):
    alert: strawberry.ID = needed(ALERT)
    group: bool = default(value=False, description="Whether all of its group wake, and new ones are quiet no more.")


@strawberry.input(description="Which alert told nothing, and why.")
class MarkNoiseInput(Repeatable):
    alert: strawberry.ID = needed(ALERT)
    reason: str = needed("Why it is noise, in at most 500 characters.")


@strawberry.input(description="Which alert is no noise after all.")
class UnmarkNoiseInput(Repeatable):
    alert: strawberry.ID = needed(ALERT)
