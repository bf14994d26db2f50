"""The reads of planned work."""

import strawberry

import resolvers.maintenance
from resolvers.fields import root
from resolvers.page import PAGING
from schema.connection import Connection
from schema.types.maintenance import Maintenance


@strawberry.type
class MaintenanceQuery:
    maintenance: Maintenance | None = root(
        resolvers.maintenance.maintenance,
        description="One maintenance; null if it is not there.",
        arguments={"ref": "A reference such as MNT-12, the number alone, or an id. INVALID_INPUT for anything else."},
    )
    maintenances: Connection[Maintenance] | None = root(
        resolvers.maintenance.maintenances,
        description="Planned work, the latest start first.",
        arguments={
            **PAGING,
            "states": "Only in one of these states.",
            "component": "Only what takes this component.",
        },
    )
