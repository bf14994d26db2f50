"""The body of a webhook message about news (docs/guides/subscribers.md): its fields are those of /status.json."""

from datetime import UTC, datetime
from typing import Any

import orjson

from core import ids
from jobs.subscribers.story import Story


def news_body(story: Story, base_url: str, manage_url: str) -> bytes:
    """The message as JSON: `type`, `timestamp` and `data`, as Standard Webhooks asks."""
    data = {
        "page": {"name": story.organisation, "url": f"{base_url}/"},
        "incident": {
            "reference": story.topic,
            "url": f"{base_url}{story.path}",
            "title": story.title,
            "status": story.status,
            "startedAt": moment(story.began_at),
            "resolvedAt": moment(story.ended_at),
            "nextUpdateBy": moment(story.promised_at),
            "components": [
                {"id": ids.encode("Component", each.id), "name": each.name, "status": each.status}
                for each in story.affected
            ],
        },
        "update": {
            "number": story.number,
            "status": story.status,
            "body": story.body,
            "publishedAt": moment(story.at),
            "editedAt": moment(story.edited_at),
        },
        "manageUrl": manage_url,
    }
    return _message(story.event_kind, story.edited_at or story.at, data)


def ping_body(organisation: str, base_url: str, manage_url: str, sent_at: datetime) -> bytes:
    """The test message: whoever answers it with 2xx is subscribed."""
    page = {"name": organisation, "url": f"{base_url}/"}
    return _message("ping", sent_at, {"page": page, "manageUrl": manage_url})


def _message(kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    return orjson.dumps({"type": kind, "timestamp": moment(at), "data": data})


def moment(at: datetime | None) -> str | None:
    """A moment as /status.json writes it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z") if at else None
