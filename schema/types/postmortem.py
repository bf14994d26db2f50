"""Postmortems."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from actions.postmortems.diffs import LineChange
from models import postmortem
from models.integration import Integration
from models.person import User
from models.service import Service
from models.words import PostmortemStatus, ReviewDecision, SuggestionState, WordingState
from resolvers import incidents, learning, monitors, writing
from resolvers.fields import batched, column, computed
from resolvers.page import Cursor
from resolvers.people import Who
from resolvers.pointers import pointed_to
from schema.lazy import AChatMessage, AnActor, AnEvent, AnIncident, AnIntegration, AService, AUser
from schema.node import Node, identity, is_row_of
from schema.types.factor import ContributingFactor


@strawberry.type(description="What customers read was learned of an incident.")
class PublicPostmortem:
    body: str = column("The words, in Markdown.")
    published_at: datetime = column("When customers could first read it.")
    edited_at: datetime | None = column("When it was last reworded; null if never.")
    version: int = column("How often it was published or edited, counted from 1: pass it as `expectedVersion`.")


@strawberry.type(description="Words that blame, and what to say instead.")
class Blame:
    phrase: str = column("The words.")
    start: int = column("Where they begin in `markdown`, in Unicode characters from 0.")
    end: int = column("Where they end: the place of the character after them.")
    suggestion: str = column("What to say instead.")


@strawberry.type(
    description="One sentence of a postmortem. One that was generated always has the events that it rests on."
)
class Statement:
    section: str = column("The key of the section in which it stands.")
    text: str = column("The sentence. Markdown.")
    generated: bool = column("Whether it was assembled from the record, and not written by a person.")
    source_count: int = computed(lambda row: len(row.source_ids), description="On how many events it rests.")
    sources: list[AnEvent] = batched(
        learning.sources,
        description="The events that it rests on and that you may see, in the order of the feed.",
        arguments={"first": "How many of them, 1 to 100. A line that stands for many events rests on all of them."},
    )
    messages: list[AChatMessage] = batched(
        learning.messages,
        description="Messages of the incident's channel that it speaks of.",
        arguments={"first": "How many of them, 1 to 100."},
    )


@strawberry.type(description="A line of a diff.")
class DiffLine:
    change: LineChange = column("What became of it.")
    text: str = column("The line; of SKIPPED ones, how many there are.")


@strawberry.type(description="What a section said at a version.")
class SectionVersion:
    version: int = column("The version.")
    markdown: str = column("What it said.")
    author: AnActor = column("Who made it so; SYSTEM for what was assembled.")
    created_at: datetime = column("When.")
    diff: list[DiffLine] = column("What changed against the version before; empty for the oldest that is kept.")


@strawberry.type(description="A section of a postmortem.")
class PostmortemSection:
    key: str = column("Its short name, which editPostmortem takes, such as `summary`.")
    title: str = column("Its heading.")
    markdown: str = column("What it says, without the heading. What a person wrote wins over what was assembled.")
    version: int = column("How often it was edited, counted from 1: pass it as `expectedVersion`.")
    edited: bool = computed(
        lambda row: row.edited is not None, description="Whether a person wrote it: re-assembly leaves it as it is."
    )
    history: list[SectionVersion] = batched(
        writing.history,
        description="What it said before people changed it, and since: at most the newest 100, the oldest first.",
    )
    statements: list[Statement] = batched(
        learning.statements_of_sections, description="Its sentences, in order, with their sources."
    )
    blame: list[Blame] = batched(
        learning.blame, description="Words in `markdown` that blame, with better ones. Nothing is blocked. English."
    )


@strawberry.type(description="Somebody who reviews a postmortem.")
class Reviewer:
    user: AUser = batched(pointed_to(User, "user_id"), description="Who.")
    decision: ReviewDecision | None = column("What they say; null: nothing yet.")
    note: str | None = column("What is to be changed, or else said. Markdown.")
    asked_at: datetime = column("When they were asked, or began.")
    decided_at: datetime | None = column("When they decided.")
    decided_version: int | None = column("Which `Postmortem.version` they had looked at.")


@strawberry.type(description="A remark on a section of a postmortem.")
class PostmortemComment:
    id: strawberry.ID = identity("PostmortemComment")
    section: str = column("The section's key.")
    quote: str | None = column("The words that it is about, as they were then.")
    body: str = column("Markdown, as it was written.")
    author: AnActor = computed(lambda row: Who(row.author_kind, row.author_id), description="Who wrote it.")
    created_at: datetime = column("When.")
    resolved_at: datetime | None = column("When it was dealt with.")


@strawberry.type(description="A sentence that a language model proposed.")
class ProposedSentence:
    text: str = column("The sentence, in plain text.")
    sources: list[AnEvent] = batched(
        writing.proposed_sources, description="The events on which it says that it rests and that you may see."
    )


@strawberry.type(description="That a language model was asked for wordings, and what came of it.")
class WordingRequest:
    integration: AnIntegration = batched(pointed_to(Integration, "integration_id"), description="The language model.")
    sections: list[str] = column("The keys of the sections that were asked for.")
    asked_by: AnActor = computed(lambda row: Who(row.author_kind, row.author_id), description="Who asked.")
    asked_at: datetime = column("When.")
    state: WordingState = column("Where it stands.")
    done_at: datetime | None = column("When something, or nothing, had come of it.")
    model: str | None = computed(
        lambda row: row.model_name, description="What its endpoint calls the model that answered."
    )
    kept: int = column("How many of its sentences became suggestions.")
    uncited: int = column("How many were dropped: they rest on no event that it was told, or are no sentence.")
    blaming: int = column("How many were dropped because they blame somebody.")
    error: str | None = column("Why nothing came of it, and what to mend.")


@strawberry.type(description="How somebody would have a section of a postmortem read.")
class SectionSuggestion:
    id: strawberry.ID = identity("SectionSuggestion")
    section: str = column("The section's key.")
    base_version: int = column("The version of the section that it was made from.")
    markdown: str = column("The whole section.")
    diff: list[DiffLine] = computed(writing.change_of, description="What it would change of that version.")
    reason: str | None = column("Why.")
    author: AnActor = computed(lambda row: Who(row.author_kind, row.author_id), description="Who suggested it.")
    created_at: datetime = column("When.")
    state: SuggestionState = column("Where it stands.")
    decided_at: datetime | None = column("When it was accepted or declined.")
    model: str | None = computed(
        lambda row: row.model_name, description="The language model that proposed it; null: a person did."
    )
    proposed: list[ProposedSentence] = batched(
        writing.proposed_sentences,
        description="What a language model proposed of it, with sources. Empty where a person suggested it.",
    )


@strawberry.type(description="What re-assembly would do to a section.")
class SectionChange:
    key: str = column("The section's key.")
    title: str = column("Its heading.")
    kept: bool = column("Whether a person wrote it: then it stays, and the diff shows what was generated beneath.")
    changes: bool = column("Whether what people read would change.")
    diff: list[DiffLine] = column("What would change of what is generated; empty if nothing would.")


@strawberry.type(description="What re-assembly would change. Looking at it changes nothing.")
class Reassembly:
    changes: bool = column("Whether anything that people read would change.")
    version: int = column("`Postmortem.version`: pass it as `expectedVersion`.")
    cursor: Cursor = column("The newest event that it would rest on: pass it as `seen`.")
    sections: list[SectionChange] = column("Every section, in order.")


@strawberry.type(description="What a metric was while the incident lasted, as it was read then.")
class MetricSnapshot:
    service: AService = batched(pointed_to(Service, "service_id"), description="The service that it is of.")
    name: str = column("What it shows.")
    query: str = column("What was asked.")
    unit: str = column("What its values are in; may be empty.")
    starts_at: datetime = column("The moment of the first value.")
    ends_at: datetime = column("The end of the time that was looked at.")
    step_seconds: int = column("Seconds between two values.")
    series: JSON = column('`[{"labels": {…}, "values": […]}]`: a number or null for each step.')
    left_out: int = column("How many more series the answer had.")
    error: str | None = column("Why there is nothing; null: there is.")
    measured_at: datetime = column("When it was read.")
    svg: str = batched(monitors.charts, description="It as a picture, which needs neither style nor script.")


@strawberry.type(
    description="What is learned of an incident: assembled from the record right after the resolution, then edited."
)
class Postmortem(Node):
    id: strawberry.ID = identity("Postmortem")
    incident: AnIncident = batched(incidents.incident_of, description="The incident.")
    status: PostmortemStatus = column("Where it stands.")
    version: int = column("How often it was edited or published, counted from 1.")
    markdown: str = batched(learning.documents, description="The whole document, headings included.")
    sections: list[PostmortemSection] = batched(learning.sections, description="Its sections, in order.")
    statements: list[Statement] = batched(
        learning.statements, description="Its sentences, in order, with their sources."
    )
    reassembly: Reassembly = batched(
        learning.reassemblies,
        description="What `reassemblePostmortem` would change now. Until somebody is asked to review it, what nobody"
        " has written follows the record by itself.",
    )
    factors: list[ContributingFactor] = batched(
        learning.factors, description="What people found to have contributed, the weightiest first."
    )
    reviewers: list[Reviewer] = batched(writing.reviewers, description="Who reviews it.")
    comments: list[PostmortemComment] = batched(
        writing.comments, description="What was remarked on its sections, the oldest first; at most 500."
    )
    suggestions: list[SectionSuggestion] = batched(
        writing.suggestions, description="Wordings that were suggested, the oldest first; at most 500."
    )
    wordings: list[WordingRequest] = batched(
        writing.wordings, description="When a language model was asked for wordings, the oldest first; at most 100."
    )
    metrics: list[MetricSnapshot] = batched(
        monitors.of_postmortems, description="What the services' metrics were while the incident lasted."
    )
    public_draft: str = batched(
        learning.public_drafts,
        description="A proposal for publishPostmortemPublicly: what summary and impact say, without names and without"
        " what else is internal. Read it before you publish it.",
    )
    due_at: datetime | None = column("When it is due; null if the severity demands none.")
    published_at: datetime | None = column("When it was published.")

    is_type_of = is_row_of(postmortem.Postmortem)
