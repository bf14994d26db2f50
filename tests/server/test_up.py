"""`muster up`: everything starts, and everything stops."""

import re
import signal
import urllib.error
import urllib.request
from http.cookiejar import CookieJar

import pytest

from tests.effort import proof
from tests.server.processes import alive, muster, running, wait_until

pytestmark = pytest.mark.slow


def gone(pids: list[int]) -> bool:
    return not any(alive(pid) for pid in pids)


def test_it_serves_signs_in_once_and_stops_on_ctrl_c(folder):
    with running(folder, alone=True) as up:
        assert up.get("/healthz")[0] == 200
        assert up.get("/")[0] == 200
        assert up.graphql("{ viewer { kind } }")["data"]["viewer"]["kind"] == "ANONYMOUS"
        token = up.token("admin")
        viewer = up.graphql("{ viewer { kind name } }", token)["data"]["viewer"]
        assert viewer == {"kind": "SERVICE_ACCOUNT", "name": "test"}
        out = folder.parent / "out.txt"
        wait_until(lambda: "Sign in once" in out.read_text(), "the link")
        link = re.search(r"http://\S+/auth/link/\S+", out.read_text()).group()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        assert b"Sign in as Admin?" in browser.open(link, timeout=5).read()
        page = browser.open(urllib.request.Request(link, b"", {"Sec-Fetch-Site": "same-origin"}), timeout=5)
        assert page.url.endswith("/console/incidents")
        assert b"Incidents" in page.read()
        with pytest.raises(urllib.error.HTTPError, match="410"):
            browser.open(link, timeout=5)
        doctor = muster("doctor", **up.settings)
        assert doctor.returncode == 0, doctor.stdout
        everyone = up.processes()
        assert len(everyone) > 4
        up.child.send_signal(signal.SIGINT)
        assert up.child.wait(30) == 0
        wait_until(lambda: gone(everyone), "all processes to end")


def test_a_killed_supervisor_leaves_nothing_behind(folder):
    with running(folder, alone=True) as up:
        everyone = up.processes()
        up.child.kill()
        up.child.wait(10)
        wait_until(lambda: gone(everyone), "children and PostgreSQL to end")


def test_the_demo_is_told_once(folder):
    with running(folder, "--demo") as up:
        token = up.token("viewer")
        answer = up.graphql(
            "{ users { name } teams { slug } services { slug } components { name }"
            " incidents(first: 10) { nodes { reference stage commander { name } unfilledRoles { key }"
            " postmortem { status } actionItems { nodes { title } } similar { openActionItems { title } } } } }",
            token,
        )["data"]
        rules = up.graphql("{ routingRules { matchers createIncident } }", up.token("admin"))["data"]["routingRules"]
        assert rules[0] == {"matchers": {"severity": "critical"}, "createIncident": "ALWAYS"}, "the drill's alert"
        fatigue = (
            "{ alertFatigue { alerts pages rules { rule pages shareActed } } alerts(first: 9) { nodes { state } } }"
        )
        alerts = up.graphql(fatigue, token)["data"]
        assert alerts["alertFatigue"]["pages"] == 9, "each night with the disk"
        never = [each["rule"] for each in alerts["alertFatigue"]["rules"] if not each["shareActed"]]
        assert "DiskFillingUp" in never
        assert {"FIRING", "ACKNOWLEDGED", "SUPPRESSED"} <= {each["state"] for each in alerts["alerts"]["nodes"]}
        assert len(answer["users"]) >= 6
        assert len(answer["teams"]) >= 3
        assert len(answer["services"]) >= 4
        assert len(answer["components"]) >= 6
        stages = [node["stage"] for node in answer["incidents"]["nodes"]]
        assert stages[:2] == ["RESPONSE", "POSTMORTEM"]
        assert len(stages) > 5, "with fewer, metrics say that there are too few"
        now, past, *_ = answer["incidents"]["nodes"]
        assert now["similar"][0]["openActionItems"], "it looked like this before, and what was to be done is not"
        assert now["commander"]["name"] == "Ines Duarte"
        assert [role["key"] for role in now["unfilledRoles"]] == ["scribe"]
        assert past["postmortem"]["status"] == "PUBLISHED"
        status, page = up.get("/")
        assert status == 200
        assert "Orders can’t be placed" in page
        assert "Database upgrade for the Partner API" in page
    with running(folder, "--demo") as up:
        again = up.graphql("{ incidents { nodes { reference } } }", up.token("viewer"))["data"]["incidents"]["nodes"]
        assert [node["reference"] for node in again] == [n["reference"] for n in answer["incidents"]["nodes"]]


@proof
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_of_two_on_one_folder_the_second_goes_on_when_the_first_ends(folder, number):
    with running(folder) as first, running(folder) as second:
        token = second.token()
        first.child.send_signal(number)
        first.child.wait(30)
        out = folder.parent / "out.txt"
        wait_until(lambda: "it runs here now" in out.read_text(), "the second to take over")
        second.wait_ready()
        assert second.graphql("{ viewer { name } }", token)["data"]["viewer"]["name"] == "test"
        assert second.child.poll() is None
