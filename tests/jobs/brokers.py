"""The brokers of the tests: those of this machine, each database with keys and queues of its own."""

import os
import shutil
import socket
import subprocess
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import pika
import psycopg
import pytest
import redis

from jobs.broker import connector
from jobs.scope import scope_of
from tests.server.processes import free_port, wait_until

REDIS = os.environ.get("MUSTER_TEST_REDIS", "redis://127.0.0.1:6379/11")
RABBITMQ = os.environ.get("MUSTER_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672/")
URLS = {"postgresql": None, "redis": REDIS, "rabbitmq": RABBITMQ}


def answers(url):
    """Whether somebody listens at the address."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=2).close()
    except OSError:
        return False
    return True


def tidy(url, scope):
    """Take away what a test left in a broker."""
    if url.startswith("redis"):
        with redis.Redis.from_url(url) as client:
            for key in client.scan_iter(f"muster:{scope}:*"):
                client.delete(key)
        return
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        for lane in ("default.urgent", "default", "mail", "bulk"):
            connection.channel().queue_delete(f"muster.{scope}.{lane}")


@pytest.fixture
def scope(database_url):
    """What the test's database is called in brokers."""
    with connector(database_url)() as connection:
        return scope_of(connection)


def offered(kind, scope):
    """The address of a broker as long as a test runs."""
    url = URLS[kind]
    if url is not None and not answers(url):
        pytest.skip(f"no {kind} answers at {url}")
    yield url
    if url is not None:
        tidy(url, scope)


@pytest.fixture(name="broker_url", params=URLS)
def every_broker(request, database_url):
    """The same test by each broker."""
    with connector(database_url)() as connection:
        scope = scope_of(connection)
    yield from offered(request.param, scope)


class OwnRedis:
    """A redis-server of the test's own, that can be killed and started again."""

    def __init__(self, folder, *options):
        self.port = free_port()
        self.folder = folder
        self.options = options
        self.process = None

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        command = ["redis-server", "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", "", "--appendonly", "no"]
        port = ["--port", "0" if "--tls-port" in self.options else str(self.port)]
        self.process = subprocess.Popen(
            [*command, *port, *(option.format(port=self.port) for option in self.options)], stdout=subprocess.DEVNULL
        )
        try:
            wait_until(lambda: answers(self.url), "redis-server", 10)
        except AssertionError:
            self.kill()
            raise

    def kill(self):
        self.process.kill()
        self.process.wait()


@contextmanager
def own_redis(folder, *options):
    """A private Redis server, started."""
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server here")
    server = OwnRedis(folder, *options)
    server.start()
    try:
        yield server
    finally:
        with suppress(ProcessLookupError):
            server.kill()


def published(url):
    """How many rows wait in the broker."""
    with psycopg.connect(url) as connection:
        return connection.execute("select count(*) from job where epoch is not null").fetchone()[0]
