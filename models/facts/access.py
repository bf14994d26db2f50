"""Facts about who may come in: credentials, sessions and refusals. No incident, no number; auditors read them."""

from models.facts.base import Fact, Names, fact


@fact("access.granted", audited=True)
class AccessGranted(Fact):
    """A token, an alert source's key, a webhook's secret or a sign-in link was made."""

    noun: str
    key: int
    access_role: str | None = None
    for_user_id: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} created a {self.noun.replace('_', ' ')}."


@fact("person.signed_in", audited=True)
class PersonSignedIn(Fact):
    """A person signed in with a browser: by a one-time link, or through an identity provider."""

    user_id: int
    provider: str | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{names.of('user', self.user_id)} signed in."


@fact("person.signed_out", audited=True)
class PersonSignedOut(Fact):
    """A browser session ended before its time: by its person, an admin, or the identity provider."""

    user_id: int
    session_id: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{names.of('user', self.user_id)} was signed out."


@fact("person.sign_in_refused", audited=True)
class SignInRefused(Fact):
    """Somebody whom an identity provider vouched for was not let in. The text says why, for admins."""

    provider: str
    cause: str
    reason: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"A sign-in through {self.provider} was refused ({self.cause}): {self.reason}"


@fact("access.revoked", audited=True)
class AccessRevoked(Fact):
    """A token, client or link was ended before its time."""

    noun: str
    key: int
    for_user_id: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} revoked a {self.noun.replace('_', ' ')}."


@fact("access.rotated", audited=True)
class AccessRotated(Fact):
    """A token, or a secret of a client or an alert source, has a successor; the old is good until `old_expires_at`."""

    noun: str
    key: int
    successor: int | None = None
    old_expires_at: str | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} rotated a {self.noun.replace('_', ' ')}."


@fact("access.refused", audited=True)
class AccessRefused(Fact):
    """Something was asked for that was not allowed. Repeats within a minute are counted in one event."""

    code: str
    doorway: str
    times: int = 1

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        often = f" {self.times} times" if self.times > 1 else ""
        return f"{who} was refused{often} at {self.doorway} ({self.code})."
