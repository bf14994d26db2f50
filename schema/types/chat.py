"""What was said in the channels of incidents."""

from datetime import datetime

import strawberry

import models.chat
import models.integration
from resolvers import chat
from resolvers.fields import batched, column, computed
from resolvers.pointers import pointed_to
from schema.lazy import AnIntegration, AUser
from schema.node import Node, identity, is_row_of


@strawberry.type(description="A file that was sent with a message; what is in it stays at the vendor.")
class ChatFile:
    name: str = column("What it is called.")
    url: str = column("Where those who are in the channel find it.")


@strawberry.type(
    description="How far what was said in an incident's channel is kept. What did not reach Muster is read there later."
)
class ChatReading:
    complete_to: datetime | None = column("Until when all of it is kept; null: that is not known yet.")
    under_way: bool = computed(lambda row: row.began_at is not None, description="Whether it is being read just now.")
    words: str | None = column("Why it could not be read, or not all of it; null: it could.")


@strawberry.type(description="A message in the channel of an incident, as it reads now.")
class ChatMessage(Node):
    id: strawberry.ID = identity("ChatMessage")
    integration: AnIntegration = batched(
        pointed_to(models.integration.Integration, "integration_id"), description="Where the channel is."
    )
    author: AUser | None = batched(
        chat.authors, description="Who wrote it; null where no account has their confirmed e-mail address."
    )
    author_name: str | None = batched(
        chat.author_names, description="What its author is called there; null while that is not known."
    )
    bot: bool = column("Whether a program wrote it.")
    text: str | None = batched(chat.texts, description="What it says, in plain words; null if it was taken back.")
    files: list[ChatFile] = computed(chat.files_of, description="What was sent with it.")
    stamp: str = column("What the vendor calls it within the channel.")
    thread: str | None = column("The stamp of the message that it replies to; null: it stands in the channel.")
    url: str | None = column("Where those who are in the channel find it.")
    posted_at: datetime = column("When it was written.")
    edited_at: datetime | None = column("When its author last changed it.")
    deleted_at: datetime | None = column("When we heard that it was taken back.")
    marked_at: datetime | None = column(
        "When it was put on the timeline, because somebody pinned it or reacted to it; null: it was not."
    )

    is_type_of = is_row_of(models.chat.ChatMessage)
