"""One step of both, the model and the product, and everything that must be the same after it."""

import asyncio
from collections import Counter
from copy import deepcopy

from sqlalchemy import text

from core import ids
from core.cursor import encode_cursor
from schema.build import core as graphql
from tests.model import verbs_declaring, verbs_speaking, verbs_stages, verbs_working
from tests.model.company import Company
from tests.model.nouns import (
    FORBIDDEN,
    IDEMPOTENCY,
    INVALID,
    NOT_FOUND,
    UNAUTHENTICATED,
    Incident,
    Person,
    RefusedError,
    refuse,
)
from tests.model.picture import WIDE, known, of_incident, sound
from tests.model.product import HOST
from tests.world import PEOPLE

VERBS = {
    name: verb
    for module in (verbs_stages, verbs_declaring, verbs_working, verbs_speaking)
    for name, verb in vars(module).items()
}
EYES = (*PEOPLE, "bot")
NAMING = ("incident", "event", "task", "update", "alert", "into")
"""The inputs that name an incident, or what hangs on one."""

KEPT = 24 * 3600
"""Seconds for which a key is remembered."""

figures = Counter()
AS_OF = "asOf" in graphql.query_type.fields["incident"].args


def snake(name):
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


class Comparison:
    """Model and product side by side: `comparison.do("ben", "addTask", incident="INC-1", title="…")`."""

    def __init__(self, runner, product):
        self.run, self.product = runner.run, product
        self.run(product.clear())
        users = self.product.world.users
        people = {
            key: Person(key, role.value, id=ids.encode("User", users[key].id)) for key, (_, role) in PEOPLE.items()
        }
        people["bot"] = Person("bot", "RESPONDER", "SERVICE_ACCOUNT")
        people["monitor"] = Person("monitor", "RESPONDER", "INTEGRATION")
        components = {ids.encode("Component", c.id): c.name for c in self.product.world.components.values()}
        self.company = Company(
            people=people,
            services=set(self.product.world.services),
            components=components,
            archived_roles=dict.fromkeys(self.product.roles, False),
            now=self.product.clock.now(),
        )
        self.place = self.run(self._newest())
        self.steps = 0
        self.kept, self.snapshots = {}, []

    # Steps

    def wait(self, seconds):
        """Let time pass."""
        self.product.clock.advance(seconds)
        self.company.now = self.product.clock.now()

    def do(self, key, mutation, **given):
        """Carry out one mutation in both; they must agree on its outcome and on everything after it."""
        self.wait(1)
        self.company.fresh = []
        who = self.company.people.get(key)
        first = None
        try:
            expected, first = self._expected(who, mutation, given)
        except RefusedError as refusal:
            expected = refusal
        sent = {**given, "id": self.product.roles[given["id"]]} if mutation == "saveRole" else given
        payload, refused = self.run(self.product.mutate(key, mutation, sent))
        if isinstance(expected, RefusedError):
            assert refused is not None, f"{mutation} {given} by {key} was not refused: {expected.options}"
            assert refused[1:] in expected.options, f"{refused} is none of {expected.options}"
            assert refused[0] is None or refused[0][0] == mutation, refused
            figures["refusals"] += 1
        else:
            assert refused is None, f"{mutation} {given} by {key} was refused: {refused}"
            self._learn(expected, payload)
            assert first in (None, payload), "a repeated request was answered otherwise"
            figures["changes" if self.company.fresh else "repeats without a change"] += 1
        self._compare(key, payload)
        if payload is not None and "idempotencyKey" in given:
            self.kept.setdefault((key, mutation, given["idempotencyKey"]), (given, self.company.now, expected, payload))
        return expected

    def _expected(self, who, mutation, given):
        """What the model makes of it; the first result for a key that was used before."""
        verb = VERBS[snake(mutation)]
        slot = (who.key if who else None, mutation, given.get("idempotencyKey"))
        if slot[2] is None:
            return self._carried_out(verb, who, given), None
        self.company.permit(who, "READ")
        first, at, made, payload = self.kept.get(slot, (None, None, None, None))
        if first is None or (self.company.now - at).total_seconds() > KEPT:
            self.kept.pop(slot, None)
            return self._carried_out(verb, who, {k: v for k, v in given.items() if k != "idempotencyKey"}), None
        refuse((first != given, IDEMPOTENCY, "idempotencyKey"))
        about = made if isinstance(made, Incident) else getattr(made, "incident", None)
        refuse((about is not None and not self.company.sees(who, about), NOT_FOUND, None))
        return made, payload

    def _carried_out(self, verb, who, given):
        """What a verb makes. Who may see an incident and not change it is told so last: first, what is not there."""
        try:
            return verb(self.company, who, given)
        except RefusedError as lacking:
            named = {name for name in NAMING if given.get(name) is not None}
            if (FORBIDDEN, None) not in lacking.options or not named or who.access != "VIEWER":
                raise
            raise self._earlier(verb, who, given, named) or lacking from None

    def _earlier(self, verb, who, given, named):
        """What a responder in their place would be refused for before anything of the incident is looked at."""
        company, other = deepcopy((self.company, who))
        other.access = "RESPONDER"
        try:
            verb(company, other, given)
        except RefusedError as refusal:
            earlier = {(code, where) for code, where in refusal.options if code in (INVALID, NOT_FOUND)}
            hidden = any(code == NOT_FOUND and where in named for code, where in earlier)
            return RefusedError(earlier if hidden else {*earlier, (FORBIDDEN, None)})
        return None

    def fire(self, name, fingerprints, starts, *, pages):
        """A monitor delivers new alerts."""
        self.wait(1)
        self.company.fresh = []
        monitor = self.company.people["monitor"]
        verbs_working.fire(self.company, monitor, name, fingerprints, starts, pages=pages)
        keys = self.run(self.product.fire(name, fingerprints, starts, pages=pages))
        for alert in self.company.alerts:
            alert.id = keys[alert.fingerprint]
        figures["changes"] += 1
        self._compare(None, None)

    def end(self, alert, ends):
        """The monitor says that an alert is over."""
        self.wait(1)
        self.company.fresh = []
        verbs_working.end(self.company, self.company.people["monitor"], alert, ends)
        self.run(self.product.end(alert.group, alert.fingerprint, alert.starts, ends))
        self._compare(None, None)

    def _learn(self, made, payload):
        """The ids that the product gave to what the model made."""
        if isinstance(made, Incident):
            assert made.number in (None, payload["number"])
            made.number = payload["number"]
        if not isinstance(made, str):
            assert made.id in (None, payload["id"]), f"answered with another {type(made).__name__}"
            made.id = payload["id"]

    # What must be the same

    def _compare(self, key, payload):
        self.steps += 1
        before, self.place = self.place, self.run(self._newest())
        self._compare_log(before)
        if payload is not None and self.company.fresh:
            assert payload["cursor"] == self.place, "the payload's cursor is not this change's last event"
        turn = EYES[self.steps % len(EYES)]
        whole = {turn, key if key in EYES else turn}
        self.run(self._compare_views(before, whole))

    def _compare_log(self, before):
        """The log has exactly this step's events, in the order of each incident, and gives the model their ids."""
        rows = self.run(self._log(before))
        fresh = list(self.company.fresh)
        for key, incident, number, kind in rows:
            line = next((x for x in fresh if _numbers(x) == (incident, number) and x.kind == kind), None)
            if line is None:
                line = next((x for x in fresh if x.incident and x.incident.number is None and x.kind == kind), None)
                assert line is not None, f"{kind} of {incident} was not expected among {self.company.fresh}"
                line.incident.number = incident
                line.incident.id = ids.encode("Incident", incident)
            assert line.number == number
            fresh.remove(line)
            line.id, line.place = ids.encode("Event", key), key
        assert not fresh, f"missing: {fresh}"

    async def _compare_views(self, before, whole):
        """After a change everybody looks; after a refusal, which changed nothing, only some do."""
        eyes = EYES if self.place > before else whole
        views = [self._compare_view(key, before, whole=key in whole) for key in eyes]
        await asyncio.gather(*views, self._compare_stranger())

    async def _compare_view(self, key, before, *, whole):
        c, who = self.company, self.company.people[key]
        incidents = sorted(c.incidents, key=lambda i: i.number)
        seen = [i for i in incidents if c.sees(who, i)]
        single = [i for i in incidents if i not in seen] + seen[self.steps % max(1, len(seen)) :][:1]
        answer = await self.product.looks(key, single, first=len(seen) + 1, whole=whole)
        figures["views"] += 1
        if who.archived or who.locked_out:
            assert _codes(answer) == {UNAUTHENTICATED}
            return
        assert "errors" not in answer, answer["errors"]
        data = answer["data"]
        assert data["cursor"] == encode_cursor(self.place)
        assert [x["number"] for x in data["incidents"]["nodes"]] == [i.number for i in seen], f"{key} sees others"
        for n, incident in enumerate(single):
            found = (data[f"i{n}"], data[f"n{n}"])
            sees = ({"number": incident.number}, {"id": incident.id})
            assert found == (sees if incident in seen else (None, None)), f"{key} and {incident}: {found}"
        for incident, shown in zip(seen, data["incidents"]["nodes"], strict=True):
            self._compare_incident(who, incident, shown, whole=whole)
        self._compare_rest(who, data)
        if self.place > before:
            await self._compare_feed(key, before)

    def _compare_rest(self, who, data):
        """Alerts are as visible as their incidents; components are as customers are told."""
        c = self.company
        alerts = {a.id for a in c.alerts if a.incident is None or c.sees(who, a.incident)}
        assert {x["id"] for x in data["alerts"]["nodes"]} == alerts, f"{who} sees other alerts"
        shown = {x["id"]: x["status"] for x in data["components"]}
        assert shown == {key: c.shown.get(key, "OPERATIONAL") for key in c.components}

    def _compare_incident(self, who, incident, answer, *, whole):
        if not whole:
            assert (answer["stage"], answer["visibility"]) == (incident.stage, incident.visibility)
            return
        sound(answer)
        expected, found = of_incident(self.company, who, incident, HOST), known(answer)
        differs = {k: (found[k], expected[k]) for k in expected if found[k] != expected[k]}
        assert not differs, f"{incident} as {who} sees it (found, expected): {differs}"
        if any(line.incident.head is incident.head for line in self.company.fresh if line.incident):
            self.snapshots.append((self.place, incident, who, answer))

    async def _compare_feed(self, key, before):
        """Resumed before this step, the feed brings what it wrote and may be seen today, once and in order."""
        who, c = self.company.people[key], self.company
        expected = sorted((x for x in c.fresh if c.sees_line(who, x)), key=lambda x: x.place)
        found = await self.product.feed(key, encode_cursor(before), self.place)
        assert [x["id"] for x in found] == [x.id for x in expected], f"{key} is told of something else"
        for event, line in zip(found, expected, strict=True):
            told = ((event["incident"] or {}).get("number"), event["number"], event["kind"])
            assert told == (*_numbers(line), line.kind)

    async def _compare_stranger(self):
        """Nobody sees nothing."""
        answer = await self.product.looks(None, self.company.incidents[:2], first=1, whole=False)
        assert _codes(answer) == {UNAUTHENTICATED}
        assert not any((answer.get("data") or {}).values())

    # The past

    def compare_past(self):
        """Every snapshot must be what the incident was as of its cursor, for those who see it today."""
        if AS_OF:
            self.run(self._compare_past())

    async def _compare_past(self):
        for place, incident, who, then in self.snapshots:
            if not self.company.sees(who, incident):
                continue
            document = f"query ($r: String!, $at: Cursor) {{ incident(ref: $r, asOf: $at) {{ ...Wide }} }} {WIDE}"
            variables = {"r": f"INC-{incident.number}", "at": encode_cursor(place)}
            answer = await self.product.ask(who.key, document, variables)
            assert "errors" not in answer, answer["errors"]
            found = answer["data"]["incident"]
            differs = found and {k: (found[k], then[k]) for k in then if found[k] != then[k]}
            assert not differs, f"{incident} as of {place} for {who} (asOf, then): {differs}"
            assert found is not None, f"{incident} as of {place} is hidden from {who}"
            figures["snapshots"] += 1

    async def _newest(self):
        async with self.product.database.reading() as reader:
            return await reader.scalar(text("select coalesce(max(id), 0) from event"))

    async def _log(self, before):
        async with self.product.database.reading() as reader:
            statement = text("select id, incident_id, number, kind from event where id > :before order by id")
            return await reader.execute(statement, {"before": before})


def _numbers(line):
    return (line.incident.number if line.incident else None), line.number


def _codes(answer):
    return {error["extensions"]["code"] for error in answer.get("errors", [])}
