"""Services."""

import strawberry

from models import service
from models.integration import Integration
from models.paging.policy import EscalationPolicy
from models.person import Team
from resolvers import catalogue, monitors
from resolvers.fields import batched, column
from resolvers.pointers import pointed_to
from schema.lazy import AComponent, AnEscalationPolicy, AnIntegration, AService, ATeam
from schema.node import Node, identity, is_row_of


@strawberry.type(description="A query that is asked when an incident of the service is written up.")
class ServiceMetric:
    integration: AnIntegration = batched(
        pointed_to(Integration, "integration_id"), description="The integration that is asked."
    )
    name: str = column("What it shows.")
    query: str = column("PromQL.")
    unit: str = column("What its values are in; may be empty.")


@strawberry.type(description="Something that a team runs and that alerts and incidents are about.")
class Service(Node):
    id: strawberry.ID = identity("Service")
    slug: str = column("Its short name, which every input that names a service takes; unique.")
    name: str = column("What it is called.")
    owner: ATeam | None = batched(pointed_to(Team, "owner_id"), description="The team that runs it.")
    runbook_url: str | None = column("Where it is written what to do when it fails.")
    escalation_policy: AnEscalationPolicy | None = batched(
        pointed_to(EscalationPolicy, "escalation_policy_id"),
        description="By which policy people are paged for it; null: by the one that the organisation falls back to.",
    )
    components: list[AComponent] = batched(
        catalogue.components_of_services,
        description="The parts of the product that it carries, as customers know them.",
    )
    depends_on: list[AService] = batched(
        catalogue.dependencies_of_services, description="The services that it needs to work, by name."
    )
    dependents: list[AService] = batched(
        catalogue.dependents_of_services, description="The services that need it to work, by name."
    )
    metrics: list[ServiceMetric] = batched(
        monitors.of_services, description="What monitors are asked of it when one of its incidents is written up."
    )
    archived: bool = column("Whether it is no longer used.")

    is_type_of = is_row_of(service.Service)
