"""`muster documents`: files, manifests, and what is refused."""

import json

import click
import pytest

from actions.documents import digest_of
from schema.execution import documents as known
from server.commands.documents import _own, check, read

ME = "query Me { viewer { name } }"


def written(tmp_path, name, content):
    file = tmp_path / name
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def test_a_document_is_read_to_the_letter_and_named_by_its_operation_or_its_file(tmp_path):
    assert read(written(tmp_path, "x.graphql", f"{ME}\n")) == [("Me", f"{ME}\n")]
    assert read(written(tmp_path, "board.graphql", "{ viewer { name } }")) == [("board", "{ viewer { name } }")]


def test_manifests_of_apollo_and_relay_are_read(tmp_path):
    apollo = {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [{"id": digest_of(ME), "name": "Mine", "type": "query", "body": ME}],
    }
    assert read(written(tmp_path, "apollo.json", apollo)) == [("Mine", ME)]
    assert read(written(tmp_path, "relay.json", {digest_of(ME): ME})) == [("Me", ME)]


@pytest.mark.parametrize(
    "content",
    ["no json", [1], {"operations": [{"id": 1}]}, {"0" * 64: ME}, {"operations": [{"id": "cafe", "body": ME}]}],
)
def test_what_is_no_manifest_or_names_another_digest_is_refused(tmp_path, content):
    with pytest.raises(click.ClickException):
        read(written(tmp_path, "x.json", content))


def test_what_the_schema_does_not_take_is_refused():
    with pytest.raises(click.ClickException, match=r"Me: .*nothing"):
        check("Me", "query Me { nothing }")


def test_what_our_own_commands_send_can_be_registered():
    own = _own()
    assert len(own) > 20
    for _, body in own:
        assert known.read(body)
