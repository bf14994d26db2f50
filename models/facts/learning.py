"""Facts about postmortems and action items."""

from typing import Any

from models.facts.base import Fact, Names, calendar_day, clock_time, fact
from models.words import ItemReminder


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
    """A person wrote a section. `blaming`, once it is published: how many phrases of the postmortem blame somebody."""

    section: str
    blaming: int | None = None

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
    """The postmortem is finished and can be read by everyone who may see the incident.

    `blaming`: how many of its phrases were marked as blaming somebody; absent of those from before they were counted.
    """

    blaming: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} published the postmortem."


@fact("postmortem.review_requested")
class ReviewRequested(Fact):
    """The postmortem is in review; these people were asked to look at it."""

    user_ids: list[int]

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        people = ", ".join(names.of("user", key) for key in self.user_ids)
        return f"{who} asked {people} to review the postmortem."


@fact("postmortem.reviewed")
class PostmortemReviewed(Fact):
    """A reviewer approved the postmortem, or asked for changes."""

    decision: str
    note: str | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        did = "approved the postmortem" if self.decision == "APPROVED" else "asked for changes to the postmortem"
        return f"{who} {did}: {self.note}" if self.note else f"{who} {did}."


@fact("postmortem.commented")
class PostmortemCommented(Fact):
    """A person remarked something on a section. The words are the comment's."""

    section: str
    comment_id: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} commented on the postmortem’s section “{self.section.replace('_', ' ')}”."


@fact("postmortem.comment_resolved")
class CommentResolved(Fact):
    """A remark on the postmortem was dealt with, or taken up again."""

    comment_id: int
    resolved: bool = True

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} {'resolved' if self.resolved else 'took up again'} a comment on the postmortem."


@fact("postmortem.edit_suggested")
class EditSuggested(Fact):
    """A person suggested how a section should read."""

    section: str
    suggestion_id: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} suggested a wording for the postmortem’s section “{self.section.replace('_', ' ')}”."


@fact("postmortem.suggestion_decided")
class SuggestionDecided(Fact):
    """A suggested wording was accepted, and stands there, or declined.

    `blaming`, once it is published: how many phrases of the postmortem blame somebody.
    """

    section: str
    suggestion_id: int
    accepted: bool = False
    blaming: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        did = "accepted" if self.accepted else "declined"
        return f"{who} {did} a wording for the postmortem’s section “{self.section.replace('_', ' ')}”."


@fact("postmortem.wording_asked")
class WordingAsked(Fact):
    """A language model was asked how sections of the postmortem could be worded."""

    integration_id: int
    sections: list[str]

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        asked = names.of("integration", self.integration_id)
        several = "one section" if len(self.sections) == 1 else f"{len(self.sections)} sections"
        return f"{who} asked {asked} how {several} of the postmortem could be worded."


@fact("postmortem.wording_proposed")
class WordingProposed(Fact):
    """A language model proposed wordings, which are suggestions until a person accepts them.

    `uncited` and `blaming`: how many of its sentences were dropped, as they rest on no event that it was given, or
    blame somebody.
    """

    integration_id: int
    model: str
    sections: list[str]
    suggestion_ids: list[int]
    kept: int
    uncited: int = 0
    blaming: int = 0

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        kept = "One sentence was" if self.kept == 1 else f"{self.kept} sentences were"
        dropped = self.uncited + self.blaming
        end = f", {dropped} dropped." if dropped else "."
        return f"{kept} proposed for the postmortem by a language model ({self.model}){end}"


@fact("postmortem.wording_failed")
class WordingFailed(Fact):
    """Nothing came of asking a language model for wordings; `error` says why."""

    integration_id: int
    error: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{names.of('integration', self.integration_id)} proposed no wording for the postmortem: {self.error}"


@fact("postmortem.reminded")
class PostmortemReminded(Fact):
    """The postmortem is due soon, or overdue, and not published."""

    due_at: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"The postmortem is due at {clock_time(self.due_at)}."


@fact("action_item.added")
class ActionItemAdded(Fact):
    """A team owes something so that it does not come back."""

    action_item_id: int
    title: str
    owner_team_id: int
    item_kind: str | None = None
    due_on: str | None = None
    assign_by: str | None = None
    escalate_days: int | None = None
    """By when it is due and must be somebody's, and when its team's manager is told: what held when it was added."""

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} added the action item “{self.title}” for {names.of('team', self.owner_team_id)}."


@fact("action_item.reminded")
class ActionItemReminded(Fact):
    """An action item is nobody's yet, is due soon, or is overdue: `reminder` is UNASSIGNED, SOON or OVERDUE."""

    action_item_id: int
    title: str
    reminder: str
    owner_team_id: int
    due_on: str | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        team = names.of("team", self.owner_team_id)
        if self.reminder == ItemReminder.UNASSIGNED:
            return f"The action item “{self.title}” of {team} should be somebody’s by now, and is nobody’s."
        day = calendar_day(self.due_on or "")
        if self.reminder == ItemReminder.SOON:
            return f"The action item “{self.title}” of {team} is due on {day}."
        return f"The action item “{self.title}” of {team} is overdue: it was due on {day}."


@fact("action_item.escalated")
class ActionItemEscalated(Fact):
    """An action item has been overdue for so long that its team's manager is told; without one, the team is."""

    action_item_id: int
    title: str
    owner_team_id: int
    due_on: str
    manager_user_id: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        told = names.of("user", self.manager_user_id) if self.manager_user_id is not None else "The team"
        team = names.of("team", self.owner_team_id)
        day = calendar_day(self.due_on)
        return f"{told} was told that the action item “{self.title}” of {team} was due on {day} and is not done."


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
    """Its state, owner, assignee, priority, kind, due date or title changed."""

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
