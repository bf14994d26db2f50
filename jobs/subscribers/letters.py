"""The mails that subscribers get: jobs/templates/mail/{news,confirm,manage}, of equal content in text and HTML."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from actions.subscribers.ledger import Claimed
from actions.subscribers.links import SUBSCRIBE_PATH, UNSUBSCRIBE, Links
from integrations.mail import CalendarFile, Letter
from integrations.mail_stencil import Recipient
from jobs.letter import SUBJECT_CHARACTERS, blank_lines_merged, domain_of, environment_of
from jobs.subscribers.told import Story
from statuspage.brand import Look
from statuspage.calendar import invitation
from statuspage.words import line

MANAGE_WORD, UNSUBSCRIBE_WORD = (f"x{secrets.token_hex(8)}x" for _ in range(2))
"""What stands for the links in a stencil: nobody can have written it."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes letters from the status page of an organisation."""

    organisation: str
    base_url: str
    links: Links
    moment: datetime
    look: Look
    sender: str
    """What mails come from, as it was set: it also stands in calendars."""

    def news(self, story: Story, *, everything: bool) -> Letter:
        """A story, for who chose every component or some, with words in place of what differs between them."""
        content = {
            "story": story,
            "shape": story.shape,
            "url": f"{self.base_url}{story.path}",
            "everything": everything,
            "manage_url": MANAGE_WORD,
            "unsubscribe_url": UNSUBSCRIBE_WORD,
        }
        return replace(self._letter("news", "", "", content), calendar=self._calendar(story))

    def _calendar(self, story: Story) -> CalendarFile | None:
        """Planned work comes with a file for calendars."""
        if story.plan is None:
            return None
        address = parseaddr(self.sender)[1] or f"noreply@{self._host}"
        made = invitation(story.plan.works, story.plan.site, self.base_url, address)
        return CalendarFile(made.name, made.method, made.content)

    def recipient(self, story: Story, row: Claimed) -> Recipient:
        """What differs for one subscriber. Ids depend on the ledger alone: a resend is known as the same mail."""
        manage, topic = self.links.manage(row.subscriber_id), story.thread or story.topic
        return Recipient(
            to=row.email or "",
            id=self._id(topic, row.id),
            thread=None if row.first_id == row.id else self._id(topic, row.first_id),
            unsubscribe=manage + UNSUBSCRIBE,
            links={MANAGE_WORD: manage, UNSUBSCRIBE_WORD: manage + UNSUBSCRIBE},
        )

    def confirm(self, email: str, subscriber_id: int, asked_at: datetime) -> Letter:
        """Was it you who asked?"""
        content = {"url": self.links.confirm(subscriber_id, asked_at), "page_url": f"{self.base_url}/"}
        return self._letter("confirm", email, self._asked_id(subscriber_id, asked_at), content)

    def manage(self, email: str, subscriber_id: int, asked_at: datetime) -> Letter:
        """You are subscribed already; here is your link."""
        content = {"url": self.links.manage(subscriber_id), "page_url": f"{self.base_url}/"}
        unsubscribe = self.links.unsubscribe(subscriber_id)
        return self._letter("manage", email, self._asked_id(subscriber_id, asked_at), content, None, unsubscribe)

    def _letter(
        self,
        folder: str,
        to: str,
        key: str,
        content: Mapping[str, Any],
        thread: str | None = None,
        unsubscribe: str | None = None,
    ) -> Letter:
        given = {
            "organisation": line(self.organisation),
            "look": self.look,
            "base_url": self.base_url,
            "shape": "plain",
            "subscribe_url": f"{self.base_url}{SUBSCRIBE_PATH}",
            **content,
        }
        name = "".join(c for c in given["organisation"] if (c.isascii() and c.isalnum()) or c == " ")
        return Letter(
            to=to,
            subject=line(self._render(f"{folder}/subject.txt", given))[:SUBJECT_CHARACTERS],
            text=blank_lines_merged(self._render(f"{folder}/body.txt", given)),
            html=self._render(f"{folder}/body.html", given),
            id=key,
            thread=thread,
            list_id=f"{name} status <status.{self._host}>",
            moment=self.moment,
            unsubscribe=unsubscribe,
        )

    @property
    def _host(self) -> str:
        return domain_of(self.base_url)

    def _id(self, topic: str, key: int) -> str:
        return f"<{topic.lower()}.news-{key}@{self._host}>"

    def _asked_id(self, subscriber_id: int, asked_at: datetime) -> str:
        return f"<subscriber-{subscriber_id}.{int(asked_at.timestamp())}@{self._host}>"

    def _render(self, name: str, content: Mapping[str, Any]) -> str:
        return environment_of(self.look.language).get_template(name).render(content)
