"""Facts about the configuration: who changed what. They have no incident and no number; auditors read them."""

from typing import Any

from models.facts.base import Fact, Names, fact


@fact("setting.saved", audited=True)
class SettingSaved(Fact):
    """A user, team, role, service, component, severity, routing rule or the organisation was created or changed."""

    noun: str
    key: int
    created: bool
    changed: dict[str, Any]

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} {'created' if self.created else 'changed'} a {self.noun.replace('_', ' ')}."


@fact("setting.deleted", audited=True)
class SettingDeleted(Fact):
    """A routing rule or a webhook is gone."""

    noun: str
    key: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} deleted a {self.noun.replace('_', ' ')}."


@fact("delivery.failed")
class DeliveryFailed(Fact):
    """A message did not reach its recipient after all attempts."""

    delivery_id: int
    channel: str
    error: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"A {self.channel} message could not be delivered: {self.error}"


@fact("export.failed")
class ExportFailed(Fact):
    """The status page could not be published to its folder or bucket. Told once, not at each attempt."""

    target: str
    error: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"The status page could not be exported to {self.target}: {self.error}"


@fact("export.recovered")
class ExportRecovered(Fact):
    """The status page is published to its folder or bucket again."""

    target: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"The status page is exported to {self.target} again."
