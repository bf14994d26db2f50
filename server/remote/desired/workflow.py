"""Workflows as `muster apply` knows them: what is a workflow's own, and its definition, which is saved as a whole."""

from collections.abc import Callable
from typing import Any

from server.remote.desired.kinds import ARCHIVED, TEXT, Field, Kind

DEEPEST = 3
"""So deep may conditions stand in conditions: what is deeper costs more than one request may, and is not compared."""

STEPS = {
    "openChannel": "integration",
    "openBridge": "integration",
    "openTicket": "integration",
    "page": "integration target policy users schedules reason",
    "announce": "integration",
    "assignRole": "role user reporter replace",
    "addTasks": "titles",
    "openRunbook": "runbook",
    "addNote": "text pinned",
    "postMessage": "text",
    "publishUpdate": "body template variables notify",
    "setFields": "severity title publicTitle labels",
    "callWebhook": "webhook",
    "wait": "minutes",
    "ask": "question choices goOnIf minutes",
}
CONDITION = "severities services labels kinds visibility stages timeOfDay { begins ends days timeZone }"


def _conditions(deep: int) -> str:
    if deep == 0:
        return CONDITION
    inner = _conditions(deep - 1)
    return f"{CONDITION} all {{ {inner} }} any {{ {inner} }} none {{ {inner} }}"


def _definition(name: str) -> Callable[[Any], Any]:
    return lambda version: version["definition"][name]


TOLD = " ".join(f"{step} {{ name onFailure {told} }}" for step, told in STEPS.items())
VERSION = (
    "version { version definition { description trigger { events manual quietMinutes schedule { rule timeZone } }"
    f" conditions {{ {_conditions(DEEPEST - 1)} }} steps {{ {TOLD} }} limit }} }}"
)

DEFINITION = ("description", "trigger", "conditions", "steps", "limit")
"""The fields that are saved together, as the definition: what a file leaves out of them is as it is by itself."""
USUAL = {"limit": 10}

WORKFLOW = Kind(
    *("Workflow", "key", "workflows", "saveWorkflow", "workflow"),
    {
        "key": TEXT["key"],
        "name": TEXT["name"],
        "enabled": Field("enabled", bool),
        "archived": ARCHIVED,
        "description": Field(VERSION, str, _definition("description")),
        "trigger": Field("", dict, _definition("trigger")),
        "conditions": Field("", dict, _definition("conditions")),
        "steps": Field("", list, _definition("steps")),
        "limit": Field("", int, _definition("limit")),
    },
    single="workflow",
    defaults={
        "on_failure": "CONTINUE",
        "pinned": False,
        "notify": True,
        "reporter": False,
        "replace": False,
        "schedule.time_zone": "UTC",
    },
)
