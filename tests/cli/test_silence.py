"""`muster silence`: set, listed, completed and ended from a terminal or a script."""

import json
from datetime import timedelta

from server.remote import when
from tests.actions.alerting import Monitor, firing


async def test_a_silence_is_set_listed_completed_and_ended(cli):
    monitor = await Monitor.create(cli.world)
    cli.world.clock.advance(
        seconds=(when.now() - cli.world.clock.now()).total_seconds()
    )  # moments that are typed are the machine's
    await monitor.sends(firing("a", job="disk"))
    given = ("job=~disk|backup", "--source", "prometheus", "--until", "2h", "--reason", "Disks are moved.")
    tried = await cli("silence", "add", *given, "--dry-run", "--json")
    assert [each["title"] for each in json.loads(tried.stdout)["alerts"]] == ["a is down"]
    assert json.loads((await cli("silence", "list", "--json")).stdout) == {"silences": []}
    made = json.loads((await cli("silence", "add", *given, "--json")).stdout)["silence"]
    assert (made["matchers"], made["source"]["name"]) == ({"job": "=~disk|backup"}, "Prometheus")
    assert abs(when.read(made["endsAt"]) - when.read(made["startsAt"]) - timedelta(hours=2)) < timedelta(minutes=5)
    listed = (await cli("silence", "list")).stdout
    assert f"{made['id']}\tjob=~disk|backup, source Prometheus\t" in listed
    words = {"COMP_WORDS": "muster silence end ", "COMP_CWORD": "3", "_MUSTER_COMPLETE": "bash_complete"}
    assert made["id"] in (await cli(**words)).stdout
    ended = await cli("silence", "end", made["id"])
    assert (ended.returncode, ended.stdout) == (0, "Ended: job=~disk|backup, source Prometheus.\n")
    assert (await cli("silence", "list")).stdout == ""
    assert made["id"] in (await cli("silence", "list", "--all")).stdout
    for more, code, said in (
        (("add", "disk", "--until", "2h", "--reason", "x"), 2, "is no label with a text"),
        (("add", "a=b", "a=c", "--until", "2h", "--reason", "x"), 2, "there twice"),
        (("add", "a=b", "--until", "soon", "--reason", "x"), 2, "is no moment"),
        (("add", "a=b", "--until", "40d", "--reason", "x"), 1, "at most 30 days"),
        (("add", "--until", "2h", "--reason", "x"), 1, "silence every alert"),
        (("add", "a=b", "--source", "Nagios", "--until", "2h", "--reason", "x"), 2, "There are: Prometheus."),
        (("end", "nothing"), 1, "silence"),
    ):
        refused = await cli("silence", *more)
        assert (refused.returncode, said in refused.stderr) == (code, True), refused.stderr
