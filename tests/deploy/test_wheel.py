"""The wheel that the image installs: all that Muster needs is in it, and it runs where it can write nothing."""

import shutil
import signal
import subprocess
import sys
import urllib.request
import zipfile

import pytest

from tests.deploy.test_files import instructions, rooms
from tests.server.processes import ROOT, environment, free_port, wait_until
from tests.test_drift import tracked


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """What `pip install .` makes of the files that the Dockerfile copies."""
    source, target = tmp_path_factory.mktemp("src"), tmp_path_factory.mktemp("wheel")
    for _, words in (each for each in instructions() if each[0] == "COPY" and not each[1].startswith("--from")):
        for name in words.split()[:-1]:
            place = source / name
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, place)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run([*build, "-w", target, "."], cwd=source, capture_output=True, text=True, check=False)
    if done.returncode != 0 and "setuptools" in done.stderr and "Could not find" in done.stderr:
        pytest.skip("pip can't bring setuptools")
    assert done.returncode == 0, done.stderr[-2000:]
    return next(target.glob("*.whl"))


def test_every_file_of_the_rooms_is_in_the_wheel(wheel):
    there = set(zipfile.ZipFile(wheel).namelist())
    ours = {str(path.relative_to(ROOT)) for room in rooms() for path in tracked(f"{room}/**") if path.suffix != ".pot"}
    assert len(ours) > 1000
    assert sorted(ours - there) == []
    strange = {name for name in there - ours if ".dist-info/" not in name}
    assert strange == set(), "and no stray folder is shipped"


def test_it_serves_from_the_wheel_where_nothing_can_be_written(wheel, tmp_path, database_url):
    """`muster api` needs no data folder: with DATABASE_URL and MUSTER_SECRET_KEY it keeps nothing."""
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    port = free_port()
    given = {
        "DATABASE_URL": database_url,
        "MUSTER_SECRET_KEY": "x" * 32,
        "MUSTER_DATA_DIR": "/proc/none",  # not even root makes a folder there
        "MUSTER_PORT": port,
        "PYTHONPATH": installed,
    }
    variables = environment(**given)
    muster = [sys.executable, "-m", "server"]

    def said(*command):
        done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=True)
        return done.stdout

    assert "version" in said(*muster, "--version")
    where = said(sys.executable, "-c", "import server; print(server.__file__)")
    assert where.startswith(str(installed)), "from the wheel, and not from here"
    with (tmp_path / "out.txt").open("wb") as out:
        api = subprocess.Popen([*muster, "api"], cwd=tmp_path, env=variables, stdout=out, stderr=out)
    try:
        check = next(words for name, words in instructions() if name == "HEALTHCHECK")
        code = check.partition('"-c", "')[2].rpartition('"]')[0]

        def healthy():
            assert api.poll() is None, (tmp_path / "out.txt").read_text()
            asked = [sys.executable, "-S", "-c", code]
            return subprocess.run(asked, env=variables, capture_output=True, check=False).returncode == 0

        wait_until(healthy, "the image's own health check", 120)
        for path in ("/", "/status.json", "/auth/login"):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                assert answer.status == 200, path
        assert "Traceback" not in (tmp_path / "out.txt").read_text()
    finally:
        api.send_signal(signal.SIGTERM)
        assert api.wait(20) in (0, -signal.SIGTERM)
