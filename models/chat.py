"""What was said in the channels of incidents, kept as it arrived, and who people are in a chat."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to

MENTION = re.compile(r"<@([^<>|\s]{1,40})>")


def mentioned_in(body: str) -> list[str]:
    """Whom a message mentions, as the vendor calls them, each once."""
    return list(dict.fromkeys(MENTION.findall(body)))


def with_names(body: str, names: Mapping[str, str]) -> str:
    """A message with people by their names, as far as those are known."""
    return MENTION.sub(lambda found: f"@{names.get(found[1], found[1])}", body)


class ChatMessage(Base):
    """A message in an incident's channel, as it reads now. It is as visible as the incident.

    What was taken back at the vendor is taken back here: its words are gone, that there was something is not.
    """

    __tablename__ = "chat_message"
    __table_args__ = (
        UniqueConstraint("integration_id", "channel", "stamp"),
        Index("ix_chat_message_incident_id_posted_at_id", "incident_id", "posted_at", "id"),
    )

    id: Mapped[Key]
    incident_id: Mapped[int] = points_to("incident.id")
    integration_id: Mapped[int] = points_to("integration.id")
    channel: Mapped[str]
    stamp: Mapped[str]
    """What the vendor calls it within its channel."""
    thread: Mapped[str | None]
    """The stamp of the message that it replies to."""
    posted_at: Mapped[datetime]
    author: Mapped[str | None]
    """What the vendor calls whoever wrote it; see ChatPerson."""
    bot: Mapped[bool] = mapped_column(default=False, server_default=false())
    body: Mapped[str]
    """Plain words, but for people, who are mentioned as `<@what the vendor calls them>`: see `with_names`."""
    files: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    """`name` and `url` of each; what is in them stays at the vendor."""
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    """When we heard that it was taken back."""
    marked_at: Mapped[datetime | None]
    """When somebody marked it as important for the first time: it has stood on the timeline since."""
    url: Mapped[str | None]
    """Where it is at the vendor."""


class ChatPerson(Base):
    """Somebody in a chat, and who they are here, by an e-mail address that the vendor has seen confirmed."""

    __tablename__ = "chat_person"
    __table_args__ = (UniqueConstraint("integration_id", "external_id"),)

    id: Mapped[Key]
    integration_id: Mapped[int] = points_to("integration.id")
    external_id: Mapped[str]
    name: Mapped[str]
    user_id: Mapped[int | None] = points_to("app_user.id", index=True)
    """Null: nobody here, as far as is known."""
    asked_at: Mapped[datetime]
    """When the vendor last told who they are."""


class ChatReading(Base):
    """How far what was said in an incident's channel is kept. What did not reach us is read there later, by pages.

    A reading asks for everything since `complete_to`; once it has been through all of it, that is when it began.
    """

    __tablename__ = "chat_reading"
    __table_args__ = (
        UniqueConstraint("integration_id", "channel"),
        Index("ix_chat_reading_incident_id", "incident_id"),
        Index("ix_chat_reading_due_at", "due_at"),
    )

    id: Mapped[Key]
    incident_id: Mapped[int] = points_to("incident.id")
    integration_id: Mapped[int] = points_to("integration.id")
    channel: Mapped[str]
    complete_to: Mapped[datetime | None]
    """Until when all that was said is kept; null: that is not known yet."""
    began_at: Mapped[datetime | None]
    """When the reading under way began; null: none is."""
    cursor: Mapped[str | None]
    """Where that goes on, as the vendor calls it; null: at the beginning."""
    due_at: Mapped[datetime | None]
    """When it is read next; null: not any more, as nobody works on the incident."""
    words: Mapped[str | None]
    """Why it could not be read, or not all of it; null: it could."""
