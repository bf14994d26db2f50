"""What would have been spared if alerts on which nobody acts were dropped: routing rules for them, and a dry run."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from actions.alerts.rule_files import as_file
from actions.alerts.rule_versions import as_kept, exported
from actions.alerts.rules import MAX_RULES
from actions.check import TITLE
from console.desk import Desk
from models.alert import RoutingRule
from resolvers.fatigue import Fatigue, RuleLine
from resolvers.routing import trial_of
from resolvers.spared import Saved, spared

MOST = 20
"""Rules that are proposed, those with the most pages and alerts."""
REASON = "Nobody acts on it."


class Dropped(NamedTuple):
    """What dropping would have spared, and all rules as they would be, as a file."""

    estimate: Saved
    rules: str
    days: int


def useless_of(found: Fatigue) -> list[RuleLine]:
    """The monitors' rules on which nobody ever acted, those that paged most first."""
    useless = [each for each in found.rules if not each.acted]
    return sorted(useless, key=lambda each: (-each.pages, -each.alerts))[:MOST]


async def dropping(desk: Desk, useless: Sequence[RuleLine], days: int) -> Dropped:
    """A dry run with rules before all others that drop these. Needs the permission to administer."""
    order = select(RoutingRule).order_by(RoutingRule.position, RoutingRule.id)
    present = await desk.ctx.reader.rows(RoutingRule, order)
    written = (await exported(desk.ctx.reader, [[as_kept(row) for row in present]]))[0]
    rules: Any = [*map(_drop, useless[: MAX_RULES - len(written)]), *written]
    tried = await trial_of(desk.ctx, rules=rules, days=days)
    return Dropped(await spared(desk.ctx, tried), as_file(rules).removeprefix("---\n"), days)


def _drop(line: RuleLine) -> dict[str, Any]:
    """The rule that drops what a monitor's rule raises, which is called by its label, else by the title."""
    name, source = json.dumps(line.rule, ensure_ascii=False), json.dumps(line.source, ensure_ascii=False)
    called = f'("alertname" in labels ? labels["alertname"] : title) == {name}'
    return {
        "name": f"Drop {line.rule}"[:TITLE],
        "matchers": {},
        "condition": f"source == {source} && {called}",
        "drop_reason": REASON,
    }
