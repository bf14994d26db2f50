"""What the metrics of the services say, a sentence each. Curves are drawn elsewhere (actions.postmortems.chart)."""

from collections.abc import Iterator
from typing import Any

from actions.postmortems.material import Material
from actions.postmortems.sections import Draft
from models.metric import MetricSnapshot
from models.response_times import spoken_duration


def measured(material: Material) -> Iterator[Draft]:
    """A line on each metric that was kept, and one on each that could not be read."""
    for snapshot in material.metrics:
        sources = tuple(
            event.id
            for event in material.of_kind("metric.measured")
            if snapshot.id in (*event.data.get("snapshot_ids", ()), *event.data.get("failed_ids", ()))
        )
        name = f"{snapshot.name} of {material.names.of('service', snapshot.service_id)}"
        said = f"{name} {_course(snapshot)}" if snapshot.error is None else f"{name} is not known: {snapshot.error}"
        yield Draft("impact", said, sources[-1:])


def _course(snapshot: MetricSnapshot) -> str:
    """From where to where the values went."""
    values = [value for one in snapshot.series for value in one["values"] if value is not None]
    if not values:
        return "has no values for the time of the incident."
    unit = f" {snapshot.unit}" if snapshot.unit else ""
    lasted = spoken_duration(snapshot.ends_at - snapshot.starts_at)
    several = f" ({len(snapshot.series)} series)" if len(snapshot.series) > 1 else ""
    return f"was between {short(min(values))} and {short(max(values))}{unit} within {lasted}{several}."


def short(value: Any) -> str:
    """A number as people write it: at most four digits that count."""
    number = float(value)
    return f"{number:,.0f}" if number.is_integer() and abs(number) < 1e12 else f"{number:,.4g}"  # noqa: PLR2004
