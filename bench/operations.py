"""What is measured as the past grows (bench.growth): each operation as a request, and what is read without one."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from core.ids import encode
from resolvers.incident_order import BY_SEVERITY, NEWEST
from resolvers.page import Order, encode_place

NODES = "nodes { reference title stage declaredAt severity { name rank } }"

OPEN = """query { incidents(filter: {open: true}, first: 50) { nodes {
  reference title stage declaredAt severity { name rank } commander { name }
  roles { role { name } user { name email } assumedAt }
  timeline(last: 5) { nodes { number kind occurredAt text } } } } }"""

INCIDENT = """query($ref: String!) { incident(ref: $ref) {
  id reference title summary labels stage kind visibility version url publicUrl declaredAt
  severity { name obligations { requiredRoles { key } } } members { name } services { name owner { name } }
  reportedBy { name } mergedInto { reference } mergedFrom { reference } commander { name }
  roles(current: false) { role { name } user { name } assumedAt relinquishedAt } unfilledRoles { key }
  tasks { nodes { title state claimedBy { name } } }
  timeline(last: 50) { nodes { number kind occurredAt text pinned actor { name } } }
  updates { nodes { audience body author { name } components { to component { name } } } }
  alerts { nodes { title state source { name } } } actionItems { nodes { title state owner { name } } }
  postmortem { status markdown statements { text sources { number } } } } }"""

ENTRY = "mutation($input: AddEntryInput!) { addEntry(input: $input) { event { number } cursor } }"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request."""

    path: str
    body: bytes


Make = Callable[[int, str], Request]
"""Makes a request for a database of so many incidents, whose monitor has this key."""


def query(document: str, **variables: object) -> Request:
    return Request("/graphql", json.dumps({"query": document, "variables": variables}).encode())


def incidents(arguments: str) -> Make:
    return lambda _size, _key: query(f"query {{ incidents({arguments}) {{ {NODES} }} }}")


def ordinary(size: int) -> int:
    """The number of some incident that everybody may see and that is not merged: of all ages alike."""
    while True:
        age = random.randrange(size)
        if age % 50 != 7 and age % 500 != 499:
            return size - age


def page_of(size: int, _key: str) -> Request:
    return query(INCIDENT, ref=f"INC-{ordinary(size)}")


def entry(size: int, _key: str) -> Request:
    return query(
        ENTRY, input={"incident": str(ordinary(size)), "kind": "NOTE", "text": "Rolled back yesterday's version."}
    )


def deep(size: int, _key: str) -> Request:
    place = encode_place(NEWEST, [random.randrange(size // 2, size)])
    return query(f"query($a: Cursor) {{ incidents(first: 50, after: $a) {{ {NODES} }} }}", a=place)


def deep_by_severity(size: int, _key: str) -> Request:
    place = encode_place(Order(BY_SEVERITY, ()), [2, -random.randrange(size // 2, size)])
    return query(f"query($a: Cursor) {{ incidents(orderBy: SEVERITY, first: 50, after: $a) {{ {NODES} }} }}", a=place)


def by_reference(size: int, _key: str) -> Request:
    return query(f'query {{ incidents(filter: {{text: "INC-{ordinary(size)}"}}) {{ {NODES} }} }}')


def two_words(size: int, _key: str) -> Request:
    return query(f'query {{ incidents(filter: {{text: "number {ordinary(size)}"}}) {{ {NODES} }} }}')


def delivery(_size: int, key: str) -> Request:
    """Five new alerts of one group."""
    began = datetime.now(UTC).isoformat()
    group = f"{random.getrandbits(64):x}"
    alerts = [
        {"status": "firing", "labels": {"alertname": "Latency", "n": f"{group}-{n}"}, "startsAt": began}
        for n in range(5)
    ]
    return Request(
        f"/hooks/alertmanager/{key}", json.dumps({"version": "4", "groupKey": group, "alerts": alerts}).encode()
    )


REQUESTS: dict[str, Make] = {
    "list": lambda _size, _key: query(OPEN),
    "list.newest": incidents("first: 50"),
    "list.oldest": incidents("first: 50, orderBy: OLDEST"),
    "list.severity": incidents("first: 50, orderBy: SEVERITY"),
    "list.open_by_severity": incidents("first: 50, orderBy: SEVERITY, filter: {open: true}"),
    "list.deep": deep,
    "list.deep_by_severity": deep_by_severity,
    "search.rare_word": incidents('filter: {text: "zeppelin"}'),
    "search.frequent_word": incidents('filter: {text: "number"}'),
    "search.two_words": two_words,
    "search.reference": by_reference,
    "search.label": incidents('filter: {labels: {region: "r3"}}'),
    "search.severities": incidents('filter: {severities: ["SEV1", "SEV2"]}'),
    "search.services": incidents('filter: {services: ["service-7"]}'),
    "search.commander": incidents(f'filter: {{commander: "{encode("User", 5)}"}}, first: 4'),
    "search.drills": incidents("filter: {kinds: [DRILL]}, first: 4"),
    "search.none_such": incidents("filter: {stages: [TRIAGE, CANCELLED]}"),
    "alerts": lambda _size, _key: query("query { alerts { nodes { title state incident { reference } } } }"),
    "action_items": lambda _size, _key: query("query { actionItems(state: OPEN) { nodes { title dueOn } } }"),
    "page": page_of,
    "add_entry": entry,
    "intake": delivery,
}
