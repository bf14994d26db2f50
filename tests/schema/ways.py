"""In which ways each field is asked for, so that every line of every filter and every order is (tests.schema.whole)."""

from datetime import UTC, date, datetime, timedelta

from graphql import get_named_type, is_composite_type

from core import ids
from core.cursor import encode_cursor
from models.metrics.definitions import DEFINITIONS
from resolvers.nodes import NOUNS
from resolvers.page import Order, encode_place
from schema.build import core
from tests.schema.whole import Arguments, asked, selection

FAR = 10**15
PERSON = ids.encode("User", 5)


def _between(order: str, *keys: list) -> str:
    low, high = (encode_place(Order(order, ()), key) for key in keys)
    return f'first: 2, after: "{low}", before: "{high}"'


def arguments(size: int) -> Arguments:
    """The ways to ask for each field that can be asked for in several, in an organisation of so many incidents."""
    soon = (datetime.now(UTC) + timedelta(days=90)).date()
    past, to_come = "2000-01-01T00:00:00+00:00", "2100-01-01T00:00:00+00:00"
    middle = encode_place(Order("incidents.newest", ()), [size // 2])
    by_severity = encode_place(Order("incidents.severity", ()), [2, -(size // 2)])
    lines = {
        "stages": "[DECLINED, CANCELLED]",
        "open": "true",
        "severities": '["SEV1", "SEV3"]',
        "services": '["service-7", "service-9"]',
        "kinds": "[DRILL, BACKFILLED]",
        "visibility": "PRIVATE",
        "commander": f'"{PERSON}"',
        "labels": '{host: "host-3"}',
        "text": '"zeppelin"',
        "declaredAfter": '"2020-01-01T00:00:00Z"',
        "declaredBefore": '"2100-01-01T00:00:00Z"',
    }
    filters = [f"filter: {{{line}: {value}}}" for line, value in lines.items()] + [
        "filter: {open: false}",
        "filter: {stages: [CLOSED]}",
        "filter: {stages: [TRIAGE]}",
        "filter: {kinds: [BACKFILLED]}",
        'filter: {services: ["service-7"]}',
        'filter: {severities: ["SEV2"]}',
        'filter: {labels: {region: "r3"}}',
        'filter: {text: "number"}',
        'filter: {text: "part 13"}',
        f'filter: {{text: "INC-{size // 2}"}}',
        f'filter: {{text: "number {size // 2}"}}',
        'filter: {declaredAfter: "2100-01-01T00:00:00Z"}',
    ]
    orders = ["orderBy: NEWEST", "orderBy: OLDEST", "orderBy: SEVERITY", "orderBy: SEVERITY, last: 5"]
    orders += [f"{order}, filter: {{open: true}}" for order in orders]
    deep = [f'first: 5, after: "{middle}"', f'last: 5, before: "{middle}"']
    deep += [
        f'orderBy: SEVERITY, first: 5, after: "{by_severity}"',
        f'orderBy: SEVERITY, last: 5, before: "{by_severity}"',
    ]
    lists = {
        "incidents": [*filters, *orders, *deep],
        "alerts": ["", "last: 3", *(f"state: {s}" for s in ("FIRING", "SUPPRESSED")), _between("alerts", [FAR], [0])],
        "actionItems": [
            *(
                "",
                "state: OPEN",
                "state: WONT_DO",
                "overdue: true",
                "overdue: false",
                "overdue: false, state: IN_PROGRESS",
                *('owner: "team-3"', 'owner: "team-3", overdue: true', f'assignee: "{PERSON}"', "kind: DETECT"),
                *("assigned: false", "assigned: true", 'severity: "SEV2"', 'severity: "SEV1", state: OPEN'),
            ),
            *("last: 3", _between("actionItems", [FAR], [0])),
        ],
    }
    audited = {
        "kinds": '["incident.declared", "access.refused"]',
        "actor": f'"{PERSON}"',
        "user": f'"{PERSON}"',
        "since": '"2020-01-01T00:00:00Z"',
        "until": '"2100-01-01T00:00:00Z"',
        "address": '"10.0.7.1"',
    }
    lists["auditEvents"] = [
        *(f"first: 3, filter: {{{line}: {value}}}" for line, value in audited.items()),
        *("last: 3", _between("auditEvents", [to_come, FAR], [past, 0])),
    ]
    asked_for = {
        "channel": "EMAIL",
        "active": "true",
        "email": '"r7@example.org"',
        "component": f'"{ids.encode("Component", 2)}"',
    }
    lists["subscribers"] = [
        *(f"first: 3, filter: {{{line}: {value}}}" for line, value in asked_for.items()),
        *("first: 3, filter: {active: false}", "last: 3", _between("subscribers", [FAR], [0])),
    ]
    lists["changes"] = ["", "last: 3", 'service: "service-3"', _between("changes", [to_come, FAR], [past, 0])]
    lists["heartbeats"] = ["", "archived: true, last: 3", _between("heartbeats", [0], [FAR])]
    lists["deadJobs"] = ["first: 3", "last: 3", _between("jobs.dead", [0], [FAR])]
    lists["suppressions"] = ["first: 3", "last: 3", _between("suppressions", [FAR], [0])]
    own = {
        "tasks": "tasks",
        "alerts": "incident.alerts",
        "actionItems": "incident.actionItems",
        "deliveries": "deliveries",
        "outwardActions": "outward_actions",
        "workflowRuns": "workflow_runs",
    }
    of_incident = {
        **{field: ["first: 2", "last: 2", _between(order, [0], [FAR])] for field, order in own.items()},
        "chat": ["first: 2", "last: 2", _between("chat", [past, 0], [to_come, FAR])],
        "similar": ["first: 2"],
        "updates": ["first: 2", "last: 2, audience: PUBLIC", _between("updates", [0], [FAR])],
        "roles": ["", "current: false"],
        "nextUpdateDueAt": ["audience: INTERNAL", "audience: PUBLIC"],
        "practice": ["", 'checks: ["roles_filled", "on_call_load"]'],
        "timeline": [
            *("first: 2", "last: 2", "last: 2, order: RECORDED", "last: 2, order: OCCURRED", "last: 2, pinned: true"),
            *("last: 2, pinned: false", 'first: 2, kinds: ["entry.added"], entryKinds: [NOTE]'),
            _between("timeline.recorded", [0], [FAR]),
            f"order: OCCURRED, {_between('timeline.occurred', [past, 0], [to_come, FAR])}",
        ],
    }
    refs = [f'ref: "INC-{size - age}"' for age in (12, 14, 20, 498, 499)]
    nodes = [f'id: "{ids.encode(noun, key)}"' for noun in NOUNS for key in (1, size)]
    ways = {
        **{f"Query.{name}": given for name, given in lists.items()},
        **{f"Incident.{name}": given for name, given in of_incident.items()},
        "Webhook.deliveries": ["first: 2", "last: 2", _between("webhook.deliveries", [FAR], [0])],
        "Query.incident": [*refs, f'ref: "INC-{size - 12}", asOf: "{encode_cursor(size)}"'],
        "Query.node": nodes,
        "Query.escalationPolicy": ['ref: "Grown"'],
        "Query.workflow": ['ref: "sev1"'],
        "Query.dryRunWorkflow": [f'input: {{incident: "INC-{size - 12}", workflow: "drill"}}'],
        "Query.replayWorkflow": [
            'input: {workflow: "sev1", since: "2026-01-01T00:00:00Z", until: "2026-01-02T00:00:00Z"}'
        ],
        "Workflow.versions": ["first: 2", "last: 2", _between("workflow_versions", [FAR], [0])],
        "Query.previewUpdate": [f'input: {{incident: "INC-{size - 12}", audience: INTERNAL, body: "We look."}}'],
        "Query.renderUpdateTemplate": [
            f'input: {{template: "{ids.encode("UpdateTemplate", 1)}", incident: "INC-{size - 12}"}}'
        ],
        "Query.previewMaintenance": [
            f"""input: {{title: "Disks", body: "New.", components: ["{ids.encode("Component", 1)}"],
              startsAt: "{soon}T00:00:00Z", endsAt: "{soon}T01:00:00Z"}}"""
        ],
        "Query.schedule": ['ref: "old 1"'],
        "Query.onCall": ["", f'at: "{soon}T00:00:00Z"'],
        "Query.doubleBookings": ["", STRETCH],
        "Query.routingVersions": ["first: 2", "last: 2", _between("routing_versions", [FAR], [0])],
        "Query.routingDryRun": [
            'rules: [{name: "Odd", condition: "labels.odd == \\"1\\""}, {name: "All", drop_reason: "Noise."}], days: 90'
        ],
        "Query.alertTrial": [
            'payload: "{\\"title\\": \\"Disk full\\", \\"labels\\": {\\"team\\": \\"web\\"}}"',
            'payload: "[{\\"title\\": \\"Disk full\\"}]", source: "generic", rules: [{name: "A", drop_reason: "No."}]',
        ],
        "Query.alertSourcePreview": [
            'mapping: {title: "a"}, body: "{}"',
            'mapping: {resolve_when: "ok"}, body: "Subject: Disk full", kind: "email"',
        ],
        "Query.unreadDeliveries": ["", f'source: "{ids.encode("AlertSource", 1)}"'],
        "Query.alertBreakdown": [f'incident: "INC-{size - 12}"'],
        "Query.alertFatigue": [
            "",
            f'firstDay: "{soon - timedelta(days=90)}", lastDay: "{soon}", timeZone: "Europe/Berlin"',
        ],
        "Query.alertPagesSaved": ['rules: [{name: "All", drop_reason: "Noise."}], days: 90'],
        "Query.wouldSilence": [
            f'matchers: {{job: "x"}}, source: "{ids.encode("AlertSource", 1)}", service: "{ids.encode("Service", 3)}"'
        ],
        "Schedule.onCall": ["", f'at: "{soon}T00:00:00Z"'],
        "Schedule.gaps": ["", STRETCH],
        **{f"Schedule.{field}": [STRETCH] for field in ("shifts", "finalSchedule", "load")},
        "Query.maintenance": ['ref: "MNT-1"'],
        "Query.maintenances": [
            *("", "last: 3", "states: [SCHEDULED, IN_PROGRESS]", f'component: "{ids.encode("Component", 2)}"'),
            _between("maintenances", [to_come, FAR], [past, 0]),
        ],
        "Maintenance.updates": ["first: 2", "last: 2", _between("maintenance.updates", [0], [FAR])],
        "MaintenanceSeries.maintenances": [
            *("first: 2", "last: 2", _between("series.maintenances", [past, 0], [to_come, FAR])),
        ],
        "Query.alert": [f'id: "{ids.encode("Alert", size // 2)}"'],
        "Query.users": ["", 'text: "Person 1"'],
        "Query.tokens": ["", f'user: "{PERSON}"'],
        "Query.erasurePreview": [f'user: "{PERSON}"'],
        "Query.sessions": ["", f'user: "{PERSON}"'],
        "Statement.sources": ["first: 2"],
        "Statement.messages": ["first: 2"],
        "Component.uptime": ["", "days: 200"],
        "Query.practiceChecks": ["", 'check: "blameless"'],
        "Query.practiceAudit": [f"input: {{{asked}}}" for asked in _audits(soon - timedelta(days=90))],
        "Query.metricDefinitions": ["", 'metric: "mttr"'],
        "Query.metric": [f"input: {{{question}}}" for question in _questions(soon - timedelta(days=90))],
    }
    return {name: [f"({way})" if way else "" for way in given] for name, given in ways.items()}


STRETCH = 'since: "2026-11-02T00:00:00Z", until: "2026-11-04T00:00:00Z"'
BEHIND = "nodes { id } edges { cursor node { id } } pageInfo { hasNextPage endCursor }"
FIGURES = f"""count tooFew sum mean median p90 p95 some: incidents(first: 2) {{ {BEHIND} }}
  last: incidents(last: 2, {_between("metric.incidents", [FAR], [0]).partition(", ")[2]}) {{ {BEHIND} }}"""
SERIES = f"buckets {{ firstDay lastDay whole figures {{ {FIGURES} }} }}"
MEASURED = f"""definition {{ key version name unit value countedAt population reopened merged exclusions perPerson }}
  cursor firstDay lastDay timeZone period beforeFirstDay change moreGroups leftOut {{ reason count }}
  total {{ {FIGURES} }} before {{ {FIGURES} }} {SERIES}
  groups {{ parts {{ dimension id name }} total {{ {FIGURES} }} before {{ {FIGURES} }} change {SERIES} }}"""
"""All of a metric. What is behind its figures is asked for in short: it is an incident like any other."""

CHECK = """key version name source rule closes guide limitIs unit limit defaultLimit target defaultTarget enabled
  tuning { version reason tunedAt }"""
STANDING = "verdict passed failed unknown notApplicable share"
BOUNDS = _between("practice.incidents", [FAR], [0]).partition(", ")[2]
JUDGED = f"""cursor quarter firstDay lastDay beforeFirstDay timeZone incidentCount checks {{ key {STANDING} trend
  check {{ {CHECK} }} before {{ {STANDING} }} some: incidents(first: 2) {{ {BEHIND} }}
  last: incidents(verdict: UNKNOWN, last: 2, {BOUNDS}) {{ {BEHIND} }} }}"""
"""All of an audit, likewise."""


def _questions(today: date) -> list[str]:
    """Each metric, of a week: with its groups, or as it was."""
    days = f'firstDay: "{today - timedelta(days=6)}", lastDay: "{today}"'
    groups = "groupBy: [SEVERITY, SERVICE, TEAM]"
    found = [f'metric: "{key}", {days}, period: DAY, {groups}' for key in DEFINITIONS]
    zoned = f'metric: "mttr", {days}, version: 1, timeZone: "Asia/Kathmandu", period: MONTH'
    return [*found, zoned, f'metric: "mttr", {days}, asOf: "{encode_cursor(5)}"']


def _audits(today: date) -> list[str]:
    """A few days: all checks; some as they were."""
    days = f'firstDay: "{today - timedelta(days=2)}", lastDay: "{today}"'
    some = 'checks: [{check: "blameless", version: 1}, {check: "on_call_load"}]'
    return [f'{days}, timeZone: "Asia/Kathmandu"', f'{days}, {some}, asOf: "{encode_cursor(5)}"', 'quarter: "1999-Q1"']


def documents(size: int) -> list[str]:
    """Queries that ask for every field in every way."""
    ways, found = arguments(size), [f'{{ incident(ref: "INC-{size - 12}") {{ similar {{ incident {{ id }} }} }} }}']
    query, incident = core.query_type, core.type_map["Incident"]
    for name, field in query.fields.items():
        below = get_named_type(field.type)
        for number, way in enumerate(asked(query, name, ways)):
            if not is_composite_type(below):
                found.append(f"{{ {way} }}")
            elif name == "incident":
                found += [f"{{ {way} {{ {part} }} }}" for part in parts_of(incident, ways)]
            elif name == "incidents":
                found.append(
                    f"{{ {way} {{ nodes {{ id }} edges {{ cursor node {{ id }} }} pageInfo {{ endCursor }} }} }}"
                )
            elif name in ("metric", "practiceAudit"):
                found.append(f"{{ {way} {{ {MEASURED if name == 'metric' else JUDGED} }} }}")
            else:
                depth = {
                    "routingDryRun": 2,
                    "integrations": 3,
                    "escalationPolicy": 4,
                    "notificationRules": 2,
                    "maintenance": 2,
                    "schedule": 3,
                    "doubleBookings": 2,
                    "workflow": 4,
                }.get(name, 1)
                depth = -1 if number and name in PLAIN and "first:" not in way and "last:" not in way else depth
                found.append(f"{{ {way} {{ {selection(below, {**ways, **LITTLE}, depth)} }} }}")
    return found


PLAIN = {"actionItems", "alerts"}
"""Lists whose rows are the same however they are filtered: what lies below is asked for at first, and page by page."""

LITTLE: Arguments = {
    "Schedule.onCall": ['(at: "2026-11-02T00:00:00Z")'],
    **{f"Schedule.{field}": [f"({STRETCH})"] for field in ("shifts", "finalSchedule", "load", "gaps")},
    "Component.uptime": [""],
    "Incident.nextUpdateDueAt": ["(audience: PUBLIC)"],
    "Incident.outwardActions": ["(first: 1)"],
    "Incident.similar": ["(first: 1)"],
    "Incident.chat": ["(first: 1)"],
    "Incident.deliveries": ["(first: 1)"],
    "Incident.workflowRuns": ["(first: 1)"],
    "Incident.practice": ['(checks: ["roles_filled"])'],
    "Statement.messages": ["(first: 1)"],
    "Statement.sources": ["(first: 1)"],
    "Workflow.versions": ["(first: 1)"],
}
"""One way for each field that has several, where it is asked for in passing."""


def parts_of(incident, ways: Arguments) -> list[str]:
    """Every field of an incident, one by one, with everything below it."""
    parts = []
    for name, field in incident.fields.items():
        below = get_named_type(field.type)
        deep = 3 if name == "paging" else 2
        for number, way in enumerate(asked(incident, name, ways)):
            inner = (
                f" {{ {selection(below, ways, -1 if number else deep, ('Incident',))} }}"
                if is_composite_type(below)
                else ""
            )
            if below.name == "Incident":
                inner = " { id }"
            parts.append(f"__typename {way}{inner}")
    return parts
