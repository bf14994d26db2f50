"""The real schema, whose resolvers read no more columns than are selected, answers as it does by graphql-core."""

import random

import httpx
import pytest
from graphql import build_schema, get_named_type, is_abstract_type, is_leaf_type, is_required_argument

from actions.merges import merge_incident
from core.ids import encode
from schema.build import schema as built
from schema.compiled.reasons import COMPILED, LONG_WAY, Reason
from tests.effort import effort
from tests.schema.client import HOST, Client, app_of, runtime_of
from tests.schema.story import tell

DOCUMENTS = effort(60, 2_000)
DEPTH = 5
CHANCE = ("$yes", "$no")
NARROW = 0.6
"""How often nothing but values is selected, which says what it reads more often than not."""
PASSING = frozenset({"uptime"})
"""Fields that differ from one moment to the next."""
ROOTS = (
    "incident(ref: $ref)",
    "node(id: $node)",
    "incidents(first: 3)",
    "actionItems(first: 5)",
    "alerts(first: 3)",
    "users",
    "services",
    "severities",
    "teams",
    "viewer",
)


class Written:
    """A random document: aliases, fragments, conditions by variables, and the same field in several places."""

    def __init__(self, chance: random.Random, schema) -> None:
        self.chance, self.schema = chance, schema

    def whole(self) -> str:
        named = self.chance.sample(ROOTS, 2)
        named.append(named[0])  # once more, with another selection
        roots = [f"r{at}: {root} {self.below(self.kind(root), DEPTH)}" for at, root in enumerate(named)]
        said = " ".join(roots)
        given = ("$ref: String!, " if "$ref" in said else "") + ("$node: ID!, " if "$node" in said else "")
        return f"query({given}$yes: Boolean!, $no: Boolean!) {{ {said} }}"

    def kind(self, root: str):
        return get_named_type(self.schema.query_type.fields[root.partition("(")[0]].type)

    def below(self, kind, depth: int) -> str:
        fields = getattr(kind, "fields", {})
        free = [name for name, each in fields.items() if not any(map(is_required_argument, each.args.values()))]
        free = [name for name in free if name not in PASSING]
        free = [name for name in free if depth > 1 or is_leaf_type(get_named_type(fields[name].type))]
        simple = [name for name in free if is_leaf_type(get_named_type(fields[name].type))]
        narrow = simple and self.chance.random() < NARROW
        among = simple if narrow else free
        chosen = [self.chance.choice(among) for _ in range(self.chance.randint(1, 4))] if free else []
        told = ["__typename @include(if: $yes) @skip(if: $no)", *(self.field(kind, name, depth) for name in chosen)]
        if is_abstract_type(kind):
            possible = self.chance.sample(kinds := self.schema.get_possible_types(kind), min(3, len(kinds)))
            told += [f"... on {each.name} {self.below(each, depth)}" for each in possible]
        return "{ " + " ".join(told) + " }"

    def field(self, parent, name: str, depth: int) -> str:
        kind = get_named_type(parent.fields[name].type)
        condition = f" @{self.chance.choice(['include', 'skip'])}(if: {self.chance.choice(CHANCE)})"
        condition = condition if self.chance.random() < 0.4 else ""
        alias = f"a{self.chance.getrandbits(40)}: "
        if is_leaf_type(kind):
            return f"{alias}{name}{condition}"
        told = f"{alias}{name}{condition} {self.below(kind, depth - 1)}"
        if self.chance.random() < 0.3:  # the same question with another selection beside it
            told += f" again{alias}{name} {self.below(kind, depth - 1)}"
        return told if self.chance.random() < 0.7 else f"... on {parent.name}{condition} {{ {told} }}"


@pytest.fixture
async def both(world):
    """Two clients of one database: of compiled operations, and of graphql-core."""
    made, opened = [], []
    for on in (True, False):
        runtime = runtime_of(world.database, compiled_operations=on)
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app_of(runtime)), base_url=HOST)
        opened.append(http)
        made.append(Client(world, http, runtime))
    made[1].tokens = made[0].tokens
    yield made
    for http in opened:
        await http.aclose()


async def test_random_selections_of_the_real_schema_are_answered_alike(world, both):
    story = await tell(world)
    other = await tell(world, title="The same again")
    await world.do(merge_incident, world.ben, incident=other.ref, into=story.ref)
    schema = build_schema(built.as_str())
    nodes = [
        encode("Incident", story.incident.id),
        encode("Event", story.notes[3].id),
        encode("User", world.users["ben"].id),
        encode("ActionItem", story.item.id),
        encode("Update", story.update.id),
    ]
    compiled, long_way = COMPILED._value.get(), LONG_WAY.labels(Reason.ERRORS)._value.get()  # noqa: SLF001
    for seed in range(DOCUMENTS):
        chance = random.Random(seed)  # noqa: S311 (documents, not secrets)
        document = Written(chance, schema).whole()
        for _ in range(3):  # of one document, which is compiled once: conditions leave other fields in it each time
            given = {"ref": story.ref, "node": chance.choice(nodes)}
            given |= {"yes": chance.random() < 0.7, "no": chance.random() < 0.3}
            by = chance.choice(["ben", "ada", "eve"])
            ours, theirs = [await each.answer(document, given, by=by) for each in both]
            assert _told(ours) == _told(theirs), (seed, given, document)
    assert COMPILED._value.get() > compiled + DOCUMENTS  # noqa: SLF001
    assert LONG_WAY.labels(Reason.ERRORS)._value.get() == long_way, "an attribute that was not read, perhaps"  # noqa: SLF001


def _told(answer):
    return answer.get("data"), sorted(map(str, answer.get("errors", ())))
