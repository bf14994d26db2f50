"""One Muster of several processes on a PostgreSQL of its own, with everything that it talks to; and its trials."""

import asyncio
import random
import tempfile
import threading
import time
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from pathlib import Path

import httpx

from bench.figures import note
from core.clock import SystemClock
from migrations.apply import migrate
from models.job import TIMER_LOCK
from tests.conftest import in_memory
from tests.effort import FULL, effort
from tests.faults.check import check
from tests.faults.doubles import Door
from tests.faults.load import INCIDENTS, Load
from tests.faults.parts import Part, Postgres
from tests.faults.proxy import Proxy
from tests.jobs.postbox import postbox
from tests.journeys.crowd import Crowd
from tests.journeys.product import serving
from tests.outward.pager_desk import configuration
from tests.outward.pagerduty_double import PagerDuty
from tests.server.processes import ROOT, environment, free_port, muster

RECOVERY = 5.0
"""Seconds within which all works again once what was broken is back. A slice shares its machine: not asserted there."""
PATIENCE = 60.0
"""Seconds after which nobody believes that it comes back."""
BEFORE = effort(0.5, 2.0)
"""Seconds of load before something breaks."""
AFTER = effort(0.3, 2.0)
TIMERS = (
    "select usename, state, query, now() - state_change from pg_stat_activity where application_name = 'muster timers'"
)
STARTED = 120
"""Seconds that all processes may take to start on a busy machine."""
PAGE = {"trigger": {"events": ["incident.declared"]}, "steps": [{"page": {"integration": "pagerduty"}}]}


class FaultCrowd(Crowd):
    """People and monitors that go on; see tests.journeys.crowd."""

    async def alerts_at(self, hook, fingerprint):
        """Deliver one alert until it is taken."""
        labels = {"alertname": fingerprint, "severity": "critical"}
        alert = {"status": "firing", "labels": labels, "startsAt": "2026-11-24T02:50:00Z", "fingerprint": fingerprint}
        await self._sent(hook, {"version": "4", "groupKey": fingerprint, "alerts": [alert]})
        self.alerts.add(fingerprint)


class House:
    """`api`, `first` and `second` (workers), `relay` (with a broker); `postgres`, `proxy`, `box` (mail), `pager`.

    Or `up`, a `muster up` that looks after an API process and two workers.
    """

    def __init__(self, folder):
        self.folder = folder
        self.postgres = Postgres(folder / "data")
        self.broker_url, self.port, self.ports = None, free_port(), {}
        self.poisoned, self.broken, self.number = 0, False, 0
        self.again = self.repeated = 0  # mails that came again so far, and in the last trial
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="the world outside", daemon=True)
        self._thread.start()
        self._outside = AsyncExitStack()
        self.parts, self.proxy, self.up = [], None, None
        asyncio.run(migrate(self.postgres.url))
        for name in ("api", "first", "second", "relay"):
            self.postgres.answer(f"create role {name} superuser login")
        self.run(self._open())
        (folder / "clock").write_text("0")

    async def _open(self):
        self.box, self.smtp = await self._outside.enter_async_context(postbox())
        self.pager = PagerDuty(SystemClock())
        self.door = Door(self.pager.app())
        self.vendor = await self._outside.enter_async_context(serving(self.door))

    def run(self, work):
        """Have the world outside do something, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(120)

    def becomes(self, state):
        """Have the vendor be so."""
        self._loop.call_soon_threadsafe(self.door.becomes, state)

    # -- its processes

    def on(self, broker, url=None, *, up=False):
        """Run with this broker: all processes anew, unless they do already. `up`: below a `muster up`."""
        if broker == "postgresql":
            url = None
        if self.parts and url == self.broker_url and up == (self.up is not None):
            return self
        self.broken = True  # unless all of them come up
        self._stop_parts()
        self.broker_url = url
        self._lay_lanes(url)
        self.up = self._part("api", "up", "--workers", "2") if up else None
        self.first = self._part("first", "worker", *(["--no-relay"] if url else []))
        self.second = self._part("second", "worker", *(["--no-relay"] if url else []))
        self.api = self._part("api", "api")
        self.relay = self._part("relay", "relay") if url else None
        apart = [part for part in (self.api, self.first, self.second, self.relay) if part]
        self.parts = [self.up] if up else apart
        for part in self.parts:
            part.start()
        self.ready()
        if not hasattr(self, "crowd"):
            self._furnish()
        self.broken = False
        return self

    def _lay_lanes(self, url):
        if self.proxy is not None:
            self.proxy.stop()
        targets = {"postgresql": self.postgres.socket, "smtp": str(self.smtp)}
        if url:
            targets["broker"] = url.rpartition("@")[2].rpartition(":")[2].partition("/")[0]
        self.ports = {name: free_port() for name in targets}
        self.proxy = Proxy([f"{name}={self.ports[name]}:{target}" for name, target in targets.items()], ROOT)

    def settings(self, role="api"):
        """What a process of ours is told."""
        told = {
            "DATABASE_URL": f"postgresql://{role}@127.0.0.1:{self.ports['postgresql']}/postgres",
            "MUSTER_DATA_DIR": self.folder / "files",
            "MUSTER_PORT": self.port,
            "MUSTER_SECRET_KEY": "tests",
            "MUSTER_WEBHOOK_ALLOW_PRIVATE": "true",
            "SMTP_URL": f"smtp://127.0.0.1:{self.ports['smtp']}?starttls=never",
            "MUSTER_POOL_SIZE": effort(5, 10),
        }
        if self.broker_url:
            before, _, after = self.broker_url.rpartition(":")
            told["BROKER_URL"] = f"{before}:{self.ports['broker']}/{after.partition('/')[2]}"
        return told

    def _part(self, name, *arguments):
        settings = environment(**self.settings(name)) | {"MUSTER_FAULTS_CLOCK": str(self.folder / "clock")}
        return Part(name, arguments, settings, self.folder / f"{name}.log")

    def ready(self):
        """Wait until the API is ready, which it is with a worker only."""
        end, said = time.monotonic() + STARTED, None
        while said is None or said.status_code != httpx.codes.OK:
            with suppress(httpx.TransportError):
                said = httpx.get(f"http://127.0.0.1:{self.port}/readyz", trust_env=False, timeout=5)
            assert time.monotonic() < end, (said and said.text, [part.words() for part in self.parts])
            time.sleep(0.05)

    def leader(self):
        """The worker that leads the timers, and the other one."""
        statement = (
            "select usename from pg_locks l join pg_stat_activity a using (pid)"
            f" where locktype = 'advisory' and objid = {TIMER_LOCK} and granted"
        )
        end = time.monotonic() + 30
        while not (found := self.postgres.answer(statement)):
            assert time.monotonic() < end, ("nobody leads the timers", self.postgres.answer(TIMERS))
            time.sleep(0.1)
        return (self.first, self.second) if found[0][0] == "first" else (self.second, self.first)

    def _furnish(self):
        """Two people, a monitor, a pager with a workflow that pages by it, and incidents to write into."""
        made = muster("token", "create", "--name", "test", "--role", "admin", **self.settings())
        assert made.returncode == 0, made.stderr
        token = made.stdout.strip().splitlines()[-1]
        self.run(self._people(token))

    async def _people(self, token):
        rng = random.SystemRandom()
        self.crowd = crowd = FaultCrowd(f"http://127.0.0.1:{self.port}", token, rng)
        for name in ("ada", "ben"):
            await crowd.does("saveUser", name=name, email=f"{name}@example.org", accessRole="RESPONDER")
        source = await crowd.does("createAlertSource", kind="alertmanager", name="Prometheus")
        self.hook = "/hooks" + source["hookUrl"].partition("/hooks")[2]
        rule = {"matchers": {"severity": "critical"}, "severity": "SEV2", "createIncident": "ALWAYS"}
        await crowd.does("saveRoutingRule", name="All", **rule)
        await crowd.does("saveIntegration", vendor="pagerduty", configuration=configuration("pagerduty", self.vendor))
        await crowd.does("saveWorkflow", key="paging", name="Paging", definition=PAGE, enabled=True)
        self.shared = [
            (await crowd.does("declareIncident", title=f"Shared {n}", severity="SEV1"))["incident"]["reference"]
            for n in range(INCIDENTS)
        ]

    async def cursor(self):
        """Where the feed is now."""
        answer = await self.crowd._sent("/graphql", {"query": "{ cursor }"})  # noqa: SLF001 (a query, as patient)
        return answer["data"]["cursor"]

    # -- its trials

    @contextmanager
    def trial(self, name, *, figure=True, within=RECOVERY):
        """Load for the block, which breaks something, mends it and says `back()`; then everything is examined.

        A proof asserts that all was back `within` so many seconds.
        """
        self.number += 1
        broker = "postgresql" if self.broker_url is None else self.broker_url.partition(":")[0]
        trial = Trial(self, name, f"{name} {self.number}")
        self.broken = True  # unless all goes well
        self.run(trial.load.begin())
        try:
            time.sleep(BEFORE)
            yield trial
            time.sleep(AFTER)
            self.run(trial.load.end())
            found = check(self, trial)
        finally:
            self.run(trial.load.hang_up())
        self.broken = False
        if figure:
            kind = {"redis": "redis", "amqp": "rabbitmq"}.get(broker, broker)
            note(f"faults.{name}.{kind}", f"{trial.recovery:.1f} s; {found}")
        if FULL:
            assert trial.recovery <= within, trial.recovered

    def _stop_parts(self):
        for part in self.parts:
            if part.runs:
                part.child.terminate()
        for part in self.parts:
            if part.runs:
                part.stop()
        self.parts = []

    def close(self):
        """End everything: whatever fails of it, the rest all the same; what came last first."""
        with ExitStack() as ends:
            ends.callback(self.postgres.stop)
            ends.callback(self._end_outside)
            if self.proxy is not None:
                ends.callback(self.proxy.stop)
            for part in self.parts:
                if part.runs:
                    ends.callback(part.kill_all)

    def _end_outside(self):
        try:
            if hasattr(self, "crowd"):
                self.run(self.crowd.client.aclose())
            self.run(self._outside.aclose())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()


class Trial:
    """One fault under load. `recovered`: seconds, by what, from `back()` on."""

    def __init__(self, house, name, label):
        self.house, self.name, self.label = house, name, label
        self.load = Load(house, label)
        self.recovered = {}

    @property
    def recovery(self):
        """Seconds until the last of what was asked for anew was there."""
        return max(self.recovered.values())

    def back(self, *, mailed=True, paged=True):
        """What was broken is back: how long it takes until a new incident is written, seen, mailed and paged."""
        began, title, house = time.monotonic(), f"{self.label} is over", self.house
        house.run(house.crowd.does("declareIncident", title=title, severity="SEV1"))
        self.recovered["written"] = time.monotonic() - began
        ((event,),) = house.postgres.answer(
            "select e.id from event e join incident i on i.id = e.incident_id"
            " where i.title = %s and e.kind = 'incident.declared'",
            title,
        )
        looks = {"seen": lambda: event in self.load.subscribers[0].seen}
        if mailed:
            looks["mailed"] = lambda: any(title in mail["Subject"] for mail in house.box.arrived)
        if paged:
            looks["paged"] = lambda: any(title in each["title"] for each in list(house.pager.incidents.values()))
        while looks:
            for what in [what for what, holds in looks.items() if holds()]:
                self.recovered[what] = time.monotonic() - began
                del looks[what]
            assert time.monotonic() - began < PATIENCE, (self.recovered, "still not", list(looks))
            time.sleep(0.01)


@contextmanager
def opened():
    """A house, and its end."""
    with tempfile.TemporaryDirectory(prefix="muster-faults-", dir=in_memory()) as base:
        Path(base).chmod(0o755)  # PostgreSQL runs as another user when root runs the tests
        house = House(Path(base))
        try:
            yield house
        finally:
            house.close()
