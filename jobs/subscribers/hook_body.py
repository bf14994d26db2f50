"""The body of a webhook message about news (docs/guides/subscribers.md): its fields are those of /status.json."""

from datetime import UTC, datetime
from typing import Any

import orjson

from core import ids
from jobs.subscribers.told import Plan, Story


def news_body(story: Story, base_url: str, manage_url: str) -> bytes:
    """The message as JSON: `type`, `timestamp` and `data`, as Standard Webhooks asks."""
    data = {
        "page": {"name": story.organisation, "url": f"{base_url}/"},
        **_subject(story, base_url),
        **_words(story),
        "manageUrl": manage_url,
    }
    return _message(story.event_kind, story.edited_at or story.at, data)


def _words(story: Story) -> dict[str, Any]:
    """What was said: an update or, after the end, what was learned."""
    words = {"body": story.body, "publishedAt": moment(story.at), "editedAt": moment(story.edited_at)}
    if story.event_kind.startswith("public_postmortem."):
        return {"postmortem": words}
    return {"update": {"number": story.number, "status": story.status, **words}}


def _subject(story: Story, base_url: str) -> dict[str, Any]:
    """What the news is about: an incident, or planned work."""
    own = {
        "reference": story.topic,
        "url": f"{base_url}{story.path}",
        "title": story.title,
        "status": story.status,
        "components": [
            {"id": ids.encode("Component", each.id), "name": each.name, "status": each.status}
            for each in story.affected
        ],
    }
    if story.plan is None:
        times = {"startedAt": story.began_at, "resolvedAt": story.ended_at, "nextUpdateBy": story.promised_at}
        return {"incident": own | {name: moment(at) for name, at in times.items()}}
    return {"maintenance": own | _plan(story.plan)}


def _plan(plan: Plan) -> dict[str, Any]:
    """The fields of planned work, named as in GraphQL. Recurring work also lists its next times."""
    work = plan.work
    window = {"startsAt": moment(work.starts_at), "endsAt": moment(work.ends_at)}
    happened = {"startedAt": moment(work.started_at), "endedAt": moment(work.ended_at)}
    series = None
    if plan.rule is not None:
        next_ = [
            {"reference": each.reference, "startsAt": moment(each.starts_at), "endsAt": moment(each.ends_at)}
            for each in plan.works
            if each.pending
        ]
        series = {"rule": plan.rule, "timeZone": plan.zone, "next": next_}
    return {**window, **happened, "sequence": work.sequence, "series": series}


def ping_body(organisation: str, base_url: str, manage_url: str, sent_at: datetime) -> bytes:
    """The test message: whoever answers it with 2xx is subscribed."""
    page = {"name": organisation, "url": f"{base_url}/"}
    return _message("ping", sent_at, {"page": page, "manageUrl": manage_url})


def _message(kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    return orjson.dumps({"type": kind, "timestamp": moment(at), "data": data})


def moment(at: datetime | None) -> str | None:
    """A moment as /status.json writes it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z") if at else None
