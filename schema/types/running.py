"""Work that was given up, and how far the set-up is."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from core.ids import encode
from resolvers.fields import column, computed
from resolvers.running import about


@strawberry.type(description="A job that was given up after all its attempts.")
class DeadJob:
    id: strawberry.ID = computed(lambda job: encode("Job", job.id), description="What it is retried or discarded by.")
    name: str = column("Which job: `mail.send`.")
    does: str = computed(lambda job: about([job])[0], description="What it was to do, in words.")
    args: JSON = column("What it was told: ids.")
    error: str | None = column("Why it was given up.")
    created_at: datetime = column("When it was queued.")


@strawberry.type(description="How far the first set-up is. What is done follows from what there is.")
class Setup:
    done: list[str] = computed(lambda state: sorted(state.done), description="The steps that are done.")
    skipped: list[str] = computed(lambda state: sorted(state.skipped), description="Those that were passed over.")
    left: list[str] = column("Those that are neither, in their order.")
    dismissed: bool = column("Whether nobody is to be reminded of it.")
