"""Documents that an attacker would send, each as large as it may be or larger: one corpus for tests and benchmarks.

`TOO_EXPENSIVE` and `INVALID` are refused with that code; `HEAVY` are within every limit, and made to cost as much as
they can. Texts are GraphQL; `request` makes a body of one, another text every time so that no cache helps.
"""

from typing import Any

from schema import limits

ROOM = limits.MAX_LENGTH - 1_000
"""Characters that a huge literal may have, so that the document around it is within the limit."""

Corpus = dict[str, str]


def each(template: str, count: int) -> str:
    """A text repeated with the number of the repetition in place of #."""
    return " ".join(template.replace("#", str(i)) for i in range(count))


def many(template: str, count: int) -> str:
    """A query of a field over and over."""
    return f"{{ {each(template, count)} }}"


def nested(field: str, depth: int, leaf: str = "id", times: int = 1) -> str:
    """A field in itself, so many levels deep and so many times at each level."""
    for _ in range(depth):
        leaf = f"{field} {{ {leaf} }} " * times
    return leaf


def chain(length: int, times: int) -> str:
    """Fragments of which each spreads the next one so many times."""
    fragments = [f"fragment f{i} on Query {{ {f'...f{i + 1} ' * times} }}" for i in range(length)]
    return " ".join(["{ ...f0 }", *fragments, f"fragment f{length} on Query {{ cursor }}"])


def incident(selection: str) -> str:
    """A selection of one incident."""
    return f'{{ incident(ref: "INC-1") {{ {selection} }} }}'


def page(selection: str) -> str:
    """A selection of a hundred incidents."""
    return f"{{ incidents(first: 100) {{ nodes {{ {selection} }} }} }}"


def filtered(line: str) -> str:
    """The incidents by a filter."""
    return f"{{ incidents(filter: {{ {line} }}) {{ nodes {{ id }} }} }}"


def node(literal: str) -> str:
    """One thing by a literal where an id belongs."""
    return f"{{ node(id: {literal}) {{ id }} }}"


TOO_EXPENSIVE: Corpus = {
    "fragments that double 24 times": chain(24, 2),
    "fragments that each spread all later ones": " ".join(
        f"fragment f{i} on Query {{ {' '.join(f'...f{j}' for j in range(i + 1, 14))} cursor }}" for i in range(14)
    )
    + " { ...f0 }",
    "ten thousand aliases": many("a#: cursor", 10_000),
    "a few aliases too many": many("a#: cursor", limits.MAX_ALIASES + 1),
    "five thousand times the same field": many("cursor", 5_000),
    "a thousand times the same field": many("cursor", 1_000),
    "the same field with other arguments": many("node(id: #) { id }", 80),
    "the same fields again in many objects": incident("commander { name id email } " * 60),
    "fields that double at every level": incident(nested("mergedInto", 8, times=2)),
    "deep fields": incident(nested("mergedInto", limits.MAX_DEPTH)),
    "a deep syntax tree": "{" + "a{" * 70 + "b" + "}" * 71,
    "many operations": each("query q# { cursor }", 200),
    "many fragments": "{ cursor }" + each("fragment f# on Query { cursor }", 200),
    "many spreads": "{" + " ...f" * 101 + "} fragment f on Query { cursor }",
    "many inline fragments": f"{{ cursor {each('... on Thing# { id }', 600)} }}",
    "many directives": "{ cursor " + "@include(if: true) " * 200 + "}",
    "many input fields": filtered(each("a#: 1", 900)),
    "comments": "#\n" * 50_000 + "{ cursor }",
    "a long text": "{ cursor }" + " " * limits.MAX_LENGTH,
    "a text of many lines": "{ cursor" + "\n" * 190_000 + each("bad#", 100) + "}",
    "a text of many old lines": "{ cursor" + "\r" * 190_000 + "??",
    "a block string of many lines": node('"""' + "x\n" * 90_000 + '"""'),
    "pages in pages": page("timeline(first: 100) { nodes { id text } }"),
    "lists in lists": f"{{ users {{ {nested('teams { members', 6).replace('}', '} }')} }} }}",
    "objects of objects": incident(nested("mergedFrom", 8)),
    "the schema over and over": many("a#: __schema { types { name } }", 6),
    "the schema twice": many("a#: __schema { types { fields { type { fields { name } } } } }", 2),
    "the types twice": f"{{ __schema {{ {each('a#: types { fields { type { fields { name } } } }', 2)} }} }}",
    "the fields of every type over and over": f"{{ __schema {{ types {{ {each('a#: fields { name }', 90)} }} }} }}",
    "lists nested beyond the parser": node("[" * 1_900 + "]" * 1_900),
    "fields nested beyond the parser": "{" + "a{" * 1_300 + "b" + "}" * 1_301,
    "types nested beyond the parser": "query($a: " + "[" * 1_900 + "Int" + "]" * 1_900 + ") { cursor }",
    "objects nested beyond the parser": node("{a:" * 900 + "1" + "}" * 900),
}

INVALID: Corpus = {
    "a fragment that spreads itself": "{ ...a } fragment a on Query { ...a }",
    "fragments in a circle": "{ ...a } fragment a on Query { ...b } fragment b on Query { cursor ...a }",
    "a circle of forty fragments": "{ ...f0 } "
    + each("fragment f# on Query { ...f#0 ...f0 }", 40).replace("f00", "f1"),
    "a circle that nobody spreads": "{ cursor } fragment a on Query { ...b } fragment b on Query { ...a }",
    "unknown fields": many("incidentz#", 900),
    "long unknown fields": f"{{ {each('x' * 190 + '#', 990)} }}",
    "fields that are almost known": f"mutation {{ {each('acknowledgeIncidentx#', 900)} }}",
    "one very long name": "{" + "x" * 150_000 + "}",
    "unknown fields on a long line": "{" + " " * 190_000 + each("bad#", 100) + "}",
    "unknown fields after many lines": "{" + "\n" * (limits.MAX_LINES - 1) + each("bad#", 900) + "}",
    "unknown arguments": f"{{ node({each('a#: 1', 900)}) {{ id }} }}",
    "unknown types of variables": f"query({each('$v#: Incidentz#', 900)}) {{ cursor }}",
    "unknown fragments": "{" + each("...f#", 100) + "}",
    "unknown directives": "{ cursor " + each("@includx#", 100) + "}",
    "unknown input fields": filtered(each("a#: 1", 100)),
    "unknown values": filtered(f"stages: [{each('S#', 3_000)}]"),
    "long unknown values": filtered(f"stages: [{each('D' * 90 + '#', 1_900)}]"),
    "values that are almost known": filtered(f"stages: [{each('DETECTIONz#', 1_900)}]"),
    "values of the wrong type": filtered("severities: [" + "1 " * 3_900 + "]"),
    "objects for texts": filtered("severities: [" + "{} " * 1_900 + "]"),
    "a list for an object": "{ incidents(filter: [" + "{open: true} " * 700 + "]) { nodes { id } } }",
    "two long lists for an id": "{ " + ("node(id: [" + '"x" ' * 1_900 + "]) { id } ") * 2 + "}",
    "the same variable over and over": "query(" + "$v: Int " * 900 + ") { cursor }",
    "unused variables": f"query({each('$v#: Int', 900)}) {{ cursor }}",
    "unknown variables": filtered(f"severities: [{each('$v#', 1_900)}]"),
    "a variable that forty operations lack": each("query q# { ...f }", 40)
    + " fragment f on Query { node(id: $v) { id } }",
    "variables of deep types": f"query({each('$v#: ' + '[' * 30 + 'Int' + ']' * 30, 60)}) {{ cursor }}",
    "inputs that lack everything": f"mutation {{ {each('m#: declareIncident(input: {}) { cursor }', 100)} }}",
    "an integer of 5,000 digits": "{ incidents(first: " + "1" * 5_000 + ") { nodes { id } } }",
    "a very long number": "{ incidents(first: " + "1" * ROOM + ") { nodes { id } } }",
    "a deep look at the schema": f"{{ __schema {{ types {{ {nested('possibleTypes', 6, 'name')} }} }} }}",
    "only fragments": "fragment a on Query { cursor }",
    "operations without a choice": each("query q# { cursor incidents { nodes { id title } } }", 50),
    "operations of one name": "query q { cursor } " * 50,
    "a type definition": "type A { b: Int }",
    "a large type definition": "type A {" + each("b#: Int", 1_300) + "}",
    "a large enumeration": "enum A {" + each("B#", 3_900) + "}",
    "an extension of the schema": "extend type Query { a: Int } { cursor }",
    "two fields in a subscription": 'subscription { feed { cursor } incidentChanged(ref: "1") { id } }',
    "a text without an end": '{ node(id: "' + "x" * ROOM,
    "fields in conflict": many("a: node(id: #) { id }", 40),
}

HEAVY: Corpus = {
    "a hundred fields": many("a#: cursor", 100),
    "a hundred texts of a hundred incidents": page(each("a#: summary", 100)),
    "the types of a hundred incidents": page(each("a#: __typename", 100)),
    "as many objects as possible": page(
        "timeline(first: 20) { edges { cursor node { id kind text actor { name } } } }"
    ),
    "many short timelines": page(each("a#: timeline(first: 1) { nodes { id } }", 60)),
    "a hundred nodes": many('a#: node(id: "SW5jaWRlbnQ6MQ") { id __typename }', 100),
    "a hundred ids that are none": many('a#: node(id: "x#") { id }', 100),
    "errors after many lines": "{" + "\n" * (limits.MAX_LINES - 1) + each('a#: node(id: "x#") { id }', 100) + "}",
    "errors in every list": page(each('a#: timeline(first: 1, after: "x#") { nodes { id } }', 80)),
    "a hundred searches": many("a#: " + filtered('text: "wrong #"')[1:-1], 100),
    "a hundred searches for many words": many("a#: " + filtered('text: "' + "w# " * 20 + '"')[1:-1], 100),
    "a hundred lists by severity": many("a#: incidents(first: 99, orderBy: SEVERITY) { nodes { id } }", 80),
    "everybody a hundred times": many("a#: users { id name email }", 100),
    "all of the schema": "{ __schema { types { name description fields { name description args { name description }"
    " type { name kind fields { name description } ofType { name ofType { name } } } } enumValues { name description }"
    " inputFields { name description } } } }",
    "one type five times": many('a#: __type(name: "Incident") { fields { type { fields { name } } } }', 5),
    "many good values": filtered("stages: [" + "DETECTION " * 3_900 + "]"),
    "many good texts": filtered("severities: [" + '"a" ' * 3_900 + "]"),
    "the same long lists compared": "{ "
    + ("incidents(first: 1, filter: {stages: [" + "RESPONSE " * 90 + "]}) { nodes { id } } ") * 36
    + "}",
    "the same long texts compared": "{ " + (filtered('text: "' + "\\t" * 2_600 + '"')[1:-1] + " ") * 36 + "}",
    "a field as often as possible": "{ " + "cursor " * 62 + "}",
    "deep fields as often as possible": incident("mergedInto { mergedInto { mergedInto { id } } } " * 25),
    "fragments for every pair": "{ "
    + each("...f#", 45)
    + " } "
    + each("fragment f# on Query { a#: cursor b#: cursor ...g }", 45)
    + " fragment g on Query { cursor }",
    "inline fragments by type": '{ node(id: "SW5jaWRlbnQ6MQ") { ' + each("... on Incident { a#: title }", 100) + "} }",
    "changes that are refused": "mutation { "
    + each('m#: addEntry(input: {incident: "INC-999999", kind: NOTE, text: "x"}) { cursor }', 90)
    + " }",
    "a huge text": node('"' + "x" * ROOM + '"'),
    "a text of escapes": node('"' + "\\u0041" * (ROOM // 6) + '"'),
    "a text of surrogates": node('"' + "\\ud83d\\ude00" * (ROOM // 12) + '"'),
    "a block string of spaces": node('"""' + " " * (ROOM // 2) + "x\n" * (limits.MAX_LINES - 10) + '"""'),
    "a block string of quotes": node('"""' + '\\"""' * (ROOM // 4) + '"""'),
    "a text of signs beyond the plane": node('"' + "\N{GRINNING FACE}" * ROOM + '"'),
    "commas": "{ cursor " + "," * ROOM + "}",
    "byte order marks": "\ufeff" * ROOM + "{ cursor }",
    "one long comment": "{ cursor }#" + "x" * ROOM,
    "many comments": "{ cursor }" + ("#" + "x" * 150 + "\n") * (limits.MAX_COMMENTS - 1),
}

LISTS = "query($v: IncidentFilter) { " + each("a#: incidents(filter: $v) { nodes { id } }", 100) + " }"

VARIABLES: dict[str, tuple[str, Any]] = {
    "a long list in a variable": (LISTS, {"v": {"stages": ["RESPONSE"] * 9_000}}),
    "wrong values in a variable": (LISTS, {"v": {"stages": [{}] * 9_000}}),
    "a huge text in a variable": (LISTS, {"v": {"text": "x" * 190_000}}),
    "many labels in a variable": (LISTS, {"v": {"labels": {str(i): "x" * 20 for i in range(4_900)}}}),
    "deep labels in a variable": (LISTS, {"v": {"labels": [[[[[[[[[{"a": {"b": {"c": [1]}}}]]]]]]]]]}}),
    "a huge change with a key": (
        "mutation($v: JSON) { "
        + each('m#: editIncident(input: {incident: "INC-999999", labels: $v, idempotencyKey: "k#"}) { cursor }', 90)
        + " }",
        {"v": {str(i): "x" * 20 for i in range(4_900)}},
    ),
    "a huge entry over and over": (
        "mutation($v: String!) { "
        + each('m#: addEntry(input: {incident: "INC-999999", kind: NOTE, text: $v}) { cursor }', 90)
        + " }",
        {"v": "x\n" * 90_000},
    ),
}
"""Documents with the variables that make them hostile."""


def corpus() -> dict[str, tuple[str, Any]]:
    """Every document by its name, with its variables."""
    return {name: (text, None) for part in (TOO_EXPENSIVE, INVALID, HEAVY) for name, text in part.items()} | VARIABLES


def request(text: str, variables: Any = None, *, again: int = 0) -> dict[str, Any]:
    """The body of a request. `again` makes another text of the same document."""
    tail = "".join(" \t"[(again >> bit) & 1] for bit in range(again.bit_length()))
    return {"query": text + tail, "variables": variables}
