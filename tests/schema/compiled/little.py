"""A little schema with every shape that GraphQL knows, rows that are told what goes wrong, and no database."""

from collections import Counter
from enum import Enum
from typing import Annotated, Any, NewType, Union

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from core.course import Course
from core.errors import DomainError, ErrorCode
from resolvers.batch import Batches
from resolvers.fields import batched, column, computed

Shout = NewType("Shout", str)


def shouted(value: object) -> str | None:
    """Refuses what is no text; of "void" it makes nothing, which no leaf may be."""
    if not isinstance(value, str):
        raise DomainError(ErrorCode.INVALID_INPUT, f"{value!r} can't be shouted.")
    return None if value == "void" else f"{value.upper()}!"


SHOUT = strawberry.scalar(name="Shout", serialize=shouted, parse_value=str)


@strawberry.enum
class Colour(Enum):
    RED = "red"
    BLUE = "blue"


A_TEAM = "a row of another model"


class Row:
    """A row: what it says is in `data`, and an exception there is raised when it is read."""

    def __init__(self, model: str, key: int, data: dict[str, Any]) -> None:
        self.model = model
        self.key = key
        self.data = data

    def __getattr__(self, name: str) -> Any:
        try:
            value = self.__dict__["data"][name]
        except KeyError:
            raise AttributeError(name) from None
        if isinstance(value, Exception):
            raise value
        return value


class World:
    """What a request is handed. `faults`: by (model, key, field), what is there instead."""

    def __init__(self, faults: dict[tuple[str, int, str], Any] | None = None, *, whole: frozenset[str] = frozenset()):
        self.faults = faults or {}
        self.whole = whole
        """Batches that fail as a whole."""
        self.batches = Batches(self)
        self.course = Course()
        self.calls: Counter[str] = Counter()
        self.done: list[str] = []
        self.people = [self._row("Person", key, name=f"P{key}", age=key * 10, weight=key + 0.5) for key in range(1, 5)]
        self.teams = [self._row("Team", key, name=f"T{key}", motto="win") for key in range(1, 4)]

    def _row(self, model: str, key: int, **data: Any) -> Row:
        data |= {
            "colour": list(Colour)[key % 2],
            "shout": f"hey{key}",
            "nick": None if key % 2 else f"n{key}",
            "tags": [f"a{key}", "b"],
            "grid": [[key, 2], [], [3]],
            "loose": [None, "x"] if key % 2 else None,
            "extra": {"deep": [1, None]},
            "alive": key % 2 == 0,
        }
        return Row(model, key, data | {f: v for (m, k, f), v in self.faults.items() if (m, k) == (model, key)})

    def put(self, batch: str, rows: list[Any], of: Any) -> list[Any]:
        """The values of a batch for rows, with the faults in them."""
        self.calls[batch] += 1
        if batch in self.whole:
            raise DomainError(ErrorCode.FORBIDDEN, f"Nobody may read {batch}.")
        missing = object()
        found = (self.faults.get((row.model, row.key, batch), missing) for row in rows)
        found = [self.teams[0] if isinstance(fault, str) and fault == A_TEAM else fault for fault in found]
        return [of(row) if fault is missing else fault for row, fault in zip(rows, found, strict=True)]


def model_is(name: str, *, by_class: bool = False):
    def is_type_of(row: Any, _info: Any) -> bool:
        return getattr(row, "model", None) == name

    is_type_of.by_class = by_class
    return is_type_of


async def friends(ctx, rows, *, first: int = 2, colour: Colour | None = None):
    def of(row):
        if first < 0:
            return DomainError(ErrorCode.INVALID_INPUT, "A page can't be shorter than nothing.", field="first")
        some = [p for p in ctx.people if p is not row and (colour is None or p.data["colour"] is colour)]
        return some[:first]

    return ctx.put("friends", rows, of)


async def boss(ctx, rows):
    return ctx.put("boss", rows, lambda row: ctx.people[row.key] if row.key < 4 else None)


async def team(ctx, rows):
    return ctx.put("team", rows, lambda row: ctx.teams[row.key % 3])


async def members(ctx, rows):
    return ctx.put("members", rows, lambda row: [p for p in ctx.people if p.key % 3 == row.key % 3])


async def score(ctx, rows, *, times: list[int] | None = None, plus: int = 1):
    return ctx.put("score", rows, lambda row: row.key * sum(times or [1]) + plus)


async def notes(ctx, rows):
    return ctx.put("notes", rows, lambda row: {"key": row.key})


async def known(ctx, rows):
    return ctx.put("known", rows, lambda row: [[ctx.people[0]], [ctx.people[row.key % 4], None], None])


async def about(ctx, rows):
    return ctx.put("about", rows, lambda row: [ctx.people[row.key % 4], ctx.teams[row.key % 3], None])


async def things(ctx, rows):
    return ctx.put("things", rows, lambda row: [ctx.teams[0], ctx.people[row.key % 4]])


@strawberry.interface
class Thing:
    id: strawberry.ID = column("")
    name: str | None = column("")


APerson = Annotated["Person", strawberry.lazy("tests.schema.compiled.little")]


class Pair:
    """What a computed field makes: an object of its own, anew each time."""

    model = "Pair"

    def __init__(self, row: Row) -> None:
        self.row = row
        self.key = row.key

    @property
    def name(self) -> Any:
        return self.row.name


async def pair_friends(ctx, pairs):
    return ctx.put("pair_friends", [pair.row for pair in pairs], lambda row: ctx.people[: row.key])


@strawberry.type(name="Pair")
class PairType:
    name: str = column("")
    friends: list[APerson] = batched(pair_friends, description="")


@strawberry.type
class Team(Thing):
    id: strawberry.ID = computed(lambda row: f"team:{row.key}", description="")
    name: str = column("")
    motto: str | None = column("")
    shout: Shout = column("")
    colour: Colour = column("")
    members: list[APerson] | None = batched(members, description="")
    is_type_of = model_is("Team")


@strawberry.type
class Person(Thing):
    id: strawberry.ID = computed(lambda row: f"person:{row.key}", description="")
    name: str = column("")
    age: int | None = column("")
    weight: float = column("")
    alive: bool = column("")
    nick: str | None = column("")
    colour: Colour | None = column("")
    shout: Shout | None = column("")
    tags: list[str] = column("")
    loose: list[str | None] | None = column("")
    grid: list[list[int]] | None = column("")
    extra: JSON = column("")
    pair: PairType | None = computed(Pair, description="")
    friends: list[APerson] = batched(friends, description="", arguments={"first": "", "colour": ""})
    boss: APerson | None = batched(boss, description="")
    team: Team = batched(team, description="")
    score: int = batched(score, description="", arguments={"times": "", "plus": ""})
    notes: JSON | None = batched(notes, description="")
    known: list[list[APerson | None] | None] | None = batched(known, description="")
    things: list[Thing] = batched(things, description="")
    about: list[Annotated[Union[APerson, Team], strawberry.union("Anything")] | None] = batched(  # noqa: UP007
        about, description=""
    )
    is_type_of = model_is("Person")


@strawberry.type
class Query:
    @strawberry.field
    async def people(self, info: strawberry.Info) -> list[Person]:
        return info.context.people

    @strawberry.field
    async def person(self, info: strawberry.Info, key: int = 1) -> Person | None:
        return info.context.people[key - 1] if 0 < key <= 4 else None

    @strawberry.field
    def must(self, info: strawberry.Info, key: int = 1) -> Person:
        if key > 4:
            raise DomainError(ErrorCode.NOT_FOUND, "There is no such person.", field="key")
        return info.context.people[key - 1]

    @strawberry.field
    async def thing(self, info: strawberry.Info, key: int = 1) -> Thing | None:
        if key > 3:
            raise GraphQLError("There is no such thing.")
        return info.context.teams[key - 1] if key % 2 else info.context.people[key]

    @strawberry.field
    async def grid(self, colour: Colour = Colour.RED) -> list[list[Colour | None]]:
        return [[colour, None], []]


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def rename(self, info: strawberry.Info, key: int, name: str | None = "new") -> Person | None:
        info.context.done.append(f"{key}={name}")
        info.context.batches = Batches(info.context)
        if key > 4:
            raise DomainError(ErrorCode.NOT_FOUND, "There is no such person.")
        info.context.people[key - 1].data["name"] = name
        return info.context.people[key - 1]

    @strawberry.mutation
    def must_rename(self, info: strawberry.Info, key: int) -> Person:
        info.context.done.append(f"must {key}")
        if key > 4:
            raise DomainError(ErrorCode.NOT_FOUND, "There is no such person.")
        return info.context.people[key - 1]


schema = strawberry.Schema(
    query=Query, mutation=Mutation, types=[Team, Person], config=StrawberryConfig(scalar_map={Shout: SHOUT})
)
core = schema._schema  # noqa: SLF001
