"""What a routing rule would have spared people, told in its form before it is saved."""

from typing import Any

from actions.alerts.rule_versions import as_kept, exported
from console.desk import Desk
from core.errors import DomainError
from resolvers.fatigue import USUAL
from resolvers.mutations.perform import Given
from resolvers.routing import trial_of
from resolvers.spared import Saved, spared

ESTIMATE = "_estimate"
"""The name of the button."""


async def estimated(desk: Desk, rows: list[Any], given: Given, changed: int | None) -> Saved:
    """The alerts of the last four weeks by the present rules, and with this one: new, or in place of the `changed`.

    INVALID_INPUT at the field of the rule, as saving it would.
    """
    kept = [as_kept(row) for row in rows if row.id != changed]
    own = [as_kept(row) for row in rows if row.id == changed]
    others, mine = await exported(desk.ctx.reader, [kept, own])
    position = given.get("position") or (own[0]["position"] if own else None)
    # Among equals the older one is tried first.
    index = len(kept)
    if position is not None:
        index = sum((each["position"], each["id"]) < (position, changed or float("inf")) for each in kept)
    rule = {**(mine[0] if mine else {}), **{name: value for name, value in given.items() if name != "position"}}
    rules: Any = [*others[:index], rule, *others[index:]]
    try:
        return await spared(desk.ctx, await trial_of(desk.ctx, rules=rules, days=USUAL))
    except DomainError as error:
        error.field = (error.field or "").removeprefix(f"rules.{index}").removeprefix(".") or None
        raise
