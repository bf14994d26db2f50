"""What would become of alerts if they came now."""

import strawberry
from strawberry.scalars import JSON

from actions.alerts.rehearsal import RoutingFate
from resolvers.fields import column


@strawberry.type(description="A rule that stands before the one that an alert takes.")
class PassedOverRule:
    rule: str = column("Its name.")
    because: str = column("Why the alert does not take it.")


@strawberry.type(description="What would become of an alert if it came now. Nothing was done.")
class AlertTrial:
    title: str = column("What it says.")
    labels: JSON = column("Its labels.")
    firing: bool = column("Whether it fires; else it has ended.")
    passed_over: list[PassedOverRule] = column("The rules that are tried before its own, in their order.")
    rule: str | None = column("The rule that it takes; null: none matches.")
    service: str | None = column("The slug of the service that it is about, where it is new.")
    severity: str | None = column("The name of the severity that its rule suggests, where it is new.")
    held_because: str | None = column("What holds it back: a silence, planned work, a snooze.")
    fate: RoutingFate | None = column("What becomes of it; null: it is known already, or has ended.")
    words: str = column("The same in words.")
