"""The chart of the report on fatigue: of each rule what led to action, and what led to none."""

from collections import Counter

from console.board.charts.bars import Bar, Layer, rows
from console.board.charts.drawing import Drawing
from resolvers.fatigue import Fatigue

SHOWN = 8


def chart_of(found: Fatigue) -> Drawing | None:
    """Lying bars of the first rules of the report; None where there are no alerts."""
    if not found.rules:
        return None
    shown = found.rules[:SHOWN]
    often = Counter(each.rule for each in shown)
    names = [f"{each.rule} · {each.source}" if often[each.rule] > 1 else each.rule for each in shown]
    bars = [
        Bar(
            name,
            [Layer("c-useful", each.acted), Layer("c-noise", each.alerts - each.acted)],
            f"{each.acted:,} of {each.alerts:,}",
        )
        for name, each in zip(names, shown, strict=True)
    ]
    told = ", ".join(f"{name} {each.acted:,} of {each.alerts:,}" for name, each in zip(names, shown, strict=True))
    return rows("fatigue", "Alerts that led to action, by rule", f"Led to action: {told}.", bars)
