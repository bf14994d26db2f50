"""Everything that leaves Muster, as an outsider gets it: one dict of texts by the name of the exit."""

import json
import re
from contextlib import aclosing

import httpx
from graphql import get_named_type, is_composite_type

from auth.cookies import SESSION
from core import ids
from core.cursor import encode_cursor
from models.metrics.definitions import DEFINITIONS
from resolvers.nodes import NOUNS
from schema.build import core
from server.asgi import build_app
from statuspage.builder import Builder
from tests.console.desk import browser, sign_in
from tests.privacy.organisation import OUTSIDERS
from tests.schema.client import HOST, Client, runtime_of
from tests.schema.doorway import document_of
from tests.schema.test_mutations import LEAST
from tests.schema.ways import JUDGED, LITTLE, MEASURED, arguments
from tests.schema.whole import asked, selection

PAGES = (
    *("/", "/status.json", "/history", "/history.atom", "/history.rss", "/feed.json", "/badge.svg", "/fragment.html"),
    *("/maintenance.ics", "/maintenance/MNT-1", "/embed", "/subscribe"),
    *(
        f"/api/v2/{name}.json"
        for name in (
            *("summary", "status", "components", "incidents", "incidents/unresolved"),
            *("scheduled-maintenances", "scheduled-maintenances/upcoming", "scheduled-maintenances/active"),
        )
    ),
    "/history?month=2026-11",
)
FILTERS = arguments(20)
SPAN = 'firstDay: "2026-01-01", lastDay: "2027-12-31"'
YEAR = 'firstDay: "2026-06-01", lastDay: "2027-05-31"'
MEASURES = (
    *(f"/practice.{ending}?firstDay=2026-06-01&lastDay=2027-05-31" for ending in ("html", "json")),
    "/metrics/incidents?days=366",
    "/metrics/incidents.csv?metric=incidents&firstDay=2026-01-01&lastDay=2027-12-31&period=MONTH&groupBy=SEVERITY",
)
BOARD = "from=2026-06-01&to=2027-05-31&zone=UTC"
CONSOLE = (
    *(f"/console/dashboard{path}?{BOARD}" for path in ("", "/incidents", "/noise")),
    *("/console/alerts/fatigue?days=365", "/console/alerts/fatigue/rules.csv?days=365"),
)
OF_THE_PROCESS = re.compile(r"^(# \w+ )?muster_(http|graphql)_.*\n|(?<=[\w}]) \S+$", re.MULTILINE)
"""Of what is measured, all values; and the labels of what this process was asked for up to now."""
HEADERS = frozenset({"date", "x-request-id"})
"""Headers that tell when a page was sent and for which request; all others, ETags too, are compared."""


def documents(references, words, nodes):
    """Queries for each root in every way, for each of these incidents and nodes, and for each word."""
    query = core.query_type
    for name, field in query.fields.items():
        below = get_named_type(field.type)
        if name in ("incident", "node", "alert", "viewer", "metric", "practiceAudit"):
            continue
        chosen = selection(below, LITTLE, 0) if is_composite_type(below) else ""
        for way in asked(query, name, {**FILTERS, "Query.users": [""]}):
            yield f"{{ {way} {{ {chosen} }} }}" if chosen else f"{{ {way} }}"
    yield "{ alerts(first: 100) { nodes { id title incident { id } } pageInfo { hasNextPage endCursor } } }"
    yield "{ actionItems(first: 100) { nodes { id title incident { id } } pageInfo { hasNextPage endCursor } } }"
    everything = "nodes { reference title mergedFrom { id } mergedInto { id } allowedActions } pageInfo { hasNextPage }"
    yield f"{{ incidents(first: 100) {{ {everything} edges {{ cursor }} }} }}"
    for word in words:
        yield f'{{ incidents(filter: {{text: "{word}"}}) {{ {everything} }} }}'
    incident = selection(core.type_map["Incident"], LITTLE, 1)
    lines = "rules { rule alerts pages } services { service alerts pages } people { name pages }"
    yield f"{{ alertFatigue({YEAR}) {{ alerts pages acted {lines} }} }}"
    for reference in references:
        yield f'{{ incident(ref: "{reference}") {{ {incident} }} }}'
        yield f'{{ alertBreakdown(incident: "{reference}") {{ alerts stormBeganAt parts {{ service alerts }} }} }}'
        yield f'{{ incident(ref: "{reference}", asOf: "{encode_cursor(1)}") {{ title }} }}'
        yield f'{{ incident(ref: "{reference}") {{ timeline(first: 100) {{ nodes {{ id number text data }} }} }} }}'
        yield f'{{ incidents(filter: {{text: "{reference}"}}) {{ {everything} }} }}'
        yield from drafts(reference)
    groups = "groupBy: [SEVERITY, SERVICE, TEAM]"
    for key in DEFINITIONS:
        yield f'{{ metric(input: {{metric: "{key}", {SPAN}, period: MONTH, {groups}}}) {{ {MEASURED} }} }}'
    yield f"{{ practiceAudit(input: {{{YEAR}}}) {{ {JUDGED} }} }}"
    for node in nodes:
        yield f'{{ node(id: "{node}") {{ __typename id }} }}'


def drafts(reference):
    """What an update would do, and what a template says, of an incident."""
    said = f'incident: "{reference}", body: "We look."'
    mail = "mail { subject text html } webhook recipients { channel count } colleagues"
    shown = f"path page sentence state {mail} pages {{ name recipients {{ count }} }}"
    for more in ("audience: INTERNAL", "audience: PUBLIC, status: INVESTIGATING"):
        yield f"{{ previewUpdate(input: {{{said}, {more}}}) {{ {shown} }} }}"
    template = ids.encode("UpdateTemplate", 1)
    yield f'{{ renderUpdateTemplate(input: {{template: "{template}", incident: "{reference}"}}) {{ title body }} }}'


def attempts(hidden, nodes):
    """Mutations that name a private incident, or what hangs on one: (mutation, input)."""
    for mutation, given in LEAST.items():
        for reference in hidden[:1]:
            text = json.dumps(given).replace('"INC-1"', f'"{reference}"')
            for noun, key in (ids.decode(node) for node in nodes):
                text = text.replace(f'"{ids.encode(noun, 1)}"', f'"{ids.encode(noun, key)}"')
            if text != json.dumps(given):
                yield mutation, json.loads(text)


class Exits:
    """What an outsider gets; `await of("eve", hidden, nodes)`."""

    def __init__(self, world, words):
        self.world, self.words = world, words

    async def of(self, who, references, hidden, nodes):
        """By exit, the answer."""
        runtime = runtime_of(self.world.database)  # a fresh one each time: nothing is remembered
        app = build_app(runtime)
        found = {}
        if who is not None:
            await self._session(who)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST) as http:
            client = Client(self.world, http, runtime, await self._tokens(who))
            for document in documents(references, self.words, nodes):
                found[document] = json.dumps(await client.answer(document, by=who))
            for mutation, given in attempts(hidden, nodes):
                answer = await client.answer(document_of(mutation, "cursor"), {"input": given}, by=who)
                found[f"{mutation} {given}"] = json.dumps(answer)
            looked_for = [f"/history?q={word}" for word in self.words]
            from_there = [f"/history?month=2026-11&before={reference}" for reference in references]
            own = [f"/incidents/{reference}" for reference in references]
            for path in (*PAGES, *own, *looked_for, *from_there):
                answer = await http.get(path)
                headers = {name: value for name, value in answer.headers.items() if name not in HEADERS}
                found[path] = f"{answer.status_code} {json.dumps(headers)} {answer.text}"
            for path in MEASURES if who else ():
                secret = await client.token_of(who)
                found[path] = (await http.get(path, headers={"authorization": f"Bearer {secret}"})).text
            for path in CONSOLE if who else ():
                answer = await http.get(path, headers={"cookie": f"{SESSION}={await self._session(who)}"})
                assert answer.status_code == httpx.codes.OK, (path, answer.text)
                found[path] = answer.text
            found |= await published(self.world.database)
            measured = (await http.get("/metrics")).text
            assert not [word for word in self.words if word in measured], "no label tells either"
            found["/metrics"] = OF_THE_PROCESS.sub("", measured)
        return found

    async def _session(self, who):
        """The same session in a browser for every look. All sign in before the first: that, too, is an event."""
        sessions = self.__dict__.setdefault("_open", {})
        for each in () if sessions else OUTSIDERS:
            async with browser(build_app(runtime_of(self.world.database))) as client:
                sessions[each] = (await sign_in(self.world, client, each)).client.cookies[SESSION]
        return sessions[who]

    async def _tokens(self, who):
        """The same tokens for every look."""
        tokens = self.__dict__.setdefault("_kept", {})
        if who not in tokens:
            client = Client(self.world, None, None)
            tokens[who] = await client.token_of(who)
        return tokens


async def published(database):
    """The static bundle, file by file, and what is kept beside it."""
    bundle = await Builder(HOST).build(database)
    files = {f"bundle {path}": file.body.plain.decode() for path, file in bundle.files.items()}
    kept = {f"kept {path}": content.decode() for path, content in bundle.matter.items()}
    return {"bundle": json.dumps([sorted(files), sorted(kept)]), **files, **kept}


async def heard(stream):
    """The events that a subscription replays, until it has come to the present."""
    async with aclosing(stream) as messages:
        return [message.event async for message in takewhile(messages)]


async def takewhile(messages):
    """The messages up to the first checkpoint."""
    async for message in messages:
        if message.event is None:
            break
        yield message


def nodes_of(rows):
    """Ids of nodes, of (noun, key) pairs."""
    return [ids.encode(noun, key) for noun, key in rows if noun in NOUNS]
