"""A real Icinga 2 notifies by the script and the command of our guide: a failing check fires, its recovery ends it."""

import getpass
import grp
import os
import re
import shutil
import stat
import subprocess
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest

from actions.alerts.source_secrets import set_alert_source_secret
from actions.alerts.sources import create_alert_source, hook_path
from core.clock import SystemClock
from core.db import Database
from core.ids import encode
from core.secrets import Secrets
from models.words import AlertState
from tests.actions.alerting import alerts, incidents, rule
from tests.integrations.hooking import app
from tests.integrations.test_real_alertmanager import serving, until
from tests.world import World

COMMAND = shutil.which("icinga2")
GUIDE = (Path(__file__).parents[2] / "docs/guides/alert-sources.md").read_text()
SECTION = GUIDE.partition("## Icinga and Nagios\n")[2].partition("\n## ")[0]
HOOK = "https://muster.example.org/hooks/alerts/icinga/msh_…"
CONFIGURATION = """
object CheckerComponent "checker" {}
object NotificationComponent "notification" {}
object CheckCommand "told" { command = [ ConfigDir + "/scripts/check", ConfigDir + "/$told$" ] }
object User "muster" {}
template Host "fast" { check_interval = 1s; retry_interval = 1s; max_check_attempts = 1; check_command = "told" }
object Host "db-1" { import "fast"; address = "192.0.2.7"; vars.told = "host" }
object Service "disk" {
  host_name = "db-1"; check_command = "told"; vars.told = "service"
  check_interval = 1s; retry_interval = 1s; max_check_attempts = 1
}
object Notification "host" { host_name = "db-1"; command = "muster-host"; users = [ "muster" ] }
object Notification "service" {
  host_name = "db-1"; service_name = "disk"; command = "muster-service"; users = [ "muster" ]
}
"""
"""A host and a service whose checks say what two files say, every second; both notify by the commands of the guide."""

pytestmark = pytest.mark.skipif(COMMAND is None, reason="no Icinga 2 is installed (Debian: icinga2-bin)")


@pytest.fixture
async def real_time(database_url):
    """A world by the machine's clock, which is also Icinga's."""
    database = Database(database_url, clock=SystemClock(), pool_size=5, secrets=Secrets(["tests"]))
    yield await World.create(database, SystemClock())
    await database.close()


def snippet(beginning):
    """The guide's code whose first line begins so."""
    blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", SECTION, re.MULTILINE)
    (found,) = [dedent(b).strip() for b in blocks if b.strip().startswith(beginning)]
    return found + "\n"


def for_hosts(command):
    """The guide's command for services, with what the guide says of hosts."""
    assert "(for hosts: `host.state`, `host.output`, `host.last_state_change`, and no `MUSTER_SERVICE`)" in SECTION
    without = "".join(line for line in command.splitlines(keepends=True) if "MUSTER_SERVICE" not in line)
    return without.replace("$service.", "$host.").replace("muster-service", "muster-host")


def executable(path, text):
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


class Icinga:
    """What its checks find: `icinga.finds("service", 2, "full")`, as a plugin's exit status and output."""

    def __init__(self, folder):
        self._folder = folder

    def finds(self, what, status, text):
        # In one step: a check that read half of it would report UNKNOWN.
        written = self._folder / f"{what}.new"
        written.write_text(f"{status} {text}\n")
        written.rename(self._folder / what)


@contextmanager
def icinga(folder, url, secret):
    """An Icinga 2 of our own, below a folder, for whom the script posts to a URL."""
    for name in ("scripts", "var", "run/icinga2", "cache", "log", "spool"):
        (folder / name).mkdir(parents=True)
    script = snippet("#!/usr/bin/env python3")
    assert script.count(f'"{HOOK}", ""') == 1
    executable(folder / "scripts/muster", script.replace(f'"{HOOK}", ""', f'"{url}", "{secret}"'))
    executable(folder / "scripts/check", '#!/bin/sh\nread -r status text < "$1"; echo "$text"; exit "$status"\n')
    command = snippet("object NotificationCommand")
    (folder / "icinga2.conf").write_text(CONFIGURATION + command + for_hosts(command))
    told = Icinga(folder)
    told.finds("host", 0, "alive")
    told.finds("service", 0, "12 % used")
    places = {"ConfigDir": "", "DataDir": "var", "InitRunDir": "run", "CacheDir": "cache", "LogDir": "log"}
    defined = {name: folder / place for name, place in places.items()} | {"SpoolDir": folder / "spool"}
    defined |= {"RunAsUser": getpass.getuser(), "RunAsGroup": grp.getgrgid(os.getgid()).gr_name}
    options = [part for name, value in defined.items() for part in ("-D", f"{name}={value}")]
    with (folder / "said").open("wb") as log:
        process = subprocess.Popen(
            [COMMAND, "daemon", "-c", str(folder / "icinga2.conf"), *options], stdout=log, stderr=log
        )
    try:
        yield told
    finally:
        process.terminate()
        process.wait(10)


async def test_a_real_icinga_brings_alerts_and_ends_them(real_time, tmp_path):
    world = real_time
    await rule(world, matchers={"host": "db-1"}, service="checkout-api", severity="SEV2")
    source, key = await world.do(create_alert_source, world.ada, kind="icinga", name="Icinga")
    reference = encode("AlertSource", source.id)
    _, secret = await world.do(set_alert_source_secret, world.ada, source=reference)

    def stands(fingerprint, state):
        async def asked():
            return {a.fingerprint: a.state for a in await alerts(world)}.get(fingerprint) is state

        return until(asked)

    async with serving(app(world.database)) as base:
        with icinga(tmp_path, base + hook_path(source, key), secret) as monitor:
            monitor.finds("service", 2, '97 % used, it\'s "full"')
            await stands("db-1!disk", AlertState.FIRING)
            (alert,) = await alerts(world)
            assert alert.title == "disk on db-1"
            assert alert.annotations == {"description": '97 % used, it\'s "full"'}
            assert alert.labels == {"host": "db-1", "service": "disk", "severity": "critical", "address": "192.0.2.7"}
            (incident,) = await incidents(world)

            monitor.finds("service", 0, "12 % used")
            await stands("db-1!disk", AlertState.RESOLVED)
            (ended,) = await alerts(world)
            assert ended.starts_at == alert.starts_at <= ended.resolved_at
            (end,) = await world.events(incident.id, "alert.resolved")
            assert end.data["alert_id"] == alert.id

            monitor.finds("host", 2, "no answer")
            await stands("db-1", AlertState.FIRING)
            _, host = await alerts(world)
            assert (host.title, host.labels["severity"]) == ("Host db-1", "down")
            assert "service" not in host.labels
            monitor.finds("host", 0, "alive")
            await stands("db-1", AlertState.RESOLVED)
