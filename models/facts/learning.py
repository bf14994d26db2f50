"""Facts about postmortems and action items."""

from typing import Any

from models.facts.base import Fact, Names, fact


@fact("postmortem.drafted")
class PostmortemDrafted(Fact):
    """The draft was assembled from the record for the first time."""

    statements: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"The postmortem was drafted: {self.statements} statements from the record."


@fact("postmortem.reassembled")
class PostmortemReassembled(Fact):
    """The generated parts were brought up to date; what people wrote was left alone."""

    statements: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return "The postmortem’s generated parts were brought up to date."


@fact("postmortem.edited")
class PostmortemEdited(Fact):
    """A person wrote a section."""

    section: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} edited the postmortem’s section “{self.section.replace('_', ' ')}”."


@fact("postmortem.published")
class PostmortemPublished(Fact):
    """The postmortem is finished and can be read by everyone who may see the incident."""

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} published the postmortem."


@fact("action_item.added")
class ActionItemAdded(Fact):
    """A team owes something so that it does not come back."""

    action_item_id: int
    title: str
    owner_team_id: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} added the action item “{self.title}” for {names.of('team', self.owner_team_id)}."


@fact("action_item.ticket_opened")
class ActionItemTicketOpened(Fact):
    """An action item is followed in a ticket from now on."""

    action_item_id: int
    title: str
    integration_id: int
    url: str | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        vendor = names.of("integration", self.integration_id)
        return f"{vendor} opened a ticket for the action item “{self.title}”{f': {self.url}' if self.url else '.'}"


@fact("action_item.ticket_failed")
class ActionItemTicketFailed(Fact):
    """The ticket of an action item could not be opened, or brought up to date; `error` says what to mend."""

    action_item_id: int
    title: str
    integration_id: int
    error: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        vendor = names.of("integration", self.integration_id)
        return f"{vendor} could not keep the ticket of the action item “{self.title}”: {self.error}"


@fact("action_item.changed")
class ActionItemChanged(Fact):
    """Its state, owner, assignee, priority, due date or title changed."""

    action_item_id: int
    title: str
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        if "state" in self.after:
            to = str(self.after["state"]).lower().replace("_", " ")
            return f"{who} moved the action item “{self.title}” to {to}{f': {self.reason}' if self.reason else '.'}"
        return f"{who} changed the action item “{self.title}”."
