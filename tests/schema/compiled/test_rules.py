"""The rules of the GraphQL specification's chapter 6, "Execution" (October 2021), each by a request of its own.

Each is executed in compiled form on a little schema without a database, and by graphql-core besides.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from core.errors import DomainError, ErrorCode
from tests.schema.compiled.both import Case, by_compiled, compare, document_of
from tests.schema.compiled.little import A_TEAM

NO = DomainError(ErrorCode.FORBIDDEN, "No.")


@dataclass
class Rule:
    """A request, what is answered, and where there is an error."""

    document: str
    data: Any
    errors: list[tuple[list[Any], str]] = field(default_factory=list)
    """Paths, and how the message begins."""
    variables: dict[str, Any] = field(default_factory=dict)
    faults: dict[tuple[str, int, str], Any] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    done: list[str] = field(default_factory=list)
    """What mutations did, in order."""


RULES = {
    # 6.1.2 Coercing variable values
    "6.1.2 a variable without a value has its default": Rule(
        "query($k: Int = 2) { person(key: $k) { name } }", {"person": {"name": "P2"}}
    ),
    "6.1.2 a given value is used instead of the default": Rule(
        "query($k: Int = 2) { person(key: $k) { name } }", {"person": {"name": "P3"}}, variables={"k": 3}
    ),
    "6.1.2 an enumeration's value is coerced": Rule(
        "query($c: Colour!) { grid(colour: $c) }", {"grid": [["BLUE", None], []]}, variables={"c": "BLUE"}
    ),
    # 6.2.1 Query
    "6.2.1 the root of a query has the fields that are selected": Rule(
        "{ person { name } must { age } }", {"person": {"name": "P1"}, "must": {"age": 10}}
    ),
    # 6.2.2 Mutation
    "6.2.2 fields of a mutation are executed one after the other": Rule(
        'mutation { a: rename(key: 1, name: "x") { name } b: rename(key: 1, name: "y") { name } }',
        {"a": {"name": "x"}, "b": {"name": "y"}},
        done=["1=x", "1=y"],
    ),
    "6.2.2 what a field of a mutation finds is not remembered for the next": Rule(
        'mutation { a: rename(key: 2, name: "x") { friends { name } } b: rename(key: 1) { friends { name } } }',
        {"a": {"friends": [{"name": "P1"}, {"name": "P3"}]}, "b": {"friends": [{"name": "x"}, {"name": "P3"}]}},
        done=["2=x", "1=new"],
    ),
    "6.2.2 a field that fails and may be null does not stop the next": Rule(
        "mutation { a: rename(key: 9) { name } b: rename(key: 1) { name } }",
        {"a": None, "b": {"name": "new"}},
        [(["a"], "There is no such person.")],
        done=["9=new", "1=new"],
    ),
    "6.2.2 a field that fails and must not be null stops the next": Rule(
        "mutation { a: mustRename(key: 9) { name } b: rename(key: 1) { name } }",
        None,
        [(["a"], "There is no such person.")],
        done=["must 9"],
    ),
    # 6.3 Executing selection sets
    "6.3 an alias is the key of the answer": Rule("{ who: person { called: name } }", {"who": {"called": "P1"}}),
    "6.3 keys are in the order in which they are first met": Rule(
        "{ person { age ...F name } } fragment F on Person { alive age }",
        {"person": {"age": 10, "alive": False, "name": "P1"}},
    ),
    "6.3 __typename is the name of the object's type": Rule(
        "{ __typename person { __typename pair { __typename } } thing { __typename } }",
        {
            "__typename": "Query",
            "person": {"__typename": "Person", "pair": {"__typename": "Pair"}},
            "thing": {"__typename": "Team"},
        },
    ),
    # 6.3.2 Field collection
    "6.3.2 @skip leaves a field out": Rule(
        "{ person { name @skip(if: true) age @skip(if: false) } }", {"person": {"age": 10}}
    ),
    "6.3.2 @include leaves a field out": Rule(
        "{ person { name @include(if: false) age @include(if: true) } }", {"person": {"age": 10}}
    ),
    "6.3.2 @skip and @include together": Rule(
        "{ person { name @skip(if: true) @include(if: true) age @skip(if: false) @include(if: true) } }",
        {"person": {"age": 10}},
    ),
    "6.3.2 conditions by variables": Rule(
        "query($a: Boolean!, $b: Boolean = false) { person { name @include(if: $a) age @skip(if: $b) } }",
        {"person": {"age": 10}},
        variables={"a": False},
    ),
    "6.3.2 conditions on fragments and spreads": Rule(
        "{ person { ...F @skip(if: true) ... @include(if: false) { age } ... @include(if: true) { alive } } }"
        " fragment F on Person { name }",
        {"person": {"alive": False}},
    ),
    "6.3.2 nothing that is selected is left": Rule("{ person { name @skip(if: true) } }", {"person": {}}),
    "6.3.2 a fragment is collected once": Rule(
        "{ person { ...F ...F } } fragment F on Person { name }", {"person": {"name": "P1"}}
    ),
    "6.3.2 a fragment on another type does not apply": Rule(
        "{ thing(key: 1) { ... on Person { age } ... on Team { motto } } }", {"thing": {"motto": "win"}}
    ),
    "6.3.2 a fragment on an interface applies to its types": Rule(
        "{ person { ... on Thing { id } } }", {"person": {"id": "person:1"}}
    ),
    "6.3.2 a fragment without a type applies": Rule("{ person { ... { name } } }", {"person": {"name": "P1"}}),
    # 6.4.1 Coercing field arguments
    "6.4.1 an argument that is left out has its default": Rule("{ person { score } }", {"person": {"score": 2}}),
    "6.4.1 null is an argument of its own": Rule(
        "{ person { score(times: null, plus: 5) } }", {"person": {"score": 6}}
    ),
    "6.4.1 a variable that is not given leaves the argument out": Rule(
        "query($p: Int = 3, $c: Colour) { person { score(plus: $p) friends(colour: $c) { name } } }",
        {"person": {"score": 4, "friends": [{"name": "P2"}, {"name": "P3"}]}},
    ),
    "6.4.1 a variable inside a list": Rule(
        "query($n: Int!) { person(key: 2) { score(times: [1, $n], plus: 0) } }",
        {"person": {"score": 10}},
        variables={"n": 4},
    ),
    "6.4.1 one value where a list is wanted": Rule(
        "{ person(key: 2) { score(times: 4, plus: 0) } }", {"person": {"score": 8}}
    ),
    "6.4.1 the same field with other arguments": Rule(
        "{ person { a: score(plus: 0) b: score(plus: 1) } }", {"person": {"a": 1, "b": 2}}
    ),
    # 6.4.2 Value resolution
    "6.4.2 an error of a resolver is the field's": Rule(
        "{ a: thing(key: 4) { name } b: person { name } }",
        {"a": None, "b": {"name": "P1"}},
        [(["a"], "There is no such thing.")],
    ),
    "6.4.2 an error of one parent is none of its siblings'": Rule(
        "{ people { boss { name } } }",
        {"people": [{"boss": {"name": "P2"}}, {"boss": None}, {"boss": {"name": "P4"}}, {"boss": None}]},
        [(["people", 1, "boss"], "No.")],
        faults={("Person", 2, "boss"): NO},
    ),
    "6.4.2 an error of a whole batch is every parent's": Rule(
        "{ thing(key: 1) { ... on Team { members { name } } name } }",
        {"thing": {"members": None, "name": "T1"}},
        [(["thing", "members"], "Nobody may read members.")],
        whole=frozenset({"members"}),
    ),
    # 6.4.3 Value completion
    "6.4.3 null where it may be": Rule(
        "{ person { nick } none: person(key: 9) { name } }", {"person": {"nick": None}, "none": None}
    ),
    "6.4.3 lists, and lists of lists": Rule(
        "{ person { tags loose grid known { name } } grid }",
        {
            "person": {
                "tags": ["a1", "b"],
                "loose": [None, "x"],
                "grid": [[1, 2], [], [3]],
                "known": [[{"name": "P1"}], [{"name": "P2"}, None], None],
            },
            "grid": [["RED", None], []],
        },
    ),
    "6.4.3 what is no list is an error": Rule(
        "{ person { loose name } }",
        {"person": {"loose": None, "name": "P1"}},
        [(["person", "loose"], "Expected Iterable")],
        faults={("Person", 1, "loose"): 7},
    ),
    "6.4.3 scalars are coerced": Rule(
        "{ person { id age weight alive shout extra } }",
        {
            "person": {
                "id": "person:1",
                "age": 3,
                "weight": 1.5,
                "alive": False,
                "shout": "HEY1!",
                "extra": {"deep": [1, None]},
            }
        },
        faults={("Person", 1, "age"): 3.0},
    ),
    "6.4.3 a number that Int can't hold is an error": Rule(
        "{ person { age } }",
        {"person": {"age": None}},
        [(["person", "age"], "Int cannot represent non 32-bit signed integer value")],
        faults={("Person", 1, "age"): 2**31},
    ),
    "6.4.3 a number that is none is an error": Rule(
        "{ person { weight } }",
        {"person": None},
        [(["person", "weight"], "Float cannot represent non numeric value")],
        faults={("Person", 1, "weight"): float("inf")},
    ),
    "6.4.3 True is no number": Rule("{ person { age } }", {"person": {"age": 1}}, faults={("Person", 1, "age"): True}),
    "6.4.3 an enumeration's value that there is not is an error": Rule(
        "{ person { colour } }",
        {"person": {"colour": None}},
        [(["person", "colour"], "Enum 'Colour' cannot represent value")],
        faults={("Person", 1, "colour"): "green"},
    ),
    "6.4.3 a scalar of one's own refuses": Rule(
        "{ person { shout } }",
        {"person": {"shout": None}},
        [(["person", "shout"], "7 can't be shouted.")],
        faults={("Person", 1, "shout"): 7},
    ),
    "6.4.3 a scalar that makes nothing of a value is an error": Rule(
        "{ person { shout } }",
        {"person": {"shout": None}},
        [(["person", "shout"], "Expected `Shout.coerce_output_value")],
        faults={("Person", 1, "shout"): "void"},
    ),
    "6.4.3 an object of another type is an error": Rule(
        "{ person { boss { name } } }",
        {"person": {"boss": None}},
        [(["person", "boss"], "Expected value of type 'Person'")],
        faults={("Person", 1, "boss"): 7},
    ),
    "6.4.3 an object of another type is an error, whatever it says of itself": Rule(
        "{ person { boss { name } } }",
        {"person": {"boss": None}},
        [(["person", "boss"], "Expected value of type 'Person'")],
        faults={("Person", 1, "boss"): A_TEAM},
    ),
    "6.4.2 an error is one even where anything may be said": Rule(
        "{ person { notes } other: person(key: 2) { notes } }",
        {"person": {"notes": None}, "other": {"notes": {"key": 2}}},
        [(["person", "notes"], "No.")],
        faults={("Person", 1, "notes"): NO},
    ),
    "6.4.2 one question in several places is answered in each": Rule(
        "{ person(key: 2) { friends(first: 1) { boss { age } } boss { boss { age } } } }",
        {"person": {"friends": [{"boss": {"age": 20}}], "boss": {"boss": {"age": 40}}}},
    ),
    # 6.4.3 Merging selection sets
    "6.4.3 selections of one key are merged": Rule(
        "{ person { boss { name } ...F } } fragment F on Person { boss { age boss { name } } }",
        {"person": {"boss": {"name": "P2", "age": 20, "boss": {"name": "P3"}}}},
    ),
    # 6.4.3 Resolving abstract types
    "6.4.3 an interface is resolved for each value": Rule(
        "{ person { things { __typename id ... on Person { age } ... on Team { motto } } } }",
        {
            "person": {
                "things": [
                    {"__typename": "Team", "id": "team:1", "motto": "win"},
                    {"__typename": "Person", "id": "person:2", "age": 20},
                ]
            }
        },
    ),
    "6.4.3 a union is resolved for each value": Rule(
        "{ person { about { __typename ... on Person { name } } } }",
        {"person": {"about": [{"__typename": "Person", "name": "P2"}, {"__typename": "Team"}, None]}},
    ),
    "6.4.3 a value of none of the types is an error": Rule(
        "{ thing(key: 2) { ... on Person { things { id } } } }",
        {"thing": None},
        [(["thing", "things", 0], "Abstract type 'Thing' must resolve to an Object type")],
        faults={("Person", 3, "things"): [7]},
    ),
    # 6.4.4 Handling field errors
    "6.4.4 null in a field that must not be null is an error of its parent": Rule(
        "{ person { name friends { name team { name } } } }",
        {"person": None},
        [(["person", "friends", 0, "team"], "Cannot return null for non-nullable field Person.team.")],
        faults={("Person", 2, "team"): None},
    ),
    "6.4.4 null goes up to the next place that may be null": Rule(
        "{ person { name boss { age team { name } } } }",
        {"person": {"name": "P1", "boss": None}},
        [(["person", "boss", "team", "name"], "Cannot return null for non-nullable field Team.name.")],
        faults={("Team", 3, "name"): None},
    ),
    "6.4.4 null in a list of what must not be null empties the list": Rule(
        "{ person { name grid } }",
        {"person": {"name": "P1", "grid": None}},
        [(["person", "grid", 0, 1], "Cannot return null for non-nullable field Person.grid.")],
        faults={("Person", 1, "grid"): [[1, None]]},
    ),
    "6.4.4 null in place of a list that must not be null": Rule(
        "{ person { name grid } }",
        {"person": {"name": "P1", "grid": None}},
        [(["person", "grid", 1], "Cannot return null for non-nullable field Person.grid.")],
        faults={("Person", 1, "grid"): [[1], None]},
    ),
    "6.4.4 null in a list of what may be null stays there": Rule(
        "{ person { known { name } } }",
        {"person": {"known": [[None], None]}},
        [(["person", "known", 0, 0], "No.")],
        faults={("Person", 1, "known"): [[NO], None]},
    ),
    "6.4.4 null that goes up to the root leaves no data": Rule(
        "{ must(key: 3) { name weight } }",
        None,
        [(["must", "weight"], "Cannot return null for non-nullable field Person.weight.")],
        faults={("Person", 3, "weight"): None},
    ),
    "6.4.4 one error for each place": Rule(
        "{ people { nick shout } }",
        {
            "people": [
                {"nick": None, "shout": None},
                {"nick": "n2", "shout": "HEY2!"},
                {"nick": None, "shout": "HEY3!"},
                {"nick": "n4", "shout": None},
            ]
        },
        [(["people", 0, "shout"], "7 can't"), (["people", 3, "shout"], "Expected `Shout")],
        faults={("Person", 1, "shout"): 7, ("Person", 4, "shout"): "void"},
    ),
    "6.4.4 what is read and fails is the field's error": Rule(
        "{ person { pair { name } age } }",
        {"person": {"pair": None, "age": 10}},
        [(["person", "pair", "name"], "No.")],
        faults={("Person", 1, "name"): NO},
    ),
}


@pytest.mark.parametrize("name", RULES)
async def test_rule(name):
    rule = RULES[name]
    case = Case(rule.document, rule.variables, rule.faults, rule.whole)
    document, world = document_of(rule.document), case.world()
    result = await by_compiled(document, case, world)
    assert result is not None, "it was not compiled"
    assert result.data == rule.data
    found = sorted((error.path, error.message) for error in result.errors or ())
    assert [path for path, _ in found] == [path for path, _ in rule.errors]
    for (_, message), (_, begins) in zip(found, rule.errors, strict=True):
        assert message.startswith(begins)
    assert world.done == rule.done
    assert not (await compare(document, case)).chosen
