"""`muster incident show`."""

from typing import Any

import click
from rich.text import Text

from server.remote import when
from server.remote.api import Api
from server.remote.documents import INCIDENT
from server.remote.failures import RefusedError
from server.remote.options import reading
from server.remote.output import Output, severity
from server.remote.references import incident

LAST = 10


@click.command("show")
@reading
@incident
@click.option(
    "--events", type=click.IntRange(0, 100), default=LAST, show_default=True, help="How much of the timeline's end."
)
def command(out: Output, api: Api, incident: str, events: int) -> None:
    """Show an incident: who does what, what is owed, what happened last."""
    answer = api.ask(INCIDENT, ref=incident, events=max(1, events))
    found = known(answer["incident"], incident)
    found["timeline"] = found["timeline"]["nodes"][-events:] if events else []
    found["tasks"] = found["tasks"]["nodes"]
    if out.as_json:
        out.json({"incident": found, "cursor": answer["cursor"]})
        return
    _head(out, found)
    _work(out, found)
    if found["timeline"]:
        _section(out, "Timeline")
        out.table(("When", "Who", "What"), map(event_row, found["timeline"]), wide=("What",))


def known(found: dict[str, Any] | None, ref: str) -> dict[str, Any]:
    """The incident. RefusedError if there is none that we may see."""
    if found is None:
        raise RefusedError(f"There is no incident {ref!r}, or you may not see it.", code="NOT_FOUND", field="incident")
    return found


def event_row(event: dict[str, Any]) -> list[Any]:
    """When something happened, who did it, and what it was."""
    mark = "! " if event["pinned"] else ""
    return [when.absolute(event["occurredAt"]), event["actor"]["name"], mark + deed(event)]


def deed(event: dict[str, Any]) -> str:
    """What somebody did, without their name, which stands beside it."""
    text: str = event["text"].removeprefix(f"{event['actor']['name']} ")
    return text.replace("\n\n", "\n")


def _head(out: Output, found: dict[str, Any]) -> None:
    title = f"{found['reference']}  {found['title']}"
    out.say(title, style="bold") if out.terminal else out.fields(
        [("Incident", found["reference"]), ("Title", found["title"])]
    )
    labels = ", ".join(f"{name}={value}" for name, value in found["labels"].items())
    out.fields(
        [
            ("Stage", found["stage"]),
            ("Severity", severity(found["severity"]) if found["severity"] else None),
            ("Kind", found["kind"] if found["kind"] != "REAL" else None),
            ("Visibility", found["visibility"] if found["visibility"] == "PRIVATE" else None),
            ("Merged into", (found["mergedInto"] or {}).get("reference")),
            ("Services", ", ".join(service["name"] for service in found["services"])),
            ("Labels", labels),
            *((name, when.both(found[key])) for name, key in TIMES),
            ("Summary", found["summary"]),
            ("Console", found["url"]),
            ("Status page", found["publicUrl"]),
        ]
    )


TIMES = (
    ("Impact began", "impactStartedAt"),
    ("Detected", "detectedAt"),
    ("Declared", "declaredAt"),
    ("Mitigated", "mitigatedAt"),
    ("Resolved", "resolvedAt"),
    ("Closed", "closedAt"),
    ("Internal update due", "internalDue"),
    ("Public update due", "publicDue"),
)


def _work(out: Output, found: dict[str, Any]) -> None:
    held = [(role["role"]["name"], role["user"]["name"], when.relative(role["assumedAt"])) for role in found["roles"]]
    vacant: list[tuple[Any, ...]] = [
        (role["name"], Text("nobody", "bold yellow"), "") for role in found["unfilledRoles"]
    ]
    if held or vacant:
        _section(out, "Roles")
        out.table(("Role", "Held by", "Since"), [*held, *vacant])
    if found["tasks"]:
        _section(out, "Tasks")
        rows = [(task["state"], (task["claimedBy"] or {}).get("name"), task["title"]) for task in found["tasks"]]
        out.table(("State", "By", "Task"), rows, wide=("Task",))


def _section(out: Output, name: str) -> None:
    if out.terminal:
        out.say()
        out.say(name, style="bold")
