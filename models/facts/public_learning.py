"""Facts about the postmortem that customers read. The words are the event's text."""

from models.facts.base import Fact, Names, fact


@fact("public_postmortem.published", audited=True)
class PublicPostmortemPublished(Fact):
    """Customers were told what was learned of an incident."""

    public_postmortem_id: int
    notify: bool = True

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} published a postmortem for customers."


@fact("public_postmortem.edited", audited=True)
class PublicPostmortemEdited(Fact):
    """The postmortem that customers read was reworded."""

    public_postmortem_id: int
    notify: bool = False

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} edited the postmortem for customers."


@fact("public_postmortem.withdrawn", audited=True)
class PublicPostmortemWithdrawn(Fact):
    """The postmortem that customers read was taken back; it is nowhere on the status page any more."""

    public_postmortem_id: int
    reason: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} withdrew the postmortem for customers: {self.reason}"
