"""Steps that give people something to do."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import select

from actions import check
from actions.roles import assign_role
from actions.tasks import add_task
from actions.workflows.part import Reference
from actions.workflows.steps.base import Outcome, Scene, Skip, Step
from core.errors import conflict
from core.ids import encode
from models.person import User
from models.role import Role, RoleAssignment
from models.words import ActorKind

MOST_TASKS = 30

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=check.TITLE)]


class AssignRole(Step):
    """A role, unless somebody has it."""

    kind = "assign_role"
    help = "Give a role to a person, or to whoever brought the incident up."
    references: ClassVar[Mapping[str, str]] = {"role": "role", "user": "user"}

    role: Reference = Field(description="The role, by key or id.")
    user: Reference | None = Field(default=None, description="The person, by address or id.")
    reporter: bool = Field(default=False, description="Instead of a person: whoever reported or declared it.")
    replace: bool = Field(default=False, description="Whether whoever holds it is relieved; else it is left as it is.")

    @model_validator(mode="after")
    def _somebody(self) -> "AssignRole":
        if (self.user is None) is not self.reporter:
            raise ValueError("name a user, or set reporter, and not both")
        return self

    async def perform(self, scene: Scene) -> Outcome:
        """Give it out."""
        role = await scene.session.get_one(Role, self.role)
        holder = await self._holder(scene)
        if holder is not None and not self.replace:
            raise Skip(f"Somebody is {role.name} already.")
        user = self.user if self.user is not None else _reporter(scene)
        given = {"role": role.key, "user": encode("User", int(user))}
        await assign_role(scene.session, scene.actor, incident=scene.reference, **given)
        return Outcome(f"{role.name} is assigned.", outputs={"user_id": int(user)})

    async def _holder(self, scene: Scene) -> User | None:
        held = select(User).join(RoleAssignment, RoleAssignment.user_id == User.id)
        current = (
            RoleAssignment.incident_id == scene.incident.id,
            RoleAssignment.role_id == self.role,
            RoleAssignment.relinquished_at.is_(None),
        )
        return await scene.session.scalar(held.where(*current))


def _reporter(scene: Scene) -> int:
    incident = scene.incident
    if incident.reported_by_kind is not ActorKind.USER or incident.reported_by_id is None:
        raise conflict("No person brought this incident up.", hint="Assign the role by hand.")
    return incident.reported_by_id


class AddTasks(Step):
    """A checklist, each item of which somebody claims."""

    kind = "add_tasks"
    help = "Add a checklist: each item is a task that exactly one person claims."

    titles: list[Line] = Field(min_length=1, max_length=MOST_TASKS, description="What is to be done, one by one.")

    async def perform(self, scene: Scene) -> Outcome:
        """Add them all."""
        made = [
            await add_task(scene.session, scene.actor, incident=scene.reference, title=title) for title in self.titles
        ]
        count = len(made)
        words = f"{count} {'task was' if count == 1 else 'tasks were'} added."
        return Outcome(words, outputs={"task_ids": [task.id for task in made]})
