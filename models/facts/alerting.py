"""Facts about alerts."""

from models.facts.base import Fact, Names, fact


@fact("alert.received")
class AlertReceived(Fact):
    """A monitor fired. Repeats of the same alert are counted on its row and make no event."""

    alert_id: int
    source_id: int
    title: str
    fingerprint: str
    starts_at: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{names.of('source', self.source_id)} reported “{self.title}”."


@fact("alert.acknowledged")
class AlertAcknowledged(Fact):
    """Somebody looks at it."""

    alert_id: int
    title: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} acknowledged the alert “{self.title}”."


@fact("alert.resolved")
class AlertResolved(Fact):
    """It no longer fires, or somebody closed it by hand."""

    alert_id: int
    title: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"The alert “{self.title}” was resolved by {who}."


@fact("alert.linked")
class AlertLinked(Fact):
    """It belongs to this incident; on the incident's timeline."""

    alert_id: int
    title: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} linked the alert “{self.title}”."


@fact("alert.unlinked")
class AlertUnlinked(Fact):
    """It does not belong to this incident; on the incident's timeline."""

    alert_id: int
    title: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} unlinked the alert “{self.title}”."
