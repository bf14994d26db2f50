"""What changes of planned work answer."""

import strawberry

from resolvers.fields import batched
from resolvers.mutations.fields import made
from schema.payloads import Payload
from schema.types.maintenance import Maintenance, MaintenanceSeries, MaintenanceUpdate


@strawberry.type(description="A maintenance that was planned or changed.")
class MaintenancePayload(Payload):
    maintenance: Maintenance = batched(made("Maintenance"), description="The maintenance as it is now.")


@strawberry.type(description="An update on a maintenance that was published, edited or withdrawn.")
class MaintenanceUpdatePayload(Payload):
    update: MaintenanceUpdate = batched(made("MaintenanceUpdate"), description="The update as it is now.")


@strawberry.type(description="Recurring work that was planned or ended.")
class MaintenanceSeriesPayload(Payload):
    series: MaintenanceSeries = batched(made("MaintenanceSeries"), description="The series as it is now.")
