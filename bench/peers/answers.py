"""What each server answers, in one form: so that all are seen to say the same."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

Answer = list[tuple[Any, ...]]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _alike(data: dict[str, Any]) -> Answer:
    return [
        _incident(node, node["severity"], node["roles"], node["timeline"]["nodes"])
        for node in data["incidents"]["nodes"]
    ]


def _graphile(data: dict[str, Any]) -> Answer:
    return [
        _incident(
            node,
            node["severityBySeverityVersionId"],
            [
                {"role": each["roleByRoleId"], "user": each["personByUserId"], "assumedAt": each["assumedAt"]}
                for each in node["assignmentsByIncidentId"]["nodes"]
            ],
            node["entriesByIncidentId"]["nodes"],
        )
        for node in data["allIncidents"]["nodes"]
    ]


def _incident(node: dict[str, Any], severity: Any, roles: Any, events: Any) -> tuple[Any, ...]:
    return (
        *(node[name] for name in ("reference", "title", "stage")),
        _moment(node["declaredAt"]),
        (severity["name"], int(severity["rank"])) if severity else None,
        sorted((r["role"]["name"], r["user"]["name"], r["user"]["email"], _moment(r["assumedAt"])) for r in roles),
        [(int(e["number"]), e["kind"], _moment(e["occurredAt"]), e["text"]) for e in events],
    )


def _of(read: Callable[[dict[str, Any]], Answer]) -> Callable[[dict[str, Any]], Answer]:
    def whole(answer: dict[str, Any]) -> Answer:
        assert not answer.get("errors"), answer["errors"]
        return read(answer["data"])

    return whole


READERS = {
    "one SQL, JSON through": _of(_alike),
    "Muster": _of(_alike),
    "PostGraphile 5": _of(_graphile),
    "Mercurius, compiled": _of(_alike),
    "naive Strawberry": _of(_alike),
}
