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


@fact("postmortem.factors_chosen")
class FactorsChosen(Fact):
    """A person said what contributed to the incident: kinds of factors, the weightiest first."""

    factor_kind_ids: list[int]

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        several = (
            "one contributing factor" if len(self.factor_kind_ids) == 1 else f"{len(self.factor_kind_ids)} factors"
        )
        return f"{who} chose {several}."


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
            return (
                f"{who} moved the action item “{self.title}” to {str(self.after['state']).lower().replace('_', ' ')}."
            )
        return f"{who} changed the action item “{self.title}”."
