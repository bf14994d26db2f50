"""Incidents that looked like another."""

import strawberry

from models.words import Likeness
from resolvers import alike
from resolvers.fields import batched, column
from schema.lazy import AnActionItem, AnIncident


@strawberry.type(description="Something that two incidents have in common.")
class SimilarityReason:
    kind: Likeness = column("What it is.")
    text: str = column("Its name; of words their stems, the rarest first.")


@strawberry.type(description="An incident that looked like one that is open. Nothing is done because of it.")
class SimilarIncident:
    incident: AnIncident = column("The other incident.")
    score: float = column("How alike they are, above 0 and up to 1.")
    reasons: list[SimilarityReason] = column("What they have in common.")
    open_action_items: list[AnActionItem] = batched(
        alike.open_action_items, description="What is still owed so that it does not come back, the most urgent first."
    )
