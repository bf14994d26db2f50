"""Jobs that can't be done: of another version, with arguments that fit nothing, and one that kills whoever does it."""

import time

import pytest

from jobs.consumer import POISON
from tests.effort import effort, proof
from tests.faults.doubles import kills_whoever_writes_to
from tests.server.processes import wait_until

pytestmark = pytest.mark.slow

DEATHS = effort(2, POISON // 2)
"""Fewer than those after which a job is set aside, which tests/jobs/test_broker.py has."""
QUEUED = "insert into job(queue, name, args, options) values ('default', %s, %s, '{\"failures\": 19}')"


@proof
def test_a_poisoned_job_is_set_aside_and_the_others_go_on(by):
    """`failures` is that of a job which was tried before: the last of twenty attempts is the one that is seen here."""
    with by.trial("poison_arguments") as trial:
        dead = "select count(*) from job where dead"
        by.postgres.answer(QUEUED, "fax.send", "{}")
        by.postgres.answer(QUEUED, "page.send", '{"nobody": "knows"}')
        by.poisoned += 2
        wait_until(lambda: by.postgres.answer(dead)[0][0] == by.poisoned, "the poisoned to be set aside")
        trial.back()


@proof
def test_a_job_that_kills_its_workers_is_done_once_it_no_longer_does(by):
    """A mail at which both workers die, again and again; nothing that they had begun is lost."""
    with by.trial("poison_deadly") as trial:
        deaths = []

        def kill(_):
            for part in (by.first, by.second):
                if part.runs and not deaths_enough():
                    part.kill()
                    deaths.append(part.name)

        def deaths_enough():
            return len(deaths) >= 2 * DEATHS

        undo = kills_whoever_writes_to(by.box, "ben@example.org", kill)
        end = time.monotonic() + 120
        while not deaths_enough():
            assert time.monotonic() < end, deaths
            for part in (by.first, by.second):
                if not part.runs:
                    part.start()
            by.postgres.answer(
                "update job set lease_until = null where not dead and lease_until < now() + interval '6 s'"
            )
            time.sleep(0.1)
        undo()
        for part in (by.first, by.second):
            if not part.runs:
                part.start()
        trial.back()
