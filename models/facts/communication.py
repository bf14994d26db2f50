"""Facts about what was said to whom, and about components as customers see them."""

from collections.abc import Sequence
from typing import Any

from models.facts.base import Fact, Names, clock_time, fact


def spoken(status: str) -> str:
    """A component status as a word inside a sentence."""
    return status.lower().replace("_", " ")


@fact("update.published")
class UpdatePublished(Fact):
    """The Communications Lead spoke; the words are the event's text."""

    update_id: int
    audience: str
    status: str | None = None
    components: Sequence[dict[str, Any]] = ()
    next_update_by: str | None = None
    notify: bool = True
    published_at: str | None = None
    """What a back-dated one is dated; absent of others. The event's recorded_at tells when it was written."""

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        status = f" ({self.status.lower()})" if self.status else ""
        dated = f", dated back to {clock_time(self.published_at)}" if self.published_at else ""
        return f"{who} published {'a public' if self.audience == 'PUBLIC' else 'an internal'} update{status}{dated}."


@fact("update.edited")
class UpdateEdited(Fact):
    """A published update was reworded; what it said before is kept."""

    update_id: int
    audience: str
    notify: bool = False
    earlier_hidden: bool | None = None
    """True: customers can no longer read what it said before."""

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        hidden = " and hid what it said before" if self.earlier_hidden else ""
        return f"{who} edited {'a public' if self.audience == 'PUBLIC' else 'an internal'} update{hidden}."


@fact("update.withdrawn")
class UpdateWithdrawn(Fact):
    """An update was taken back; it stays in the record."""

    update_id: int
    audience: str
    reason: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        which = "a public" if self.audience == "PUBLIC" else "an internal"
        return f"{who} withdrew {which} update: {self.reason}"


@fact("component.status_changed")
class ComponentStatusChanged(Fact):
    """What the status page shows of a component changed."""

    component_id: int
    before: str
    after: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        name = names.of("component", self.component_id)
        return f"{name} went from {spoken(self.before)} to {spoken(self.after)}."
