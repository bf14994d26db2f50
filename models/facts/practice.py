"""Facts about the checks of the practice."""

from models.facts.base import Fact, Names, fact


@fact("practice.tuned", audited=True)
class CheckTuned(Fact):
    """A check was switched on or off, or given other numbers, all of which stand here; the reason is the event's text.

    Without `limit` and `target` those of the check itself hold.
    """

    check: str
    version: int
    enabled: bool
    limit: int | None = None
    target: float | None = None
    reason: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        did = "tuned" if self.enabled else "switched off"
        return f"{who} {did} the check {self.check.replace('_', ' ')}: {self.reason}"
