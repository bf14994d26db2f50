"""What is promised to clients is there, described, and does not change unnoticed."""

from pathlib import Path

import pytest
from graphql import is_enum_type, is_introspection_type, is_specified_scalar_type, parse, print_ast

from core.errors import ErrorCode
from schema.build import core
from schema.snapshot import SNAPSHOT, text

CONTRACT = Path(__file__).parents[3] / "shared" / "contract.graphql"


def _by_name(nodes):
    return {node.name.value: node for node in nodes or ()}


def _input(node):
    """An argument or an input's field as far as clients depend on it."""
    default = print_ast(node.default_value) if node.default_value else "null"  # of what is absent, null is what is left
    return print_ast(node.type), default


@pytest.fixture(scope="module")
def promised():
    if not CONTRACT.exists():
        pytest.skip(f"{CONTRACT.name} is not on this machine")
    return _by_name(parse(CONTRACT.read_text(encoding="utf-8")).definitions)


@pytest.fixture(scope="module")
def ours():
    return _by_name(parse(text()).definitions)


def test_the_snapshot_is_the_schema():
    assert SNAPSHOT.read_text(encoding="utf-8") == text(), "python -m schema.snapshot writes it anew"


def test_every_promised_type_is_there_and_of_its_kind(promised, ours):
    assert {name: node.kind for name, node in promised.items()} == {
        name: node.kind for name, node in ours.items() if name in promised
    }


def _fields(nodes):
    return [
        (name, field_name, field)
        for name, node in nodes.items()
        for field_name, field in _by_name(getattr(node, "fields", ())).items()
    ]


def test_every_promised_field_is_there_with_its_type(promised, ours):
    wanted = {f"{name}.{field_name}": print_ast(field.type) for name, field_name, field in _fields(promised)}
    found = {f"{name}.{field_name}": print_ast(field.type) for name, field_name, field in _fields(ours)}
    assert {name: found.get(name) for name in wanted} == wanted


def test_every_promised_input_is_there_with_its_type_and_default(promised, ours):
    def inputs(nodes):
        for name, field_name, field in _fields(nodes):
            if nodes[name].kind == "input_object_type_definition":
                yield f"{name}.{field_name}", _input(field)
            for argument_name, argument in _by_name(getattr(field, "arguments", ())).items():
                yield f"{name}.{field_name}({argument_name})", _input(argument)

    wanted, found = dict(inputs(promised)), dict(inputs(ours))
    assert {name: found.get(name) for name in wanted} == wanted
    kept = {f"{name}.{field_name}" for name, field_name, _ in _fields(promised)}
    of_new_fields = {name for name in found if "(" in name and name.split("(")[0] not in kept}
    more = {name for name in set(found) - set(wanted) - of_new_fields if name.split(".")[0] in promised}
    assert {name for name in more if found[name][0].endswith("!") and found[name][1] == "null"} == set()


def test_every_promised_value_of_an_enumeration_is_there(promised, ours):
    for name, node in promised.items():
        if node.kind == "enum_type_definition":
            assert set(_by_name(node.values)) <= set(_by_name(ours[name].values)), name


def test_every_promised_interface_is_implemented(promised, ours):
    for name, node in promised.items():
        if node.kind == "object_type_definition":
            assert set(_by_name(node.interfaces)) <= set(_by_name(ours[name].interfaces)), name


def test_error_codes_are_published_as_they_are():
    assert set(core.type_map["ErrorCode"].values) == {code.value for code in ErrorCode}


def _described():
    """Everything that a client can read about, with what it reads."""
    for name, kind in core.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        yield name, kind.description
        if is_enum_type(kind):
            yield from ((f"{name}.{value}", each.description) for value, each in kind.values.items())
        for field_name, field in getattr(kind, "fields", {}).items():
            yield f"{name}.{field_name}", field.description
            for argument_name, argument in getattr(field, "args", {}).items():
                yield f"{name}.{field_name}({argument_name})", argument.description


def test_everything_is_described_in_full_sentences():
    said = dict(_described())
    assert [name for name, words in said.items() if not words or words[0].islower() or words[-1] != "."] == []
