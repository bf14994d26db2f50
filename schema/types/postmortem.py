"""Postmortems."""

from datetime import datetime

import strawberry

from models import postmortem
from models.words import PostmortemStatus
from resolvers import incidents, learning
from resolvers.fields import batched, column
from schema.lazy import AnEvent, AnIncident
from schema.node import Node, identity, is_row_of


@strawberry.type(description="What customers read was learned of an incident.")
class PublicPostmortem:
    body: str = column("The words, in Markdown.")
    published_at: datetime = column("When customers could first read it.")
    edited_at: datetime | None = column("When it was last reworded; null if never.")
    version: int = column("How often it was published or edited, counted from 1: pass it as `expectedVersion`.")


@strawberry.type(description="A section of a postmortem.")
class PostmortemSection:
    key: str = column("Its short name, which editPostmortem takes, such as `summary`.")
    title: str = column("Its heading.")
    markdown: str = column("What it says, without the heading. What a person wrote wins over what was assembled.")
    version: int = column("How often it was edited, counted from 1: pass it as `expectedVersion`.")


@strawberry.type(
    description="One sentence of a postmortem. One that was generated always has the events that it rests on."
)
class Statement:
    section: str = column("The key of the section in which it stands.")
    text: str = column("The sentence. Markdown.")
    generated: bool = column("Whether it was assembled from the record, and not written by a person.")
    sources: list[AnEvent] = batched(
        learning.sources, description="The events that it rests on and that you may see, in the order of the feed."
    )


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
    public_draft: str = batched(
        learning.public_drafts,
        description="A proposal for publishPostmortemPublicly: what summary and impact say, without names and without"
        " what else is internal. Read it before you publish it.",
    )
    due_at: datetime | None = column("When it is due; null if the severity demands none.")
    published_at: datetime | None = column("When it was published.")

    is_type_of = is_row_of(postmortem.Postmortem)
