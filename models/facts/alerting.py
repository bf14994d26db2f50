"""Facts about alerts."""

from models.facts.base import Fact, Names, clock_time, fact


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


@fact("alert.suppressed")
class AlertSuppressed(Fact):
    """It was held back: it makes no incident, and nobody is paged for it."""

    alert_id: int
    silence_id: int | None = None
    title: str
    because: str
    maintenance_id: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"The alert “{self.title}” was held back. {self.because}"


@fact("alert.dropped")
class AlertDropped(Fact):
    """Its routing rule says that it is noise: it is kept, makes no incident, and nobody is paged for it."""

    alert_id: int
    rule_id: int
    title: str
    because: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"The alert “{self.title}” was dropped. {self.because}"


@fact("alert.released")
class AlertReleased(Fact):
    """What held it back is over while it still fires: it is routed as a new one, or wakes in its incident."""

    alert_id: int
    silence_id: int | None = None
    title: str
    maintenance_id: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        if self.silence_id is not None:
            return f"The alert “{self.title}” still fires after its silence."
        over = "it was snoozed" if self.maintenance_id is None else "the planned work"
        return f"The alert “{self.title}” still fires after {over}."


@fact("alert.snoozed")
class AlertSnoozed(Fact):
    """Somebody made it quiet until a time; with its group that goes for what comes in this, too."""

    alert_id: int
    title: str
    until: str
    group: bool = False

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        also = " and its group" if self.group else ""
        return f"{who} snoozed the alert “{self.title}”{also} until {clock_time(self.until)}."


@fact("alert.unsnoozed")
class AlertUnsnoozed(Fact):
    """Somebody woke it before its time."""

    alert_id: int
    title: str
    group: bool = False

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} woke the alert “{self.title}”{' and its group' if self.group else ''}."


@fact("alert.flapped")
class AlertFlapped(Fact):
    """It changes too often: from now on it pages no more, and fires on until it is calm."""

    alert_id: int
    title: str
    changes: int
    minutes: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"The alert “{self.title}” flaps: it changed {self.changes} times within {self.minutes} minutes."


@fact("alert.calmed")
class AlertCalmed(Fact):
    """It flaps no more: it is what its monitor last said of it."""

    alert_id: int
    title: str
    changes: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"The alert “{self.title}” is calm after {self.changes} changes."


@fact("alert.marked_noise")
class AlertMarkedNoise(Fact):
    """Somebody says that it told nothing: the report on alert fatigue counts it."""

    alert_id: int
    title: str
    reason: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} marked the alert “{self.title}” as noise: {self.reason}"


@fact("alert.unmarked_noise")
class AlertUnmarkedNoise(Fact):
    """It was no noise after all."""

    alert_id: int
    title: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} took back that the alert “{self.title}” is noise."


@fact("alert_storm.began")
class StormBegan(Fact):
    """Alerts would open more incidents in a minute than are allowed: this one holds them all until it is calm."""

    allowed: int
    incidents: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return (
            f"An alert storm began: {self.incidents} incidents within a minute, and {self.allowed} are allowed."
            " All alerts that come are in this one."
        )


@fact("alert_storm.grew")
class StormGrew(Fact):
    """So many alerts more came in the storm; each has its own event, beside this timeline."""

    alerts: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{self.alerts} {'alert' if self.alerts == 1 else 'alerts'} more in the storm, from {who}."


@fact("alert_storm.ended")
class StormEnded(Fact):
    """It is calm: what comes now is routed as ever."""

    alerts: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"The alert storm is over: {self.alerts} alerts."


@fact("silence.saved")
class SilenceSaved(Fact):
    """Alerts like these are held back from now or a later moment on, or for another time than before."""

    silence_id: int
    created: bool
    starts_at: str
    ends_at: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} {'set' if self.created else 'changed'} a silence of alerts until {clock_time(self.ends_at)}."


@fact("silence.ended")
class SilenceEnded(Fact):
    """A silence was ended before its time; what still fires is routed."""

    silence_id: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} ended a silence of alerts."
