"""Facts about the configuration: who changed what. They have no incident and no number; auditors read them."""

from typing import Any

from models.facts.base import Fact, Names, fact


@fact("setting.saved")
class SettingSaved(Fact):
    """A user, team, role, service, component, severity, routing rule or the organisation was created or changed."""

    noun: str
    key: int
    created: bool
    changed: dict[str, Any]

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} {'created' if self.created else 'changed'} a {self.noun.replace('_', ' ')}."


@fact("setting.deleted")
class SettingDeleted(Fact):
    """A routing rule or a webhook is gone."""

    noun: str
    key: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} deleted a {self.noun.replace('_', ' ')}."


@fact("access.granted")
class AccessGranted(Fact):
    """A token, an alert source's key, a webhook's secret or a sign-in link was made."""

    noun: str
    key: int
    access_role: str | None = None
    for_user_id: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} created a {self.noun.replace('_', ' ')}."


@fact("person.signed_in")
class PersonSignedIn(Fact):
    """A person signed in with a browser."""

    user_id: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{names.of('user', self.user_id)} signed in."


@fact("delivery.failed")
class DeliveryFailed(Fact):
    """A message did not reach its recipient after all attempts."""

    delivery_id: int
    channel: str
    error: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"A {self.channel} message could not be delivered: {self.error}"
