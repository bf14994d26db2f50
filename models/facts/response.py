"""Facts about the people who respond: roles, entries, tasks, reminders."""

from models.facts.base import Fact, Names, fact


@fact("role.assigned")
class RoleAssigned(Fact):
    """A person took a role; whoever held it before was relieved in the same transaction."""

    role_id: int
    user_id: int
    previous_user_id: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        user, role = names.of("user", self.user_id), names.of("role", self.role_id)
        if self.previous_user_id:
            return f"{names.of('user', self.previous_user_id)} handed {role} over to {user}."
        return f"{user} took the role {role}." if user == who else f"{who} made {user} {role}."


@fact("role.relinquished")
class RoleRelinquished(Fact):
    """A role is vacant again."""

    role_id: int
    user_id: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{names.of('user', self.user_id)} no longer holds the role {names.of('role', self.role_id)}."


@fact("entry.added")
class EntryAdded(Fact):
    """A person wrote a line on the timeline; its kind is the event's `entry_kind`, its words the event's text.

    One that was made of a message in a chat says who marked that, and which it was; its actor wrote the message.
    """

    marked_by_user_id: int | None = None
    chat_message_id: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person; what was written stands in its place wherever it has not been erased."""
        return f"{who} wrote an entry that has been erased."


@fact("change.linked")
class ChangeLinked(Fact):
    """A change to a system was put beside the incident; it was made when the event occurred."""

    title: str
    url: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"A change was made: “{self.title}”: {self.url}"


@fact("event.pinned")
class EventPinned(Fact):
    """An event was marked as important."""

    event_id: int
    number: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} pinned entry {self.number}."


@fact("event.unpinned")
class EventUnpinned(Fact):
    """An event is no longer marked as important."""

    event_id: int
    number: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} unpinned entry {self.number}."


@fact("runbook.opened")
class RunbookOpened(Fact):
    """The incident is worked by a runbook; its checks became tasks."""

    runbook_id: int
    version: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} opened the runbook {names.of('runbook', self.runbook_id)}."


@fact("task.added")
class TaskAdded(Fact):
    """Something is to be done."""

    task_id: int
    title: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} added the task “{self.title}”."


@fact("task.claimed")
class TaskClaimed(Fact):
    """Somebody does it; nobody else needs to."""

    task_id: int
    title: str
    user_id: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        holder = names.of("user", self.user_id) if self.user_id else who
        return f"{holder} claimed the task “{self.title}”."


@fact("task.released")
class TaskReleased(Fact):
    """It is free to be claimed again."""

    task_id: int
    title: str
    user_id: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} released the task “{self.title}”."


@fact("task.completed")
class TaskCompleted(Fact):
    """It is done. `user_id`: by whom, where somebody else noted it."""

    task_id: int
    title: str
    user_id: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        holder = names.of("user", self.user_id) if self.user_id else who
        return f"{holder} completed the task “{self.title}”."


@fact("task.dropped")
class TaskDropped(Fact):
    """It need not be done."""

    task_id: int
    title: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} dropped the task “{self.title}”."


@fact("reminder.roles_unfilled")
class RolesUnfilled(Fact):
    """The minutes in which the severity's roles must be filled are over, and some are vacant."""

    role_ids: list[int]

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"Still vacant: {', '.join(names.of('role', key) for key in self.role_ids)}."


@fact("reminder.update_overdue")
class UpdateOverdue(Fact):
    """The promised moment of the next update came and no update did."""

    audience: str
    promised_by: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"The promised {self.audience.lower()} update is overdue."


@fact("reminder.final_update_owed")
class FinalUpdateOwed(Fact):
    """The incident is over for us, and customers have not been told so."""

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return "A final public update is owed: customers still read that something is wrong."
