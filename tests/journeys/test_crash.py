"""Everything is killed at once in the middle of the work. What was acknowledged is neither lost nor doubled."""

import email
import email.header
import os
import signal
import threading
from contextlib import suppress

import pytest

from tests.server.processes import alive, running, wait_until

WRITERS = 4
ENOUGH = 80
"""Acknowledged entries before the plug is pulled."""

ENTRY = """mutation($input: AddEntryInput!) { addEntry(input: $input) { event { number } } }"""
DECLARE = "mutation($input: DeclareIncidentInput!) { declareIncident(input: $input) { incident { reference } } }"
RESOLVE = "mutation($input: ChangeStageInput!) { changeStage(input: $input) { incident { stage } } }"
TIMELINE = """query($ref: String!, $after: Cursor) { incident(ref: $ref) {
  timeline(first: 100, after: $after) { nodes { number kind text } pageInfo { hasNextPage endCursor } }
} }"""
POSTMORTEM = "query($ref: String!) { incident(ref: $ref) { stage postmortem { markdown } } }"

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path):
    for parent in (tmp_path, *tmp_path.parents[:3]):
        parent.chmod(0o755)  # PostgreSQL runs as another user when root runs the tests
    return tmp_path / "data"


class Writer(threading.Thread):
    """A client that writes entries, one after the other, until it is cut off. It repeats nothing."""

    def __init__(self, up, token, ref, name):
        super().__init__(name=name)
        self.up, self.token, self.ref = up, token, ref
        self.acknowledged, self.unanswered = {}, None

    def run(self):
        for count in range(10_000):
            text = f"{self.name}-{count}"
            self.unanswered = text
            try:
                answer = write(self.up, self.token, self.ref, text)
            except (OSError, AssertionError, ValueError):
                return
            if "errors" in answer:
                return
            self.acknowledged[text] = answer["data"]["addEntry"]["event"]["number"]
            self.unanswered = None


def write(up, token, ref, text):
    given = {"incident": ref, "kind": "NOTE", "text": text, "idempotencyKey": text}
    return up.graphql(ENTRY, token, input=given)


def timeline(up, token, ref):
    """The whole timeline, page by page."""
    nodes, after = [], None
    while True:
        found = up.graphql(TIMELINE, token, ref=ref, after=after)["data"]["incident"]["timeline"]
        nodes += found["nodes"]
        if not found["pageInfo"]["hasNextPage"]:
            return nodes
        after = found["pageInfo"]["endCursor"]


def declare(up, token, title):
    answer = up.graphql(DECLARE, token, input={"title": title, "severity": "SEV1"})
    return answer["data"]["declareIncident"]["incident"]["reference"]


def told(folder, ref):
    """The mails about an incident."""
    read = [email.message_from_bytes(path.read_bytes()) for path in (folder / "mail").glob("*.eml")]
    return [mail for mail in read if ref in str(email.header.make_header(email.header.decode_header(mail["Subject"])))]


def pull_the_plug(up):
    """`kill -9` of everything: supervisor, API, worker, PostgreSQL."""
    everyone = up.processes()
    for pid in everyone:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    up.child.wait(10)
    wait_until(lambda: not any(map(alive, everyone)), "the end of every process")


def test_a_crash_in_the_middle_loses_nothing_that_was_acknowledged(folder):
    with running(folder) as up:
        token, port = up.token(), up.port
        busy, resolved = declare(up, token, "Busy"), declare(up, token, "Resolved")
        writers = [Writer(up, token, busy, f"writer{n}") for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        wait_until(lambda: sum(len(w.acknowledged) for w in writers) >= ENOUGH, "the writing")
        answer = up.graphql(RESOLVE, token, input={"incident": resolved, "stage": "RESOLUTION"})
        assert answer["data"]["changeStage"]["incident"] == {"stage": "RESOLUTION"}
        last = declare(up, token, "Last")
        pull_the_plug(up)  # with writers in mid-air and the jobs of the resolution not yet done
        for writer in writers:
            writer.join(20)

    with running(folder, port=port) as up:
        acknowledged = {text: number for w in writers for text, number in w.acknowledged.items()}
        nodes = timeline(up, token, busy)
        entries = {node["text"]: node["number"] for node in nodes if node["kind"] == "entry.added"}
        assert acknowledged.items() <= entries.items()
        assert [node["number"] for node in nodes] == list(range(1, len(nodes) + 1))

        # Whoever got no answer asks again, with the same key: once, whether or not it had been done.
        for text in filter(None, (w.unanswered for w in writers)):
            answer = write(up, token, busy, text)
            assert "errors" not in answer, answer
        texts = [node["text"] for node in timeline(up, token, busy) if node["kind"] == "entry.added"]
        assert sorted(texts) == sorted({*entries, *filter(None, (w.unanswered for w in writers))})

        # What was to follow from the resolution follows now.
        def drafted():
            incident = up.graphql(POSTMORTEM, token, ref=resolved)["data"]["incident"]
            return incident["stage"] == "RESOLUTION" and incident["postmortem"] is not None

        wait_until(drafted, "the postmortem")
        wait_until(lambda: told(folder, last), "the mail about what was declared last")
        mails = [mail["Message-ID"] for ref in (busy, resolved, last) for mail in told(folder, ref)]
        assert len(set(mails)) == len(mails), "a mail that was sent again is the same mail"
