"""What commands send fits the schema, and what they know by heart is what the schema says."""

import re
from pathlib import Path

import pytest
from graphql import parse, validate

from schema.build import core as schema
from server.commands import login
from server.commands.incident.watch import INTERRUPTED
from server.remote import documents, failures, filters, words
from server.remote.desired.files import KINDS
from server.remote.desired.spelling import camel

GUIDE = Path(__file__).parents[2] / "docs/guides/cli.md"
SENT = {
    name: text
    for name, text in vars(documents).items()
    if name.isupper() and "{" in text and name not in ("LINE", "SILENCE")
}


@pytest.mark.parametrize("name", SENT)
def test_a_document_fits_the_schema(name):
    assert validate(schema, parse(SENT[name])) == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_of_file_is_read_and_saved_as_the_schema_has_it(kind):
    assert validate(schema, parse(kind.query)) == []
    assert validate(schema, parse(kind.save)) == []
    accepted = schema.type_map[f"{kind.mutation[0].upper()}{kind.mutation[1:]}Input"].fields
    if kind.name == "Workflow":
        accepted = {**accepted, **schema.type_map["WorkflowDefinitionInput"].fields}
    assert {camel(name) for name in kind.fields} <= set(accepted)
    assert ("expectedVersion" in accepted) == bool(kind.version or kind.name == "Workflow")


@pytest.mark.parametrize(
    ("known", "enum"),
    [
        (words.STAGES, "Stage"),
        (words.KINDS, "IncidentKind"),
        (words.VISIBILITIES, "Visibility"),
        (words.ENTRY_KINDS, "EntryKind"),
        (words.PUBLIC_STATUSES, "PublicStatus"),
        (words.COMPONENT_STATUSES, "ComponentStatus"),
        (words.ORDERS, "IncidentOrder"),
    ],
)
def test_words_are_those_of_the_schema(known, enum):
    assert list(known) == list(schema.type_map[enum].values)


def test_every_field_of_the_filter_can_be_asked_for():
    assert set(filters.READERS) == set(schema.type_map["IncidentFilter"].fields)


def test_the_client_of_the_device_flow_is_the_one_that_the_server_knows():
    from actions.oauth.metadata import METADATA_PATH  # noqa: PLC0415
    from actions.oauth.parties import COMMAND_LINE  # noqa: PLC0415
    from auth.scope import Scope  # noqa: PLC0415

    assert (login.CLIENT, login.METADATA_PATH) == (COMMAND_LINE, METADATA_PATH)
    assert set(login.SCOPES) <= set(Scope)


def test_the_guide_lists_every_kind_of_file_and_its_fields():
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.+) \|$", GUIDE.read_text(), re.MULTILINE)
    told = {name: {key, *re.findall(r"`(\w+)`", fields)} for name, key, fields in rows}
    assert set(told) == set(KINDS)
    for name, kind in KINDS.items():
        if name != "Workflow":  # a guide of its own has these
            assert told[name] == set(kind.fields) - {"archived"}, name
    assert [name for name, kind in KINDS.items() if "archived" not in kind.fields] == ["RoutingRule"]


def test_the_guide_lists_every_exit_code():
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", GUIDE.read_text(), re.MULTILINE)}
    known = (failures.REFUSED, failures.USAGE, failures.SIGNED_OUT, failures.UNREACHABLE, failures.DIFFERS, INTERRUPTED)
    assert codes == {0, *known}
