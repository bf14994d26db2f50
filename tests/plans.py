"""Watches which statements reach the database, and asks PostgreSQL how it carries them out."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Self

from psycopg.sql import Literal
from sqlalchemy import event

EXCUSED = {
    "UPDATE job SET run_at=now() WHERE job.queue": "reads what waits, once, when a webhook answers again",
    "SELECT subscriber.channel, count(*)": "counts all subscribers, for admins",
    "SELECT subscriber.page_id, subscriber.channel, count(*)": "counts those who would be told, for a preview",
    "SELECT event.id, event.incident_id, event.recorded_at, coalesce": "replays the time that an admin asks about",
    "SELECT subscriber.id, subscriber.channel": "lists a thousand of whom news is for, and who chose components",
    **dict.fromkeys(
        (
            "SELECT each_page.by_0",
            "SELECT app_user.name, anon_1.zone, count(*)",
            "SELECT integration.name, count(*)",
        ),
        "reports on all pages of a period (resolvers.fatigue)",
    ),
    **dict.fromkeys(
        (
            "UPDATE chat_message SET author=CASE",
            'UPDATE delivery SET "to"=concat(',
            "UPDATE outward_action SET ticket_assignee",
            "UPDATE page_attempt SET error=$1::VARCHAR, external_id",
            "UPDATE postmortem_section SET generated=",
            "UPDATE postmortem_statement SET text=",
            "SELECT subscriber.id \nFROM subscriber",
            "SELECT CAST(job.id AS TEXT)",
        ),
        "finds all that is of a person who is to be erased, or names them",
    ),
}
"""Statements that may read more than a page needs, by how they begin, and why."""

FIXED = {
    "access_token": "tokens are made by people",
    "alembic_version": "one row",
    "alert_source": "monitors are few",
    "app_user": "people who work here",
    "archive": "one row a file of an archive",
    "backup": "the newest hundred (models.backup)",
    "blame_phrase": "at most 200 (actions.branding.organisation)",
    "browser_session": "read by its digest",
    "chat_person": "people who work here, and others in their chat",
    "component": "parts of the product",
    "contact_method": "at most ten a person (actions.paging.contacts)",
    "escalation_policy": "at most 500 in use (actions.paging.policies)",
    "escalation_policy_version": "one for each edit of a policy",
    "paging_preference": "one row a person",
    "component_claim": "of open public incidents only: deleted when an incident's public thread ends",
    "factor_kind": "kinds are made by people",
    "feed_era": "one row a restored backup",
    "heartbeat": "at most 1,000 in use (actions.heartbeats.saving)",
    "heartbeat_watch": "one row",
    "integration": "accounts at vendors are few",
    "on_call_roster": "one for each pager",
    "organisation": "one row",
    "page_logo": "two rows at most",
    "postmortem_template": "texts are written by people",
    "status_page_logo": "two rows a page at most",
    "practice_tuning": "one row a check",
    "role": "roles are few",
    "schedule": "at most 500 in use (actions.schedules.saving)",
    "schedule_version": "one for each edit of a schedule",
    "calendar_link": "links are made by people",
    "routing_rule": "at most a few hundred (actions.alerts.rules)",
    "routing_version": "one for each edit of the routing rules",
    "runbook": "texts are written by people",
    "trusted_document": "at most 2,000 (actions.documents)",
    "saved_filter": "at most 50 for each person (actions.saved_filters)",
    "service": "what the organisation runs",
    "service_account": "scripts are few",
    "service_component": "a few for each service",
    "service_dependency": "at most 100 a service (actions.catalogue.services)",
    "service_metric": "at most 20 a service (actions.catalogue.metrics)",
    "setup_skip": "one row a step of the set-up",
    "severity": "severities are few",
    "status_page": "at most 50 (actions.pages.saving)",
    "status_page_component": "a few for each page",
    "status_page_host": "at most ten a page",
    "status_page_link": "links are made by people",
    "severity_version": "one for each edit of a severity",
    "alert_flapping": "alerts that flap now",
    "alert_storm": "one at a time",
    "alert_opening": "those of the last ten minutes",
    "silence": "at most 200 at once (actions.alerts.silences), set by people",
    "sign_in_link": "read by its digest",
    "team": "teams are few",
    "team_member": "a few for each person",
    "user_identity": "one for each account of a person at a provider",
    "unread_delivery": "at most 100 a source (actions.alerts.unread)",
    "update_template": "texts are written by people",
    "webhook": "addresses are few",
    "workflow": "at most 200 in use (actions.workflows.saving)",
    "workflow_trigger": "a few for each workflow",
    "workflow_version": "one for each edit of a workflow",
    "vendor_pace": "one row an account that is paced, or a vendor that is limited",
}
"""Tables that don't grow with what happens, and why. Every other one does, a new one included."""

MOST = 3000
"""Rows of a table that a statement may read at 100,000 incidents: some pages' worth, never a share of the table."""


PLANNED = ("select", "insert", "update", "delete", "with")


@dataclass
class Watched:
    """The statements that were sent, each with the parameters of its first and its last time."""

    engine: Any
    seen: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)

    def _note(self, _connection, _cursor, statement, parameters, *_rest) -> None:
        given = parameters[0] if isinstance(parameters, list) else parameters  # a list: of several executions
        self.seen.setdefault(statement, [])[1:] = [tuple(given or ())]

    def all(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Every statement that has a plan, with its parameters."""
        for statement, sent in self.seen.items():
            if statement.lstrip().lower().startswith(PLANNED):
                yield from ((statement, parameters) for parameters in sent)


def _literal(value: Any) -> str:
    return Literal(value.value if isinstance(value, Enum) else value).as_string(None)


async def plan_of(connection: Any, statement: str, parameters: tuple[Any, ...], mode: str) -> dict[str, Any]:
    """The plan of a statement, carried out if it only reads; `mode` is PostgreSQL's plan_cache_mode."""
    reads = statement.lstrip().lower().startswith(("select", "with")) and "journal_write" not in statement
    values = ", ".join(map(_literal, parameters))
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f"set local plan_cache_mode = {mode}")
        await connection.execute(f"prepare asked as {statement}")
        how = "analyze, format json" if reads else "format json"
        text = await connection.fetchval(f"explain ({how}) execute asked{f'({values})' if values else ''}")
        return json.loads(text)[0]["Plan"]
    finally:
        await transaction.rollback()
        await connection.execute("deallocate asked")


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's nodes, from the top."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def rows_of(node: dict[str, Any], loops: float | None = None) -> float:
    """How many rows a node met; as estimated if it was not carried out."""
    if "Actual Rows" not in node:
        return node["Plan Rows"]
    dropped = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return (node["Actual Rows"] + dropped) * (node["Actual Loops"] if loops is None else loops)


def faults(plan: dict[str, Any]) -> list[str]:
    """What is wrong with a plan: a table that grows read from end to end, or more of it than pages need, or sorted."""
    found = []
    for node in nodes(plan):
        kind, table = node["Node Type"], node.get("Relation Name")
        if table is not None and table not in FIXED and not table.startswith("pg_") and kind != "ModifyTable":
            if kind == "Seq Scan":
                found.append(f"reads all of {table}")
            elif rows_of(node) > MOST:
                found.append(f"reads {rows_of(node):.0f} rows of {table} by {node.get('Index Name', kind)}")
        if kind in ("Sort", "Incremental Sort") and rows_of(node["Plans"][0]) > MOST:
            found.append(f"sorts {rows_of(node['Plans'][0]):.0f} rows by {node['Sort Key']}")
    return found


def drawn(plan: dict[str, Any], depth: int = 0) -> str:
    """A plan as text, for people."""
    names = (plan.get(key) for key in ("Relation Name", "Index Name", "Index Cond", "Filter", "Sort Key"))
    line = f"{'  ' * depth}{plan['Node Type']} {rows_of(plan):.0f} " + " | ".join(str(name) for name in names if name)
    return "\n".join([line, *(drawn(child, depth + 1) for child in plan.get("Plans", ()))])
