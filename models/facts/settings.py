"""Facts about the configuration: who changed what. They have no incident and no number; auditors read them."""

from typing import Any

from models.facts.base import Fact, Names, clock_time, fact


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


@fact("status_page.link_created", audited=True)
class PageLinkCreated(Fact):
    """A link was made that lets whoever has it read a status page."""

    page_id: int
    link_id: int
    expires_at: str | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        until = f" until {clock_time(self.expires_at)}" if self.expires_at else ""
        return f"{who} made a link that opens a status page{until}."


@fact("status_page.links_revoked", audited=True)
class PageLinksRevoked(Fact):
    """Every link to a status page was ended."""

    page_id: int
    links: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} ended {self.links} {'link' if self.links == 1 else 'links'} to a status page."


@fact("delivery.failed")
class DeliveryFailed(Fact):
    """A message did not reach its recipient after all attempts."""

    delivery_id: int
    channel: str
    error: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"A {self.channel} message could not be delivered: {self.error}"


@fact("delivery.repeated", audited=True)
class DeliveryRepeated(Fact):
    """An admin had a message to a webhook sent once more."""

    delivery_id: int
    webhook_id: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} had a message to a webhook sent once more."


@fact("alert_delivery.replayed", audited=True)
class UnreadReplayed(Fact):
    """An admin had a delivery read again of which no alerts could be made."""

    delivery_id: int
    source_id: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} had a delivery of the alert source {names.of('source', self.source_id)} read again."


@fact("job.retried", audited=True)
class JobsRetried(Fact):
    """Jobs that had been given up were given another life."""

    jobs: list[int]

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} had {_counted(self.jobs)} tried again."


@fact("job.discarded", audited=True)
class JobsDiscarded(Fact):
    """Jobs that had been given up were deleted: what they were to do is never done."""

    jobs: list[int]

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} discarded {_counted(self.jobs)}."


def _counted(jobs: list[int]) -> str:
    return "a job that had been given up" if len(jobs) == 1 else f"{len(jobs)} jobs that had been given up"


@fact("mail.tested")
class MailTested(Fact):
    """An admin asked for a mail to themselves, to see whether mail arrives."""

    user_id: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} asked for a test mail."


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
