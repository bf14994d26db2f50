"""What is needed to deploy: read as those programs read it, and by these programs where they are here."""

import os
import re
import shutil
import subprocess
import tomllib

import pytest
import yaml

from core.settings import Settings
from tests.export.conftest import configuration
from tests.server.processes import ROOT, environment, free_port
from tests.test_drift import tracked

UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
SETTINGS = {str(field.validation_alias) for field in Settings.model_fields.values()}
FOREIGN = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def instructions():
    """The instructions of the Dockerfile, with lines that go on put together."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [tuple(line.split(maxsplit=1)) for line in whole.splitlines() if line.strip()]


def rooms():
    found = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    return {name.rstrip("*") for name in found}


def test_the_image_has_every_room_and_nothing_else():
    copied = [words.split()[:-1] for name, words in instructions() if name == "COPY" and not words.startswith("--from")]
    sources = {source for some in copied for source in some}
    assert {each for each in sources if (ROOT / each).is_dir()} == rooms()
    assert all((ROOT / each).exists() for each in sources)
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert let_in == sources


def test_the_image_runs_as_nobody_in_particular_and_says_whether_it_lives():
    found = instructions()
    froms = [words for name, words in found if name == "FROM"]
    assert len(froms) == 2, "what builds is not in what runs"
    for words in froms:
        image = words.split()[0]
        assert re.fullmatch(r"[a-z]+:[\w.-]+", image), "a plain name with a version"
        assert not image.endswith(":latest")
    names = [name for name, _ in found]
    last = len(names) - 1 - names[::-1].index("USER")
    assert found[last][1] == "10001:10001"
    assert "RUN" not in names[last:], "nothing is installed without rights, nor with them afterwards"
    assert {"HEALTHCHECK", "ENTRYPOINT", "STOPSIGNAL", "VOLUME"} <= set(names)
    for name, words in found:
        assert name != "ADD"
        if name == "RUN" and "apt-get install" in words:
            assert "--no-install-recommends" in words
            assert words.rstrip().split("&&")[0].strip() == "apt-get update"
            assert "rm -rf /var/lib/apt/lists/*" in words
        if name in ("CMD", "ENTRYPOINT"):
            assert words.startswith("["), "signals reach Muster, and no shell"
    given = dict(part.split("=", 1) for words in (w for n, w in found if n == "ENV") for part in words.split())
    assert set(given) - FOREIGN <= SETTINGS


def test_services_of_compose_are_closed_in_and_their_settings_are_ours():
    said = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = said["services"]
    assert set(services) == {"db", "redis", "migrate", "api", "worker"}
    assert [name for name, service in services.items() if "profiles" in service] == ["redis"], "it is an option"
    for name in ("migrate", "api", "worker"):
        service = services[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert set(service["environment"]) <= SETTINGS
        assert service["command"][0] in {"migrate", "api", "worker"}
        for other in service["depends_on"]:
            assert other in services
    volumes = {each.split(":")[0] for service in services.values() for each in service.get("volumes", [])}
    assert volumes == set(said["volumes"])
    assert services["api"]["ports"] == ["127.0.0.1:8000:8000"], "no further than the proxy"
    text = (ROOT / "compose.yaml").read_text()
    for value in re.findall(r"\$\{(\w+)", text):
        assert value in SETTINGS | {"POSTGRES_PASSWORD"}
    assert not re.search(r"PASSWORD: *\"?\w+\"?$", text, re.MULTILINE), "no password of ours"


def test_whoever_stops_an_api_process_waits_long_enough():
    """As docs/guides/upgrading.md has it: what it drains for, and twenty seconds."""
    needed = Settings.model_fields["drain_seconds"].default + 20
    unit = (ROOT / "deploy/systemd/muster-api.service").read_text()
    assert int(re.search(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)[1]) >= needed
    grace = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["api"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) >= needed


def test_the_image_has_what_its_settings_may_ask_for():
    """A setting that can be given to a container must not want a package that is not in it."""
    found = next(words for name, words in instructions() if name == "RUN" and "constraints.txt" in words)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(re.search(r"'\.\[(.*?)\]'", found)[1].split(",")) == set(extras) - {"dev"}


def test_compose_reads_it():
    client = shutil.which("docker")
    there = client and subprocess.run([client, "compose", "version"], capture_output=True, check=False).returncode == 0
    if not there:
        pytest.skip("no docker compose")
    values = dict.fromkeys(re.findall(r"\$\{(\w+):\?", (ROOT / "compose.yaml").read_text()), "x" * 32)
    command = [client, "compose", "config", "--quiet"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **values}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def units(tmp_path):
    """The units, with a program that is there in place of ours, and a user that is."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze")
    for unit in UNITS:
        text = unit.read_text().replace("/opt/muster/bin/muster", "/bin/true").replace("=muster\n", "=daemon\n", 2)
        (tmp_path / unit.name).write_text(text)
    return program, tmp_path


def test_systemd_takes_the_units(units):
    program, folder = units
    files = [folder / unit.name for unit in UNITS]
    done = subprocess.run([program, "verify", "--man=no", *files], capture_output=True, text=True, check=False)
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "muster" in line]
    assert ours == []
    assert done.returncode == 0, done.stderr


def test_units_are_closed_in(units):
    program, folder = units
    for unit in UNITS:
        if unit.suffix == ".service":
            judged = [program, "security", "--offline=true", "--threshold=30", folder / unit.name]
            done = subprocess.run(judged, capture_output=True, text=True, check=False, env=environment())
            assert done.returncode == 0, done.stdout[-400:] + done.stderr


def test_nginx_takes_its_file(tmp_path):
    text = (ROOT / "deploy" / "nginx" / "muster.conf").read_text()
    place = tmp_path / "n"
    place.mkdir()
    port = free_port()
    config = place / "nginx.conf"
    config.write_text(configuration(text.replace("listen 80;", f"listen 127.0.0.1:{port};"), place, port, place))
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    command = [program, "-t", "-c", config, "-p", place, "-e", place / "error.log"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_files_that_name_settings_name_ours():
    for path in tracked("deploy/**"):
        for name in re.findall(r"\bMUSTER_[A-Z_]+", path.read_text()):
            assert name in SETTINGS, (path.name, name)
