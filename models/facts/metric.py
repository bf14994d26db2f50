"""Facts about what monitors measured."""

from dataclasses import field

from models.facts.base import Fact, Names, fact


@fact("metric.measured")
class MetricMeasured(Fact):
    """What the services' metrics were during the incident was kept, as snapshots; some could perhaps not be asked."""

    snapshot_ids: list[int] = field(default_factory=list)
    failed_ids: list[int] = field(default_factory=list)

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        kept, failed = len(self.snapshot_ids), len(self.failed_ids)
        said = [f"{kept} {'metric was' if kept == 1 else 'metrics were'} kept"] if kept else []
        said += [f"{failed} could not be read"] if failed else []
        return f"{' and '.join(said) or 'No metric was kept'} for the time of the incident."
