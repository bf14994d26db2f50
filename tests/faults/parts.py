"""What Muster is made of and stands on here: its processes, PostgreSQL, brokers; each can be broken and mended."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress

import pika
import psycopg
import pytest

from core.embedded import EmbeddedPostgres
from tests.effort import FULL
from tests.jobs.brokers import RABBITMQ, answers
from tests.server.forked import Forked
from tests.server.processes import ROOT, alive, children_of, command_of, wait_until

QUICK = ("fsync=off", "full_page_writes=off", "max_connections=120")
"""The power supply is not what fails here; what was committed survives every other death all the same."""


class Part:
    """A process of the product: `muster api`, `muster worker` or `muster relay`; or `muster up` and those below it."""

    def __init__(self, name, arguments, settings, log):
        self.name, self.arguments, self.settings, self.log = name, arguments, settings, log
        self.child = None

    def start(self):
        """Start it; it is not waited for."""
        with self.log.open("ab") as log:
            if not FULL:
                self.child = Forked(self.arguments, self.settings, log.fileno())
                return
            command = [sys.executable, "-m", "tests.faults.clocked", *self.arguments]
            self.child = subprocess.Popen(command, cwd=ROOT, env=self.settings, stdout=log, stderr=log)

    def kill(self):
        """kill -9."""
        self.child.kill()
        self.child.wait(20)

    def kill_below(self, kind):
        """kill -9 of the processes of a kind below it; who looks after them goes on."""
        for pid in children_of(self.child.pid):
            if command_of(pid).split()[-3:] == ["-m", "server", kind]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def kill_all(self):
        """kill -9 of it and everything below it."""
        everyone = children_of(self.child.pid)
        self.kill()
        for pid in everyone:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(alive, everyone)), "the end of all of them")

    def stop(self):
        """In good order."""
        self.child.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.child.wait(20)
        if self.child.poll() is None:
            self.kill()

    def words(self):
        """The end of its log."""
        return f"{self.name}: {self.log.read_text()[-1500:]}"

    @property
    def runs(self):
        """Whether it does."""
        return self.child is not None and self.child.poll() is None


class Postgres:
    """A PostgreSQL in a folder, with a role for each process so that it is known who holds what."""

    def __init__(self, folder):
        self.folder = folder
        self._server = EmbeddedPostgres(folder, QUICK)

    @property
    def url(self):
        return self._server.url

    @property
    def socket(self):
        """The path of its socket."""
        return f"{self.url.partition('host=')[2]}/.s.PGSQL.5432"

    def answer(self, statement, *parameters):
        """The rows of one statement, committed."""
        options = "-c default_transaction_read_only=off"
        with psycopg.connect(self.url, autocommit=True, connect_timeout=10, options=options) as connection:
            done = connection.execute(statement, parameters or None)
            return done.fetchall() if done.description else []

    def start(self, *options):
        """Start it; ready when this returns."""
        self._server = EmbeddedPostgres(self.folder, (*QUICK, *options))

    def stop(self):
        """A fast shutdown, as of a restart of the service."""
        self._server.stop()

    def kill(self):
        """kill -9 of the postmaster, of each backend, and of whoever watches them."""
        watcher = self._server._watcher.pid  # noqa: SLF001 (whom to kill)
        everyone = [watcher, *children_of(watcher)]
        for pid in everyone:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._server._watcher.wait(20)  # noqa: SLF001
        wait_until(lambda: not any(map(alive, everyone)), "the end of PostgreSQL")
        self._server.forget()


class VirtualHost:
    """A virtual host of the tests' own in a RabbitMQ that is there; it can be cut off, emptied, and taken away."""

    def __init__(self, name):
        self.name = name
        self.url = RABBITMQ.rpartition("/")[0] + "/" + name
        self.user = RABBITMQ.partition("://")[2].partition(":")[0]

    def make(self):
        _rabbit("add_vhost", self.name)
        _rabbit("set_permissions", "-p", self.name, self.user, ".*", ".*", ".*")

    def take_away(self):
        _rabbit("delete_vhost", self.name)

    def close_connections(self):
        _rabbit("close_all_connections", "--vhost", self.name, "a fault test")

    def delete_queues(self):
        """Every queue of ours, with what waits in it."""
        listed = _rabbit("list_queues", "--quiet", "--no-table-headers", "-p", self.name, "name").split()
        with pika.BlockingConnection(pika.URLParameters(self.url)) as connection:
            for queue in listed:
                connection.channel().queue_delete(queue)
        return len(listed)


def _rabbit(*arguments):
    done = subprocess.run(["rabbitmqctl", "--quiet", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def virtual_host(name):
    """It, as long as the block; skips where there is no RabbitMQ, or nobody may ask it for a virtual host."""
    if not answers(RABBITMQ) or shutil.which("rabbitmqctl") is None:
        pytest.skip("no RabbitMQ here that gives us a virtual host")
    made = VirtualHost(name)
    try:
        made.make()
    except AssertionError as error:
        with suppress(AssertionError):
            made.take_away()
        pytest.skip(f"RabbitMQ gives us no virtual host: {error}")
    try:
        yield made
    finally:
        made.take_away()
