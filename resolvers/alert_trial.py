"""What would become of alerts that a monitor posts, by the rules in force or by others. Nothing of it is kept."""

from strawberry import UNSET
from strawberry.scalars import JSON

from actions.alerts.rule_sets import apply_routing_rules
from actions.alerts.sources import GENERIC
from actions.alerts.trying import TriedAlert
from auth.permission import Permission, require
from core.errors import invalid
from resolvers.context import Context
from resolvers.mutations.perform import refusing
from resolvers.source_preview import LONGEST, READS_NONE

TRY_PAYLOAD = "try_payload"
"""What `server` puts into `Runtime.offers`: integrations.source_trial, which knows how vendors write."""


async def alert_trial(
    ctx: Context, *, payload: str, source: str = GENERIC, rules: JSON | None = None
) -> list[TriedAlert]:
    """What the intake would make of each alert of a payload that a source, by name or kind, delivers now.

    With `rules` as if these were in force. INVALID_INPUT at `payload`, `source`, or the rule at fault, as applying the
    rules would; needs the permission to administer.
    """
    require(ctx.actor, Permission.ADMINISTER)
    if len(payload) > LONGEST:
        raise invalid("payload", f"A payload to try has at most {LONGEST:,} characters.", "Send a shorter one.")
    offered = ctx.runtime.offered(TRY_PAYLOAD, READS_NONE)
    # Its siblings read meanwhile: their snapshot stays, and few at a time take a second connection.
    async with ctx.runtime.rehearsing, ctx.runtime.database.rehearsal(ctx.client) as session:
        with refusing():
            if rules is not None and rules is not UNSET:
                await apply_routing_rules(session, ctx.actor, rules=rules)
            found: list[TriedAlert] = await offered(session, source, payload.encode())
            return found
