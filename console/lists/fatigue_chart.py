"""The chart of the report on fatigue: of each rule what led to action, and what led to none."""

from console.board.charts.bars import Bar, Layer, rows
from console.board.charts.drawing import Drawing
from resolvers.fatigue import Fatigue

SHOWN = 8


def chart_of(found: Fatigue) -> Drawing | None:
    """Lying bars of the first rules of the report; None where there are no alerts."""
    if not found.rules:
        return None
    shown = found.rules[:SHOWN]
    bars = [
        Bar(
            each.rule,
            [Layer("c-useful", each.acted), Layer("c-noise", each.alerts - each.acted)],
            f"{each.acted:,} of {each.alerts:,}",
        )
        for each in shown
    ]
    told = ", ".join(f"{each.rule} {each.acted:,} of {each.alerts:,}" for each in shown)
    return rows("fatigue", "Alerts that led to action, by rule", f"Led to action: {told}.", bars)
