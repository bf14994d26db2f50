"""Contributing factors."""

import strawberry

import models.learning
from resolvers.fields import batched, column
from resolvers.pointers import pointed_to
from schema.node import Node, identity, is_row_of


@strawberry.type(description="A kind of contributing factor: something in the system, never a person.")
class FactorKind(Node):
    id: strawberry.ID = identity("FactorKind")
    key: str = column("Its short name, which `chooseFactors` takes; unique.")
    name: str = column("What it is called.")
    description: str = column("When to choose it.")
    position: int = column("Where it stands among the others; 0 is first.")
    archived: bool = column("Whether it is no longer used.")

    is_type_of = is_row_of(models.learning.FactorKind)


@strawberry.type(description="Something that people found to have contributed to an incident.")
class ContributingFactor:
    kind: FactorKind = batched(pointed_to(models.learning.FactorKind, "kind_id"), description="Which kind it is of.")
    note: str | None = column("What it was here.")
