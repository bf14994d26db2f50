"""A metric as a picture: SVG with title, axes, units and words for those who don't see it.

Everything is drawn in `currentColor`, so that it suits light and dark paper alike; curves differ by their dashes. There
is no style and no script in it: it may stand in any page, whatever that forbids.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from actions.postmortems.measured import short
from models.metric import MetricSnapshot

WIDTH, HEIGHT = 720, 280
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 44, 44
LEGEND = 16
"""Height of a line that names a curve."""
DASHES = ("none", "6 3", "2 3", "8 3 2 3", "12 4", "1 4", "10 2 2 2", "4 6", "3 1", "6 6")
UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for."""
LABEL = 90
STEPS = (1, 2, 2.5, 5, 10)
SPANS = tuple(timedelta(minutes=m) for m in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 43200))
"""How far apart times on the axis may stand."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment of the incident: a line from top to bottom."""

    moment: datetime
    words: str


def chart(snapshot: MetricSnapshot, title: str, marks: Iterable[Mark] = ()) -> str:
    """The picture of a snapshot; one without values is a picture that says so."""
    series = [(one["labels"], one["values"]) for one in snapshot.series]
    values = [value for _, own in series for value in own if value is not None]
    key, height = f"metric-{snapshot.id}", HEIGHT + LEGEND * (len(series) if len(series) > 1 else 0)
    head = _title(snapshot, title)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
            f' aria-labelledby="{key}-title {key}-words" fill="none" stroke="currentColor" font-family="sans-serif"'
            ' font-size="11">'
        ),
        f'<title id="{key}-title">{_text(head)}</title>',
        f'<desc id="{key}-words">{_text(description(snapshot, values))}</desc>',
        _label(LEFT, 18, head, size=13),
    ]
    if not values:
        parts.append(_label(WIDTH / 2, HEIGHT / 2, snapshot.error or "No values.", anchor="middle"))
    else:
        low, high, ticks = _scale(values)
        plot = _Plot(snapshot, low, high)
        parts += [*plot.rows(ticks), *plot.columns(), *plot.marks(marks)]
        parts += [plot.curve(own, DASHES[i % len(DASHES)]) for i, (_, own) in enumerate(series)]
        parts += _legend([labels for labels, _ in series]) if len(series) > 1 else []
    return "".join([*parts, "</svg>"])


def description(snapshot: MetricSnapshot, values: Sequence[float]) -> str:
    """The picture in words."""
    span = f"From {snapshot.starts_at:%Y-%m-%d %H:%M} to {snapshot.ends_at:%Y-%m-%d %H:%M} UTC"
    if not values:
        return f"{span} there are no values. {snapshot.error or ''}".strip()
    unit = f" {snapshot.unit}" if snapshot.unit else ""
    said = [f"{span}, between {short(min(values))} and {short(max(values))}{unit}."]
    for one in snapshot.series:
        own = [(value, place) for place, value in enumerate(one["values"]) if value is not None]
        if own:
            top, place = max(own, key=lambda each: each[0])
            when = snapshot.starts_at + place * timedelta(seconds=snapshot.step_seconds)
            name = f"{_named(one['labels'])}: " if len(snapshot.series) > 1 else ""
            said.append(f"{name}Highest at {when:%H:%M} UTC with {short(top)}, {short(own[-1][0])} at the end.")
    if snapshot.left_out:
        said.append(f"{snapshot.left_out} more series are not shown.")
    return " ".join(said)


@dataclass(frozen=True, slots=True)
class _Plot:
    snapshot: MetricSnapshot
    low: float
    high: float

    def x(self, moment: datetime) -> float:
        whole = (self.snapshot.ends_at - self.snapshot.starts_at) or timedelta(seconds=1)
        return LEFT + (WIDTH - LEFT - RIGHT) * ((moment - self.snapshot.starts_at) / whole)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - self.low) / (self.high - self.low)

    def rows(self, ticks: Iterable[float]) -> Iterator[str]:
        """The axis of values: a line and a number each, and the unit above."""
        for tick in ticks:
            y = self.y(tick)
            yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke-opacity="0.2"/>'
            yield _label(LEFT - 6, y + 4, short(tick), anchor="end")
        yield _label(LEFT - 6, TOP - 10, self.snapshot.unit or "value", anchor="end")

    def columns(self) -> Iterator[str]:
        """The axis of time, in UTC."""
        start, end = self.snapshot.starts_at, self.snapshot.ends_at
        apart = next((span for span in SPANS if (end - start) / span <= 8), SPANS[-1])  # noqa: PLR2004 (room for labels)
        days = apart >= timedelta(days=1)
        moment = datetime.fromtimestamp(
            math.ceil(start.timestamp() / apart.total_seconds()) * apart.total_seconds(), start.tzinfo
        )
        yield f'<path d="M{LEFT} {HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>'
        while moment <= end:
            x = self.x(moment)
            yield f'<path d="M{x:.1f} {HEIGHT - BOTTOM}v5"/>'
            yield _label(x, HEIGHT - BOTTOM + 18, f"{moment:%d %b}" if days else f"{moment:%H:%M}", anchor="middle")
            moment += apart
        yield _label(WIDTH - RIGHT, HEIGHT - 8, f"UTC, from {start:%Y-%m-%d}", anchor="end")

    def marks(self, marks: Iterable[Mark]) -> Iterator[str]:
        """The moments of the incident, as far as they lie within."""
        for place, mark in enumerate(marks):
            if self.snapshot.starts_at <= mark.moment <= self.snapshot.ends_at:
                x = self.x(mark.moment)
                yield f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke-dasharray="2 2" stroke-opacity="0.6"/>'
                yield _label(x + 3, TOP + 10 + 12 * (place % 3), mark.words, size=10)

    def curve(self, values: Sequence[float | None], dashes: str) -> str:
        """A line, broken where there are no values; a value between two gaps is a dot."""
        path, pen = [], False
        for place, value in enumerate(values):
            if value is None:
                pen = False
                continue
            moment = self.snapshot.starts_at + place * timedelta(seconds=self.snapshot.step_seconds)
            path.append(f"{'L' if pen else 'M'}{self.x(moment):.1f} {self.y(value):.1f}")
            if not pen and (place + 1 == len(values) or values[place + 1] is None):
                path.append("h0.1")
            pen = True
        return f'<path d="{"".join(path)}" stroke-width="1.5" stroke-linecap="round" stroke-dasharray="{dashes}"/>'


def _scale(values: Sequence[float]) -> tuple[float, float, list[float]]:
    """From where to where the axis goes, and the round numbers on it; 0 is on it where that costs little."""
    low, high = min(values), max(values)
    if low >= 0 and low < high / 2:
        low = 0.0
    if low == high:
        low, high = (0.0, high * 2) if high > 0 else (low * 2 or -1.0, 0.0 if low < 0 else 1.0)
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in STEPS if rough <= power * each * 1.0000001)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    return low, high, [low + step * i for i in range(round((high - low) / step) + 1)]


def _title(snapshot: MetricSnapshot, title: str) -> str:
    return f"{title} ({snapshot.unit})" if snapshot.unit else title


def _legend(labels: Sequence[dict[str, Any]]) -> Iterator[str]:
    for i, own in enumerate(labels):
        y = HEIGHT + LEGEND * i + 4
        yield f'<path d="M{LEFT} {y}h28" stroke-width="1.5" stroke-dasharray="{DASHES[i % len(DASHES)]}"/>'
        yield _label(LEFT + 36, y + 4, _named(own))


def _named(labels: dict[str, Any]) -> str:
    said = ", ".join(f"{name}={content}" for name, content in sorted(labels.items())) or "all"
    return said if len(said) <= LABEL else f"{said[: LABEL - 1]}…"


def _label(x: float, y: float, words: str, *, anchor: str = "start", size: int = 11) -> str:
    where = f'x="{x:.1f}" y="{y:.1f}" text-anchor={quoteattr(anchor)} font-size="{size}"'
    return f'<text {where} fill="currentColor" stroke="none">{_text(words)}</text>'


def _text(words: str) -> str:
    return escape(UNPRINTABLE.sub("\ufffd", words))
