"""`muster login`, `whoami` and `logout` as they are typed, against a running server, with a person in a browser."""

import json
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import click
import httpx
import pytest

from server.commands import credentials
from tests.conftest import in_memory
from tests.server.processes import ROOT, environment, free_port, muster, running, wait_until


@pytest.fixture(scope="module")
def up():
    with tempfile.TemporaryDirectory(prefix="muster-test-", dir=in_memory()) as base:
        Path(base).chmod(0o755)  # pytest's own folder is closed to PostgreSQL's user whenever another pytest starts
        with running(Path(base) / "data") as server:
            yield server


@pytest.fixture
def home(tmp_path):
    return {"XDG_CONFIG_HOME": tmp_path / "config", "MUSTER_DATA_DIR": tmp_path / "nothing"}


@contextmanager
def browser_of(up):
    """A browser in which the first admin is signed in."""
    link = muster("link", "create", **up.settings)
    assert link.returncode == 0, link.stderr
    with httpx.Client(base_url=up.base, headers={"Sec-Fetch-Site": "same-origin", "Origin": up.base}) as http:
        assert http.post(link.stdout.strip().splitlines()[-1]).status_code == 303
        yield http


def begin(up, home, output, *arguments):
    """A `muster login` that waits, and the code that it shows."""
    with output.open("w") as shown:
        child = subprocess.Popen(
            [sys.executable, "-m", "server", "login", "--url", up.base, *arguments],
            cwd=ROOT,
            env=environment(**home, PYTHONUNBUFFERED=1),
            stdout=shown,
            stderr=subprocess.STDOUT,
        )
    wait_until(lambda: "Waiting" in output.read_text() or child.poll() is not None, "the code")
    words = output.read_text().split()
    assert f"{up.base}/auth/device" in words, words
    return child, words[words.index("code") + 1]


def decide(up, code, decision):
    with browser_of(up) as http:
        shown = http.post("/auth/device", data={"user_code": code})
        assert "Let this device in?" in shown.text
        assert "127.0.0.1" in shown.text
        assert http.post("/auth/device", data={"user_code": code, "decision": decision}).status_code == 200


@pytest.mark.slow
def test_a_person_signs_in_on_the_command_line_and_out(up, home, tmp_path):
    child, code = begin(up, home, tmp_path / "out.txt")
    decide(up, code, "approve")
    assert child.wait(30) == 0, (tmp_path / "out.txt").read_text()
    assert f"You are Admin <admin@localhost> on {up.base}." in (tmp_path / "out.txt").read_text()
    file = tmp_path / "config/muster/credentials.json"
    assert file.stat().st_mode & 0o777 == 0o600
    kept = json.loads(file.read_text())[up.base]
    token = kept["token"]
    assert 29.9 < (kept["expires_at"] - time.time()) / 86_400 < 30.01  # the seconds are rounded up
    assert up.graphql("{ viewer { name } }", token)["data"]["viewer"]["name"] == "Admin"

    who = muster("whoami", "--url", up.base, **home)
    assert who.stdout == f"You are Admin <admin@localhost> on {up.base}.\n"
    listed = muster("incident", "list", "--json", **{**home, "MUSTER_DATA_DIR": ""})
    assert json.loads(listed.stdout) == {"incidents": [], "cursor": None}, "the server that was signed in to last"
    out = muster("logout", "--url", up.base, **home)
    assert out.stdout == f"Signed out of {up.base}.\n"
    assert "errors" in up.graphql("{ viewer { name } }", token)
    again = muster("whoami", "--url", up.base, **home)
    assert again.returncode == 3
    assert "You are not signed in" in again.stderr


@pytest.mark.slow
def test_who_is_turned_away_keeps_nothing(up, home, tmp_path):
    child, code = begin(up, home, tmp_path / "out.txt", "--scope", "incidents:read")
    decide(up, code, "deny")
    assert child.wait(30) == 1
    assert "You turned this device away" in (tmp_path / "out.txt").read_text()
    assert not (tmp_path / "config/muster/credentials.json").exists()


def test_a_token_that_ended_elsewhere_is_said_so(up, home, tmp_path):
    file = tmp_path / "config/muster/credentials.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({up.base: "mst_nonsense"}))  # as versions before wrote it
    who = muster("whoami", "--url", up.base, **home)
    assert who.returncode == 3
    assert "not valid" in who.stderr
    assert f"muster login --server {up.base}" in who.stderr
    assert muster("logout", "--url", up.base, **home).returncode == 0, "there is nothing to end, and it is forgotten"
    assert json.loads(file.read_text()) == {}


def test_what_goes_wrong_is_one_clear_line(up, home, tmp_path):
    gone = f"http://127.0.0.1:{free_port()}"
    away = muster("login", "--url", gone, **home)
    assert (away.returncode, away.stdout) == (4, "")
    assert f"Can't reach {gone}" in away.stderr
    alias = up.base.replace("127.0.0.1", "localhost")
    renamed = muster("login", "--url", alias, **home)
    assert f"`--server {up.base}`" in renamed.stderr
    elsewhere = muster("login", "--url", f"{up.base}/graphql", **home)
    nonsense = muster("login", "--url", "nonsense", **home)
    assert "'nonsense' is no address of a server" in nonsense.stderr
    file = tmp_path / "config/muster/credentials.json"
    file.parent.mkdir(parents=True)
    file.write_text("[")
    broken = muster("whoami", "--url", up.base, **home)
    assert "can't read" in broken.stderr
    codes = [failed.returncode for failed in (away, renamed, elsewhere, nonsense, broken)]
    assert codes == [4, 2, 4, 2, 1]
    for failed in (away, renamed, elsewhere, nonsense, broken):
        assert "Traceback" not in failed.stderr


def test_tokens_that_can_not_be_kept_are_not_left_lying_about(monkeypatch, tmp_path):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    credentials.keep("https://muster.example", credentials.Kept("first"))
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(click.ClickException, match=r"can't write.*No space left"):
        credentials.keep("https://muster.example", credentials.Kept("second"))
    assert list(credentials.path().parent.iterdir()) == [credentials.path()]
    assert credentials.read()["https://muster.example"].token == "first", "as it was before"
