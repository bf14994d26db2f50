"""Templates of postmortems."""

import strawberry

import models.writing
from models.service import Service
from resolvers import writing
from resolvers.fields import batched, column, computed
from resolvers.pointers import pointed_to
from schema.lazy import AService, ASeverity
from schema.node import Node, identity, is_row_of


@strawberry.type(description="A section that a template adds.")
class TemplateSection:
    key: str = column("Its short name.")
    title: str = column("Its heading.")
    guidance: str = column("What it says until somebody writes it. Markdown.")


@strawberry.type(description="Sections that some postmortems have beside the usual ones, from their first draft on.")
class PostmortemTemplate(Node):
    id: strawberry.ID = identity("PostmortemTemplate")
    name: str = column("What it is called.")
    service: AService | None = batched(
        pointed_to(Service, "service_id"), description="For whose incidents it is; null: those of any service."
    )
    severity: ASeverity | None = batched(
        writing.severities, description="For how bad ones, in its present version; null: whatever the severity."
    )
    sections: list[TemplateSection] = computed(writing.sections_of_template, description="What it adds, in order.")
    version: int = column("Counts its changes.")
    archived: bool = column("Whether it is no longer used.")

    is_type_of = is_row_of(models.writing.PostmortemTemplate)
