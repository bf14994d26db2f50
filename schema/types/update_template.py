"""Templates of updates."""

import strawberry

from models import update_template
from models.words import Audience, PublicStatus, TemplateUse
from resolvers.fields import column, computed
from schema.node import Node, identity, is_row_of


@strawberry.type(description="What whoever uses a template fills in.")
class TemplateVariable:
    name: str = computed(lambda variable: variable["name"], description="Its name in the template.")
    label: str = computed(lambda variable: variable["label"], description="What people are asked for.")
    default: str | None = computed(
        lambda variable: variable["default"],
        description="What it is if nothing is filled in; null: something must be.",
    )


@strawberry.type(description="A text of an update that is written beforehand.")
class UpdateTemplate(Node):
    id: strawberry.ID = identity("UpdateTemplate")
    name: str = column("What it is called; unique among those in use.")
    use: TemplateUse = column("What it is written for.")
    audience: Audience = column("Whom it addresses.")
    status: PublicStatus | None = column("What it says of the incident; null: whoever publishes chooses.")
    title: str | None = column("The pattern of the public title; null: the title stays as it is.")
    body: str = column("The pattern of the text. docs/guides/publishing.md describes the language.")
    variables: list[TemplateVariable] = column("What is filled in, in the order in which it is asked for.")
    version: int = column("Counts its changes.")
    archived: bool = column("Whether it is no longer used.")

    is_type_of = is_row_of(update_template.UpdateTemplate)


@strawberry.type(description="A template as it reads for an incident or planned work: what can be sent to publish it.")
class FilledInTemplate:
    audience: Audience = column("Whom it addresses.")
    status: PublicStatus | None = column("What it says of the incident; null: you choose.")
    title: str | None = column("The public title; null: it stays as it is.")
    body: str = column("The text, Markdown.")
