"""The reads of what keeps Muster running."""

import strawberry

import resolvers.running
import resolvers.setting_up
from auth.permission import Permission
from resolvers.fields import root
from resolvers.page import PAGING
from schema.connection import Connection
from schema.types.running import DeadJob, Setup


@strawberry.type
class RunningQuery:
    dead_jobs: Connection[DeadJob] | None = root(
        resolvers.running.dead_jobs,
        permission=Permission.ADMINISTER,
        description="Work that was given up after all its attempts, the oldest first. Needs the permission to"
        " administer.",
        arguments=PAGING,
    )
    setup: Setup | None = root(
        resolvers.setting_up.progress,
        permission=Permission.ADMINISTER,
        description="How far the first set-up is. Needs the permission to administer.",
    )
