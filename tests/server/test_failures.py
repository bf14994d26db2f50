"""What can be wrong before Muster starts: one clear line, and a non-zero exit."""

import socket

import pytest

from tests.server.processes import free_port, muster


def one_line(failed) -> str:
    assert failed.returncode != 0
    assert "Traceback" not in failed.stderr
    lines = failed.stderr.strip().splitlines()
    assert len(lines) == 1, failed.stderr
    return lines[0]


def test_a_port_in_use(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = one_line(muster("up", MUSTER_PORT=port, MUSTER_DATA_DIR=folder))
    assert f"127.0.0.1:{port}" in line
    assert "MUSTER_PORT" in line
    assert not folder.exists()


def test_a_data_folder_that_is_a_file(folder):
    folder.write_text("not a folder")
    line = one_line(muster("up", MUSTER_PORT=free_port(), MUSTER_DATA_DIR=folder))
    assert str(folder) in line


def test_a_data_folder_that_can_not_hold_the_key_beside_a_given_database(database_url, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    folder = tmp_path / "file" / "data"
    for command in ("up", "api", "worker"):
        settings = {"MUSTER_PORT": free_port(), "MUSTER_DATA_DIR": folder, "DATABASE_URL": database_url}
        line = one_line(muster(command, **settings))
        assert str(folder) in line
        assert "MUSTER_SECRET_KEY" in line


def test_an_unreachable_database(folder):
    address = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    for command in ("up", "api", "worker", "migrate", "doctor"):
        line = one_line(muster(command, MUSTER_PORT=free_port(), MUSTER_DATA_DIR=folder, DATABASE_URL=address))
        assert "DATABASE_URL" in line


@pytest.mark.parametrize(
    ("name", "value"),
    [("MUSTER_PORT", "eighty"), ("MUSTER_PORT", "70000"), ("MUSTER_ENV", "prod"), ("DATABASE_URL", "mysql://x/y")],
)
def test_a_setting_that_makes_no_sense(name, value):
    assert name in one_line(muster("up", **{name: value}))


def test_a_database_that_was_never_migrated(cluster):
    line = one_line(muster("token", "create", "--name", "x", "--role", "viewer", DATABASE_URL=cluster))
    assert "muster migrate" in line


def test_unknown_people_and_roles(database_url):
    unknown = muster(
        "token", "create", "--name", "x", "--role", "viewer", "--user", "no@one", DATABASE_URL=database_url
    )
    assert "no@one" in one_line(unknown)
    assert muster("token", "create", "--name", "x", "--role", "king", DATABASE_URL=database_url).returncode == 2
