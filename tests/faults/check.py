"""What must hold after every fault, whatever it was."""

import time
from collections import Counter

from core.cursor import decode_cursor
from models.words import DeliveryState

PATIENCE = 1.5
"""Seconds after which what waits for its next attempt need wait no longer; the clock of a test goes faster."""
SECONDS = 90
LOOKS = 8
"""In a row that find nothing to do: timers look once a second, and what they find makes more of it."""

UNDONE = """
select 'job', name || coalesce(': ' || error, '') from job where queue in ('default', 'mail') and not dead
union all select 'delivery', state::text from delivery where state in ('PENDING', 'UNKNOWN')
union all select 'outward', key || ' ' || state::text from outward_action where state in ('PENDING', 'UNKNOWN')
union all select 'run', state::text from workflow_run where state in ('RUNNING', 'WAITING')
"""
LATER = (
    "update job set run_at = now() - interval '1 second' where run_at > now() and lease_until is null and not dead",
    "update job set lease_until = null where not dead and epoch is null and lease_until < now() + interval '6 seconds'",
    "update integration set next_attempt_at = null where next_attempt_at is not null",
    "update workflow_run set due_at = now() where due_at is not null",
    "update workflow_step_run set due_at = now() where due_at is not null",
    "update outward_action set claimed_at = claimed_at - interval '1 minute' where state in ('PENDING', 'UNKNOWN')",
)
"""What some minutes would do: retries come, and leases run out that nobody has extended for nine seconds."""


def check(house, trial):
    """Raise unless nothing was lost or doubled; what was found, in words."""
    drained(house)
    events = house.postgres.answer("select id, incident_id, number, kind from event order by id")
    written = everything_is_there(house, trial)
    cuts = followed(trial, events)
    repeated = mailed(house)
    paged(house)
    words = f"{written} changes and alerts, {cuts} resumptions"
    return words + (f", {repeated} mails again under their id" if repeated else "")


def drained(house):
    """Wait until nothing is left to do. No job was given up but those that were poisoned."""
    began, hurried, idle = time.monotonic(), 0.0, 0
    while idle < LOOKS:
        left, now = house.postgres.answer(UNDONE), time.monotonic()
        idle = 0 if left else idle + 1
        assert now - began < SECONDS, left[:10]
        if now - began > PATIENCE and now - hurried > 1:
            hurried = now
            for statement in LATER:
                house.postgres.answer(statement)
        time.sleep(0.15)
    dead = house.postgres.answer("select name, error from job where dead")
    assert len(dead) == house.poisoned, dead


def everything_is_there(house, trial):
    """Every acknowledged change and alert, once; timelines without gaps. How many of this trial."""
    done, ask = house.crowd.done, house.postgres.answer
    gaps = ask(
        "select incident_id from event where number is not null group by 1"
        " having count(*) <> max(number) or min(number) <> 1 or count(distinct number) <> count(*)"
    )
    assert gaps == []
    rows = ask(
        "select t.body, e.number from event e join event_text t on t.event_id = e.id where e.kind = 'entry.added'"
        " and t.body like %s",
        f"{trial.label} %",
    )
    there = dict(rows)
    assert len(there) == len(rows), "an entry is there twice"
    asked = {
        given["text"]: made["event"]["number"]
        for given, made in done["addEntry"]
        if given["text"].startswith(f"{trial.label} ")
    }
    assert there == asked, {*there.items()} ^ {*asked.items()}
    titles = Counter(title for (title,) in ask("select title from incident where title like %s", f"{trial.label} %"))
    declared = [given["title"] for given, _ in done["declareIncident"] if given["title"].startswith(f"{trial.label} ")]
    alerts = {fingerprint for fingerprint in house.crowd.alerts if fingerprint.startswith(f"{trial.label} ")}
    kept = Counter(mark for (mark,) in ask("select fingerprint from alert"))
    assert {mark: kept[mark] for mark in alerts} == dict.fromkeys(alerts, 1)
    assert {title: titles[title] for title in declared} == dict.fromkeys(declared, 1)
    return len(asked) + len(declared) + len(alerts)


def followed(trial, events):
    """Each subscriber saw every event after its start, once and in order. How often they came again, all together."""
    start = decode_cursor(trial.load.start)
    end = time.monotonic() + 20
    for subscriber in trial.load.subscribers:
        own = subscriber.incident and int(subscriber.incident.removeprefix("INC-"))
        wanted = [e[0] for e in events if e[0] > start and (own is None or e[1] == own)]
        while len(subscriber.seen) < len(wanted):
            subscriber.check()
            assert time.monotonic() < end, sorted({*wanted} - {*subscriber.seen})[:10]
            time.sleep(0.02)
        assert subscriber.seen[: len(wanted)] == wanted
        assert set(subscriber.refused) <= {"UNAVAILABLE"}, subscriber.refused
    return sum(subscriber.connections - 1 for subscriber in trial.load.subscribers)


def mailed(house):
    """The ledger has each mail once, and who was sent one twice can tell by its id. How many came again this time."""
    arrived = list(house.box.arrived)
    rows = house.postgres.answer(
        "select event_id, template, \"to\", state::text, external_id from delivery where channel = 'mail'"
    )
    states = {DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.SUPPRESSED}
    assert {row[3] for row in rows} <= states, Counter(row[3] for row in rows)
    assert len({row[:3] for row in rows}) == len(rows)
    sent = {row[4]: row[2] for row in rows if row[3] != DeliveryState.SUPPRESSED}
    copies = Counter(mail["Message-ID"] for mail in arrived)
    assert set(copies) == set(sent), "every mail arrived, and none that the ledger does not know"
    assert len({(mail["Message-ID"], mail["To"], mail["Subject"]) for mail in arrived}) == len(copies)
    again = len(arrived) - len(copies)
    house.repeated, house.again = again - house.again, again
    return house.repeated


def paged(house):
    """Each declared incident paged somebody, once: the vendor knows repeats by our key."""
    declared = house.postgres.answer("select count(*) from event where kind = 'incident.declared'")[0][0]
    keys = Counter(each["key"] for each in house.pager.incidents.values())
    assert set(keys.values()) <= {1}, keys.most_common(3)
    assert len(keys) == declared, (len(keys), declared)
    assert house.pager.faults == []
