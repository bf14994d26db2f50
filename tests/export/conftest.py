"""Real places to export to: folders, a real S3 server, a real nginx."""

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from core.settings import Settings
from tests.server.processes import ROOT, free_port
from tests.statuspage.conftest import BASE, cut, make_client, name_organisation, runtime

__all__ = ["cut", "make_client", "runtime"]

S3_PYTHON = ROOT / ".venv-s3" / "bin" / "python"
BUCKET = "status"


@pytest.fixture
async def named(world):
    """The test organisation under the name that its page has."""
    await world.do(name_organisation)
    return world


@pytest.fixture(scope="session")
def s3():
    """The address of a real S3 server."""
    if not S3_PYTHON.exists():
        pytest.skip(f"no S3 server: .ci/run installs it from tests/s3-server.txt into {S3_PYTHON.parents[1].name}")
    port = free_port()
    command = [S3_PYTHON, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
    try:
        address = f"http://127.0.0.1:{port}"
        _until_answers(f"{address}/moto-api/")
        yield address
    finally:
        server.terminate()
        server.wait(10)


def _until_answers(address):
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            assert time.monotonic() < end, f"{address} does not answer"
            time.sleep(0.05)


@pytest.fixture
def bucket(s3):
    """Settings of an empty bucket."""
    urllib.request.urlopen(urllib.request.Request(f"{s3}/moto-api/reset", method="POST")).close()
    urllib.request.urlopen(urllib.request.Request(f"{s3}/{BUCKET}", method="PUT")).close()
    return {
        "STATUSPAGE_EXPORT": f"s3://{BUCKET}/page",
        "AWS_ENDPOINT_URL": s3,
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }


def settings_of(**settings):
    return Settings(**{"MUSTER_PUBLIC_URL": BASE, **settings})


@pytest.fixture
def nginx(tmp_path):
    """Starts a real nginx with the configuration of the guide, on folders and a port of our own; gives its address."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    started = []

    def start(folder, guide):
        port = free_port()
        place = tmp_path / f"nginx-{port}"
        place.mkdir(mode=0o755)
        for parent in [*place.parents][:-2]:
            parent.chmod(parent.stat().st_mode | 0o055)  # nginx's workers are another user
        config = place / "nginx.conf"
        config.write_text(configuration(guide, folder, port, place))
        common = [program, "-c", config, "-p", place, "-e", place / "error.log"]
        tested = subprocess.run([*common, "-t"], capture_output=True, text=True, check=False)
        assert tested.returncode == 0, tested.stderr
        assert "[warn]" not in tested.stderr, tested.stderr
        started.append(subprocess.Popen([*common, "-g", "daemon off;"]))
        _until_answers(f"http://127.0.0.1:{port}/")
        return f"http://127.0.0.1:{port}"

    yield start
    for process in started:
        process.terminate()
        process.wait(10)


def configuration(guide, folder, port, place):
    """A whole configuration around the server of the guide: our port without TLS, our folder, types as Debian has."""
    server = guide.replace("/srv/status", str(folder)).replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    server = "\n".join(line for line in server.splitlines() if "ssl_certificate" not in line)
    user = "user nobody nogroup;\n" if os.geteuid() == 0 else ""
    paths = "".join(
        f"  {name}_temp_path {place}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"{user}worker_processes 1;\npid {place}/nginx.pid;\nevents {{ worker_connections 256; }}\nhttp {{\n"
        f"{paths}  access_log off;\n  types {{ text/html html; text/css css; image/svg+xml svg;"
        f" application/json json; application/atom+xml atom; application/rss+xml rss; }}\n{server}\n}}\n"
    )


def text(path: Path):
    return path.read_text()
