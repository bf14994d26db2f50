"""What is said to keep templates of updates, and to fill them in."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from models.words import Audience, PublicStatus, TemplateUse
from schema.inputs.catalogue import REPLACES
from schema.inputs.given import ARCHIVED, INCIDENT, SAVED_ID, SEEN, Repeatable, default, needed, optional
from schema.inputs.work import ComponentChangeInput

LANGUAGE = " in the language of templates (docs/guides/publishing.md); INVALID_INPUT with the line for anything else."


@strawberry.input(description="Something that whoever uses a template fills in.")
class TemplateVariableInput:
    name: str = needed("Its name in the template: 1 to 40 of a-z, 0-9 and underscores.")
    label: str = needed("What people are asked for, in at most 200 characters.")
    default: str | None = default(
        None, "What it is if nothing is filled in, at most 2,000 characters; null: something must be."
    )


@strawberry.input(description=f"A template of updates. {REPLACES} Needs the permission to keep the catalogue.")
class SaveUpdateTemplateInput(Repeatable):
    id: strawberry.ID | None = optional(SAVED_ID)
    name: str | None = optional(
        "Its name, in at most 120 characters. CONFLICT if another template in use has it. Needed for a new one."
    )
    use: TemplateUse | None = optional(
        "What it is written for; INCIDENT if left out. It can't be changed: save another template."
    )
    audience: Audience | None = optional(
        "Whom it addresses. Needed for a new one; one for planned work is PUBLIC, without a status and a title."
    )
    status: PublicStatus | None = optional("What it says of the incident; null: whoever publishes chooses.")
    title: str | None = optional("The pattern of the public title, at most 500 characters" + LANGUAGE)
    body: str | None = optional(
        "The pattern of the text, at most 20,000 characters" + LANGUAGE + " Needed for a new one."
    )
    variables: list[TemplateVariableInput] | None = optional("What is filled in, at most 20.")
    archived: bool | None = optional(ARCHIVED)
    expected_version: int | None = optional(SEEN)


@strawberry.input(description="A template to be filled in for an incident or for planned work: name one of the two.")
class FillInTemplateInput:
    template: strawberry.ID = needed("The template. INVALID_INPUT for one that is archived.")
    incident: str | None = optional(INCIDENT)
    maintenance: str | None = optional("A maintenance: `MNT-12`, `12` or its id. For templates for planned work.")
    variables: JSON | None = optional(
        'What is filled in, an object of texts such as `{"impact": "Orders fail."}`. What is left out has its default.'
    )
    components: list[ComponentChangeInput] | None = optional(
        "What the update will say of components. If left out: what the incident's updates say of them now."
    )
    next_update_by: datetime | None = optional(
        "When the next update will be promised for. If left out: what is promised now."
    )


@strawberry.input(
    description="Words that should never have been written: name one of the three. What was erased can't be"
    " brought back. Needs the permission to administer."
)
class EraseTextInput(Repeatable):
    update: strawberry.ID | None = optional(
        "An update of an incident, withdrawn or not. CONFLICT if it was erased before."
    )
    maintenance_update: strawberry.ID | None = optional("An update of planned work.")
    event: strawberry.ID | None = optional(
        "The event of an entry, one with a reason or a note, or of the publishing or editing of an update or of a"
        " postmortem for customers."
    )
    reason: str = needed(
        "Why, in at most 500 characters. All who see the incident read it: don't repeat what is erased."
    )
