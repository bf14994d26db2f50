"""A real PgBouncer in front of a test's database, in transaction mode and with few connections to share."""

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from core.binaries import unprivileged
from tests.server.processes import free_port, wait_until

SHARED = 3
"""Connections to PostgreSQL: with many more clients, each transaction meets another one."""


@contextmanager
def pooling(database_url):
    """The address of the same database through PgBouncer, which runs as who may reach the server's socket."""
    if shutil.which("pgbouncer") is None:
        pytest.skip("PgBouncer is not installed")
    with tempfile.TemporaryDirectory(prefix="muster-test-") as made:
        Path(made).chmod(0o777)
        with _started(database_url, Path(made)) as url:
            yield url


@contextmanager
def _started(database_url, folder):
    parts = urlsplit(database_url)
    port, socket = free_port(), parse_qs(parts.query)["host"][0]
    name = parts.path.removeprefix("/")
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n{name} = host={socket} dbname={name} user=postgres\n"
        "[pgbouncer]\npool_mode = transaction\nauth_type = any\nlisten_addr = 127.0.0.1\nunix_socket_dir =\n"
        f"listen_port = {port}\ndefault_pool_size = {SHARED}\nmax_client_conn = 500\n"
    )
    settings.chmod(0o644)
    log = (folder / "pgbouncer.log").open("ab")
    with log, subprocess.Popen(["pgbouncer", settings], stdout=log, stderr=log, cwd="/", **unprivileged()) as child:
        try:
            wait_until(lambda: "process up" in (folder / "pgbouncer.log").read_text(), "PgBouncer")
            yield f"postgresql://postgres@127.0.0.1:{port}/{name}"
        finally:
            child.terminate()
