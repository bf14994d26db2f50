"""Where exports come from: files, folders, and the tools' own APIs."""

import json

import pytest

from server.remote.failures import FaultyError, RemoteError
from server.remote.moving import opsgenie
from server.remote.moving.documents import documents
from server.remote.moving.fetching import fetch
from server.remote.moving.loading import load
from tests.moving import exports
from tests.moving.exports import NOW
from tests.moving.test_reading import READERS
from tests.moving.vendors import vendor


@pytest.mark.parametrize("name", READERS)
def test_what_an_api_says_page_by_page_is_what_a_file_says(name):
    read, made = READERS[name]
    with vendor(name) as url:
        fetched = fetch(name, url, "secret", NOW)
        with pytest.raises(RemoteError, match="answered 401"):
            fetch(name, url, "wrong", NOW)
    assert documents(read(fetched, NOW)) == documents(read(made(), NOW))
    assert read(fetched, NOW).covers == read(made(), NOW).covers


def test_a_folder_of_lists_answers_or_single_objects_is_one_export(tmp_path):
    whole = exports.opsgenie()
    (tmp_path / "users.json").write_text(json.dumps(whole["users"]))
    (tmp_path / "teams.json").write_text(json.dumps({"data": whole["teams"]}))
    (tmp_path / "schedules").mkdir()
    (tmp_path / "schedules/one.json").write_text("\ufeff" + json.dumps({"data": whole["schedules"][0]}))
    (tmp_path / "more.json").write_text(json.dumps({name: whole[name] for name in ("overrides", "escalations")}))
    moved = opsgenie.read(load(str(tmp_path)), NOW)
    expected = opsgenie.read({**whole, "services": []}, NOW)
    assert documents(moved) == documents(expected)
    for text, words in (("[]", "is no export"), ("{", "one.json:1:2: This is not JSON"), ("{}", "There is nothing")):
        (tmp_path / "one.json").write_text(text)
        with pytest.raises(FaultyError, match=words):
            opsgenie.read(load(str(tmp_path / "one.json")), NOW)
