"""What clients say afterwards: postmortems and action items."""

from datetime import date

import strawberry

from models.words import ActionItemKind, ActionItemState, ReviewDecision
from resolvers.page import Cursor
from schema.inputs.given import ARCHIVED, INCIDENT, REASON, SAVED_ID, SEEN, Repeatable, default, needed, optional

PRIORITY = "1 is the most urgent, 5 the least."


@strawberry.input(description="What a team does so that it does not come back.")
class AddActionItemInput(Repeatable):
    incident: str | None = optional("The incident that it follows from, if any, by reference, number or id.")
    title: str = needed("What to do, in at most 200 characters.")
    owner: str = needed("The team that does it, by slug or id.")
    assignee: strawberry.ID | None = optional("The person who does it.")
    priority: int = default(3, PRIORITY)
    kind: ActionItemKind | None = default(None, "What it is good for.")
    due_on: date | None = optional(
        "The day on which it is due: from today to ten years ahead. Left out: what the incident's severity says"
        " (`Obligations.actionItemDueDays`); null: never."
    )


@strawberry.input(description="What to change of an action item. What is left out stays, null clears.")
class ChangeActionItemInput(Repeatable):
    action_item: strawberry.ID = needed("The action item.")
    title: str | None = optional("What to do, in at most 200 characters. It can't be cleared.")
    owner: str | None = optional("The team that does it, by slug or id. It can't be cleared.")
    state: ActionItemState | None = optional("How far it is; WONT_DO needs a reason.")
    assignee: strawberry.ID | None = optional("The person who does it.")
    priority: int | None = optional(PRIORITY)
    kind: ActionItemKind | None = optional("What it is good for.")
    due_on: date | None = optional("The day on which it is due: from today to ten years ahead.")
    reason: str | None = optional(REASON)
    expected_version: int | None = optional(SEEN)


@strawberry.input(
    description="What to change of several action items, in the same way. What is left out stays, null clears."
)
class ChangeActionItemsInput(Repeatable):
    items: list[strawberry.ID] = needed("The action items, 1 to 100, each once.")
    owner: str | None = optional("The team that does them, by slug or id. It can't be cleared.")
    state: ActionItemState | None = optional("How far they are; WONT_DO needs a reason.")
    assignee: strawberry.ID | None = optional("The person who does them.")
    priority: int | None = optional(PRIORITY)
    kind: ActionItemKind | None = optional("What they are good for.")
    due_on: date | None = optional("The day on which they are due: from today to ten years ahead.")
    reason: str | None = optional(REASON)


@strawberry.input(description="What a person makes of a section of a postmortem; it survives re-assembly.")
class EditPostmortemInput(Repeatable):
    incident: str = needed(INCIDENT)
    section: str = needed("The section's key, as in PostmortemSection.key.")
    markdown: str = needed("The whole section in Markdown of at most 100,000 characters.")
    expected_version: int = needed(
        "The version of the section that your edit was made against; VERSION_CONFLICT shows, in"
        " `extensions.conflict`, the present version and text beside yours."
    )


@strawberry.input(description="A postmortem that is to be brought up to date with the record.")
class ReassemblePostmortemInput(Repeatable):
    incident: str = needed(INCIDENT)
    expected_version: int = needed("`Postmortem.version`; VERSION_CONFLICT names the present one.")
    seen: Cursor | None = optional(
        "`Postmortem.reassembly.cursor` of the preview that you looked at: VERSION_CONFLICT if more was recorded since."
    )


@strawberry.input(description="Something in the system that contributed to an incident.")
class FactorInput:
    kind: str = needed("Its kind, by key: see `factorKinds`.")
    note: str | None = default(None, "What it was here, in at most 1,000 characters.")


@strawberry.input(description="What contributed to an incident; it replaces what was chosen before.")
class ChooseFactorsInput(Repeatable):
    incident: str = needed(INCIDENT)
    factors: list[FactorInput] = needed("At most 20, the weightiest first.")
    expected_version: int = needed("`Postmortem.version`; VERSION_CONFLICT names the present one.")


@strawberry.input(description="A kind of contributing factor. Needs the permission to keep the catalogue.")
class SaveFactorKindInput(Repeatable):
    id: strawberry.ID | None = optional(SAVED_ID)
    key: str | None = optional("A short name: 1 to 60 of a-z, 0-9 and hyphens. CONFLICT if it is taken. Needed first.")
    name: str | None = optional(
        "Its name, in at most 120 characters; something in the system, never a person or a “root cause”."
    )
    description: str | None = optional("When to choose it, in at most 500 characters.")
    position: int | None = optional("Where it stands among the others; 0 is first.")
    archived: bool | None = optional(ARCHIVED)


@strawberry.input(description="People who are to look at a postmortem before it is published.")
class RequestPostmortemReviewInput(Repeatable):
    incident: str = needed(INCIDENT)
    reviewers: list[strawberry.ID] = needed("People, at most 20, who may see the incident.")
    expected_version: int = needed("`Postmortem.version`; VERSION_CONFLICT names the present one.")


@strawberry.input(description="What a reviewer says of a postmortem.")
class ReviewPostmortemInput(Repeatable):
    incident: str = needed(INCIDENT)
    decision: ReviewDecision = needed("Whether it may be published as it is.")
    note: str | None = optional("Markdown of at most 20,000 characters; needed where changes are asked for.")


@strawberry.input(description="A remark on a section of a postmortem.")
class CommentOnPostmortemInput(Repeatable):
    incident: str = needed(INCIDENT)
    section: str = needed("The section's key.")
    body: str = needed("Markdown of at most 20,000 characters.")
    quote: str | None = optional("The words that it is about, in at most 500 characters.")


@strawberry.input(description="A remark that was dealt with.")
class ResolvePostmortemCommentInput(Repeatable):
    incident: str = needed(INCIDENT)
    comment: strawberry.ID = needed("The comment.")
    resolved: bool = default(True, "False: it was not, after all.")


@strawberry.input(description="How a section of a postmortem should read.")
class SuggestPostmortemEditInput(Repeatable):
    incident: str = needed(INCIDENT)
    section: str = needed("The section's key.")
    markdown: str = needed("The whole section in Markdown of at most 100,000 characters.")
    expected_version: int = needed("The version of the section that it was made from; VERSION_CONFLICT shows both.")
    reason: str | None = optional("Why, in at most 500 characters.")


@strawberry.input(description="What a language model is to propose wordings for.")
class ProposePostmortemWordingInput(Repeatable):
    incident: str = needed(INCIDENT)
    sections: list[str] | None = optional("The keys of sections; null: all but those that are the record itself.")
    integration: str | None = optional("A language model, by key or id; null: the first that works.")


@strawberry.input(description="Whether a suggested wording is to stand.")
class DecidePostmortemSuggestionInput(Repeatable):
    incident: str = needed(INCIDENT)
    suggestion: strawberry.ID = needed("The suggestion.")
    accept: bool = needed("True: the section reads so from now on. VERSION_CONFLICT if it was changed since.")


@strawberry.input(description="A section that a template adds.")
class TemplateSectionInput:
    key: str = needed("Its short name: 1 to 40 of a-z, 0-9 and underscores; none of the usual sections'.")
    title: str = needed("Its heading, in at most 120 characters.")
    guidance: str = needed("What it says until somebody writes it: questions, for example. Markdown, 5,000 characters.")


@strawberry.input(description="Sections for some postmortems. Needs the permission to keep the catalogue.")
class SavePostmortemTemplateInput(Repeatable):
    id: strawberry.ID | None = optional(SAVED_ID)
    name: str | None = optional("Its name, in at most 120 characters; unique among those in use. Needed for a new one.")
    service: str | None = optional("For whose incidents: a service by slug or id. Null: those of any service.")
    severity: str | None = optional("For how bad ones: a severity by name or id. Null: whatever the severity.")
    sections: list[TemplateSectionInput] | None = optional("What it adds, at most 20; the list replaces the list.")
    archived: bool | None = optional(ARCHIVED)
    expected_version: int | None = optional(SEEN)


PUBLIC_WORDS = "Markdown of at most 20,000 characters, for customers to read."


@strawberry.input(
    description="What customers are told was learned. Nothing is taken over from the internal postmortem."
)
class PublishPostmortemPubliclyInput(Repeatable):
    incident: str = needed(INCIDENT)
    body: str = needed(PUBLIC_WORDS)
    notify: bool = default(True, "Whether subscribers of the status page are told.")


@strawberry.input(description="How the postmortem that customers read is to be reworded.")
class EditPublicPostmortemInput(Repeatable):
    incident: str = needed(INCIDENT)
    body: str = needed(PUBLIC_WORDS)
    notify: bool = default(False, "Whether subscribers of the status page are told.")
    expected_version: int | None = optional(SEEN)


@strawberry.input(description="Why the postmortem that customers read is taken back.")
class WithdrawPublicPostmortemInput(Repeatable):
    incident: str = needed(INCIDENT)
    reason: str = needed("Why, in one line of at most 200 characters. Customers don't read it.")
