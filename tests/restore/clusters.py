"""PostgreSQL clusters that are dumped, restored, copied and promoted, by the programs that come with PostgreSQL."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import asyncpg
from sqlalchemy import text

from core.db import Database
from core.embedded import EmbeddedPostgres, binaries
from tests.server.processes import wait_until

FAST = ("fsync=off", "full_page_writes=off", "log_min_messages=fatal")
"""For clusters that are thrown away, and never lose their power supply."""


def run(program: str, *arguments: object) -> None:
    """A client program of PostgreSQL: pg_dump, pg_restore, psql."""
    done = subprocess.run([binaries() / program, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def dump(url: str, file: Path) -> Path:
    run("pg_dump", "--format=custom", f"--file={file}", url)
    return file


def restore(file: Path, url: str, *options: str) -> None:
    run("pg_restore", "--no-owner", "--exit-on-error", *options, f"--dbname={url}", file)


class Server:
    """A cluster that is started and stopped by hand, as PostgreSQL's own unprivileged user when root runs the tests.

    Clients reach it through a link to its socket, which `follow` makes lead elsewhere, as a virtual address does after
    a failover.
    """

    def __init__(self, folder: Path, data: Path, like: EmbeddedPostgres) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.data, self._like = folder, data, like
        self._user = like._user  # noqa: SLF001 (who may run the embedded one may run this one)
        self._process: subprocess.Popen[bytes] | None = None
        self.socket = folder / "s"
        self.socket.mkdir(mode=0o700)
        self.address = folder / "address"
        self.address.symlink_to(self.socket)
        for path in (folder, self.socket):
            self._hand_over(path)

    @classmethod
    def made_in(cls, folder: Path) -> "Server":
        """A new cluster, running."""
        made = EmbeddedPostgres(folder, FAST)
        made.stop()
        server = cls(folder, made._data, made)  # noqa: SLF001
        server.start()
        return server

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.address}"

    def start(self) -> None:
        settings = [part for option in FAST for part in ("-c", option)]
        command = [self._program("postgres"), "-D", self.data, "-k", self.socket, "-h", "", *settings]
        self._process = subprocess.Popen(command, cwd="/", start_new_session=True, **self._user)
        ready = [binaries() / "pg_isready", "-q", "-h", self.socket, "-U", "postgres", "-d", "postgres"]
        wait_until(lambda: subprocess.run(ready, check=False).returncode == 0, f"{self.folder.name} starts")

    def stop(self) -> None:
        """Stop it: connections are broken off, everything is written."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None

    def snapshot(self, target: Path) -> Path:
        """The files of the stopped cluster, as a snapshot of the file system keeps them."""
        return self._copy(self.data, target)

    def put_back(self, snapshot: Path) -> None:
        shutil.rmtree(self.data)
        self._copy(snapshot, self.data)

    def replica(self, folder: Path) -> "Server":
        """A standby that follows this cluster."""
        other = Server(folder, folder / "data", self._like)
        command = [self._program("pg_basebackup"), "-h", self.socket, "-U", "postgres", "-D", other.data, "-R"]
        subprocess.run([*command, "-c", "fast"], cwd="/", check=True, **self._user)
        other.start()
        return other

    def promote(self) -> None:
        """Make a standby the primary."""
        subprocess.run([self._program("pg_ctl"), "promote", "-s", "-D", self.data], cwd="/", check=True, **self._user)

    def follow(self, other: "Server") -> None:
        """From now on whoever connects here reaches the other one."""
        self.address.unlink()
        self.address.symlink_to(other.socket)

    async def value(self, statement: str) -> object:
        """The first column of the first row, from this very server."""
        connection = await asyncpg.connect(f"postgresql://postgres@/postgres?host={self.socket}")
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    def _program(self, name: str) -> Path:
        return self._like._bin / name  # noqa: SLF001 (where the server's user can reach them)

    def _hand_over(self, path: Path) -> None:
        if self._user:
            os.chown(path, self._user["user"], self._user["group"])

    def _copy(self, source: Path, target: Path) -> Path:
        shutil.copytree(source, target, symlinks=True)
        for path in (target, *target.rglob("*")):
            self._hand_over(path)
        return target


async def everything(database: Database) -> list[int]:
    """The ids of all events, in the order of the feed."""
    async with database.reading() as reader:
        return [row.id for row in await reader.execute(text("select id from event order by id"))]
