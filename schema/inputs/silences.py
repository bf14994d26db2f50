"""What people say to hold alerts back for a while."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from schema.inputs.given import SAVED_ID, Repeatable, needed, optional


@strawberry.input(description="Which alerts make no incident for a while. What is left out stays, null clears.")
class SaveSilenceInput(Repeatable):
    id: strawberry.ID | None = optional(SAVED_ID + " CONFLICT for one that is over.")
    matchers: JSON | None = optional(
        'An object of labels as in routing rules: `{"job": "=~disk|backup"}`. A new one needs a matcher, a source or a'
        " service; all that are given must hold."
    )
    source: strawberry.ID | None = optional("The alert source that they come from, by id.")
    service: str | None = optional("The service that they are about (by their routing rule), by slug or id.")
    reason: str | None = optional("Why, in at most 500 characters. Needed for a new one.")
    starts_at: datetime | None = optional("When it begins; now, if left out. CONFLICT once it began.")
    ends_at: datetime | None = optional("When it is over: at most 30 days after it begins. Needed for a new one.")


@strawberry.input(description="Which silence to end.")
class EndSilenceInput(Repeatable):
    silence: strawberry.ID = needed("Its id.")
