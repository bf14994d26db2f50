"""Facts about who is told of news on the status page. They hold a subscriber's id, never an address."""

from models.facts.base import Fact, Names, fact


@fact("subscriber.added", audited=True)
class SubscriberAdded(Fact):
    """An admin vouched for an address: it is told of news without having confirmed that itself."""

    subscriber_id: int
    channel: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} added a subscriber of the status page ({self.channel.lower()})."


@fact("subscriber.confirmed")
class SubscriberConfirmed(Fact):
    """Somebody who asked for news proved that the address is theirs."""

    subscriber_id: int
    channel: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"A subscriber of the status page confirmed ({self.channel.lower()})."


@fact("subscriber.removed", audited=True)
class SubscriberRemoved(Fact):
    """An admin had an address told nothing more."""

    subscriber_id: int
    channel: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} removed a subscriber of the status page ({self.channel.lower()})."


@fact("subscriber.unsubscribed")
class SubscriberUnsubscribed(Fact):
    """Somebody wants no more news; the address is erased within 30 days."""

    subscriber_id: int
    channel: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"A subscriber of the status page left ({self.channel.lower()})."


@fact("subscriber.disabled")
class SubscriberDisabled(Fact):
    """An address is told nothing more because it does not work: the notice for admins."""

    subscriber_id: int
    channel: str
    error: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"A subscriber of the status page was disabled ({self.channel.lower()}): {self.error}"


@fact("suppression.lifted", audited=True)
class SuppressionLifted(Fact):
    """An admin allowed mail again to an address that had refused it for good."""

    suppression_id: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} lifted the suppression of an address."
