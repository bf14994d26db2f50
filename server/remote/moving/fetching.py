"""Exports from the vendors' APIs, page by page: the same shape as in files. Nothing is written there."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from server.remote.failures import RefusedError
from server.remote.moving import export
from server.remote.moving.moved import Values
from server.remote.wire import send

PAGE = 100
MOST_PAGES = 1000
AHEAD = timedelta(days=90)
"""How far ahead overrides are asked for."""
ADDRESSES = {"opsgenie": "https://api.opsgenie.com", "pagerduty": "https://api.pagerduty.com"}
"""Where the vendors' own APIs are; the others run where their users put them."""
OK = range(200, 300)

CONNECTIONS = {
    "users": "UserSearchOptions nodes { id name email role }",
    "rotations": "RotationSearchOptions nodes { id name type start timeZone shiftLength activeUserIndex userIDs }",
    "schedules": "ScheduleSearchOptions nodes { id name timeZone temporarySchedules { start end }"
    " targets { target { id type name } rules { start end weekdayFilter } } }",
    "userOverrides": "UserOverrideSearchOptions nodes { id start end addUserID removeUserID target { id type name } }",
    "escalationPolicies": "EscalationPolicySearchOptions nodes"
    " { id name repeat steps { delayMinutes targets { id type name } } }",
    "services": "ServiceSearchOptions nodes { id name escalationPolicyID }",
}
"""Of GoAlert: the type of a connection's input, and what is asked for."""


def fetch(vendor: str, url: str | None, token: str, now: datetime) -> Values:
    """Everything that an importer reads. RefusedError for what the vendor refuses; UnreachableError."""
    readers: dict[str, Callable[[str, str, datetime], Values]] = {
        "opsgenie": _opsgenie,
        "pagerduty": _pagerduty,
        "grafana-oncall": _grafana_oncall,
        "goalert": _goalert,
    }
    return readers[vendor]((url or ADDRESSES.get(vendor, "")).rstrip("/"), token, now)


def _pagerduty(url: str, token: str, now: datetime) -> Values:
    def pages(path: str, name: str, **more: str) -> Iterator[Values]:
        for number in range(MOST_PAGES):
            asked = urlencode({"limit": PAGE, "offset": number * PAGE, **more})
            answer = _get(f"{url}/{path}?{asked}", f"Token token={token}", "application/vnd.pagerduty+json;version=2")
            yield from export.rows(answer, name)
            if not answer.get("more"):
                return

    names = ("users", "teams", "escalation_policies", "services")
    found: Values = {name: list(pages(name, name)) for name in names}
    found["schedules"] = list(pages("schedules", "schedules", **{"include[]": "schedule_layers"}))
    found["overrides"] = []
    for row in found["schedules"]:
        key = export.text(row, "id")
        window = {"since": now.isoformat(), "until": (now + AHEAD).isoformat()}
        of_one = pages(f"schedules/{quote(key, safe='')}/overrides", "overrides", **window)
        found["overrides"] += [{**each, "schedule": {"id": key}} for each in of_one]
    return found


def _opsgenie(url: str, token: str, _: datetime) -> Values:
    def ask(path: str, **more: Any) -> Values:
        asked = f"?{urlencode(more)}" if more else ""
        return _get(f"{url}/{path}{asked}", f"GenieKey {token}")

    def pages(path: str) -> Iterator[Values]:
        for number in range(MOST_PAGES):
            answer = ask(path, limit=PAGE, offset=number * PAGE)
            yield from export.rows(answer, "data")
            if not export.text(export.inner(answer, "paging"), "next"):
                return

    def each(path: str, row: Values, more: str = "") -> Values:
        return ask(f"{path}/{quote(export.text(row, 'id'), safe='')}{more}")

    teams = [export.inner(each("v2/teams", row), "data") for row in export.rows(ask("v2/teams"), "data")]
    schedules = export.rows(ask("v2/schedules", expand="rotation"), "data")
    overrides = [
        {"_parent": {"id": export.text(row, "id")}, **one}
        for row in schedules
        for one in export.rows(each("v2/schedules", row, "/overrides"), "data")
    ]
    return {
        "users": list(pages("v2/users")),
        "teams": teams,
        "schedules": schedules,
        "overrides": overrides,
        "escalations": export.rows(ask("v2/escalations"), "data"),
        "services": list(pages("v1/services")),
    }


def _grafana_oncall(url: str, token: str, _: datetime) -> Values:
    names = (
        "users",
        "teams",
        "schedules",
        "on_call_shifts",
        "escalation_chains",
        "escalation_policies",
        "integrations",
    )

    def pages(name: str) -> Iterator[Values]:
        for number in range(1, MOST_PAGES):
            answer = _get(f"{url}/api/v1/{name}/?{urlencode({'page': number})}", token)
            yield from export.rows(answer, "results")
            if not answer.get("next"):
                return

    return {name: list(pages(name)) for name in names}


def _goalert(url: str, token: str, _: datetime) -> Values:
    def pages(name: str, asked: str) -> Iterator[Values]:
        after = ""
        kind, _, selection = asked.partition(" ")
        document = (
            f"query ($input: {kind}) {{ {name}(input: $input) {{ {selection} pageInfo {{ endCursor hasNextPage }} }} }}"
        )
        for _number in range(MOST_PAGES):
            body = {"query": document, "variables": {"input": {"first": PAGE, "after": after}}}
            answer = _get(f"{url}/api/graphql", f"Bearer {token}", body=body)
            if answer.get("errors"):
                said = export.text(export.rows(answer, "errors")[0], "message")
                raise _refused(f"GoAlert refused {name}: {said[:200]}")
            found = export.inner(export.inner(answer, "data"), name)
            yield from export.rows({name: found}, name)
            page = export.inner(found, "pageInfo")
            after = export.text(page, "endCursor")
            if not page.get("hasNextPage") or not after:
                return

    return {name: list(pages(name, asked)) for name, asked in CONNECTIONS.items()}


def _get(url: str, authorization: str, accept: str = "application/json", body: Any = None) -> Values:
    answer = send(url, body=body, authorization=authorization, accept=accept)
    if answer.status not in OK:
        where = url.partition("?")[0]
        raise _refused(f"{where} answered {answer.status}.")
    return answer.body


def _refused(message: str) -> RefusedError:
    hint = "The token must be good, and may read people, teams, schedules and policies."
    return RefusedError(message, code="REFUSED", field="token", hint=hint)
