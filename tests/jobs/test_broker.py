"""Jobs by all three brokers: at least once, never lost, whatever raises, dies or hangs up."""

import logging
import threading
from collections import Counter

import pytest
from dramatiq.message import Message
from sqlalchemy import text

from actions.record import enqueue
from jobs.broker import PostgresBroker
from jobs.consumer import POISON
from jobs.registry import Later
from tests.jobs.brokers import every_broker

broker_url = every_broker


async def test_every_job_runs_with_its_arguments_and_its_row_goes(bench):
    seen = Counter()

    def count(n, word):
        seen.update([(n, word)])

    await bench.queue("test_count", 100, word="ah")
    with bench.working(count=count):
        await bench.idle()
    assert seen == Counter({(n, "ah"): 1 for n in range(100)})


async def test_a_job_of_a_rolled_back_transaction_never_runs(bench):
    seen = []
    with pytest.raises(RuntimeError, match="never mind"):
        async with bench.database.unit_of_work() as session:
            enqueue(session, "test_note", n=1)
            await session.execute(text("select 1"))
            raise RuntimeError("never mind")
    await bench.queue("test_note", 1)
    with bench.working(note=lambda **args: seen.append(args)):
        await bench.idle()
    assert seen == [{"n": 0}]


WAITING = "select 1 from pg_stat_activity where application_name = 'muster jobs' and query like '%skip locked%'"


async def test_a_notification_wakes_the_worker_long_before_it_would_look(bench):
    """It would look after a minute. It also ends by notifications, because it waits for them all the time."""
    if bench.broker_url:
        pytest.skip("a relay is what is woken, and tickets wake the worker")
    with bench.working(poll=60_000, threads=1, start=lambda **_: None) as worker:
        await bench.until(lambda: bench.sql(WAITING))
        for last in (False, True):
            if last:
                worker.workers[0].stop()
            await bench.queue("test_start")
            await bench.sql("notify muster_job")
            await bench.idle()
        for consumer in worker.consumers.values():
            consumer.stop()
        await bench.sql("notify muster_job")


def _true(event):
    async def condition():
        return event.is_set()

    return condition


def _more(counter, than):
    async def condition():
        return len(counter) > than

    return condition


async def test_a_job_that_raised_stays_in_its_row_with_its_error_and_a_growing_pause(bench):
    def fail(n):
        raise OSError(f"no route to {n}")

    await bench.queue("test_fail")
    with bench.working(fail=fail):
        ((error, options, seconds),) = await bench.until(
            lambda: bench.sql(
                "select error, options, extract(epoch from run_at - now())::float from job"
                " where lease_until is null and error is not null and not dead"
            )
        )
    assert error == "OSError: no route to 0"
    assert options == {"failures": 1}
    assert 0 < seconds < 3


async def test_a_retry_runs_in_the_same_row_until_it_succeeds(bench):
    tries = []

    def second_time_lucky(n):
        tries.append(n)
        if len(tries) == 1:
            raise OSError("not yet")

    await bench.queue("test_lucky")
    ((before,),) = await bench.sql("select id from job")
    with bench.working(lucky=second_time_lucky):
        await bench.until(lambda: bench.sql("select 1 from job where error is not null"))
        assert await bench.sql("update job set run_at = now() returning id") == [(before,)]
        await bench.idle()
    assert tries == [0, 0]


async def test_a_job_that_failed_too_often_is_dead_and_kept(bench):
    def fail(n):
        raise ValueError(f"bad \x00 {n} \ud83d")

    await bench.queue("test_fail", 3)
    with bench.working(fail=fail, attempts=1):
        await bench.until(lambda: bench.sql("select 1 from job having count(*) filter (where dead) = 3"))
    rows = await bench.sql("select dead, error, lease_until from job order by id")
    assert rows[0] == (True, "ValueError: bad \ufffd 0 ?", None)


async def test_later_is_no_failure(bench, caplog):
    def later(**_):
        raise Later(60, "the other side asked for a pause")

    await bench.queue("test_later")
    with caplog.at_level(logging.ERROR), bench.working(later=later, attempts=1):
        await bench.until(lambda: bench.sql("select 1 from job where run_at > now() + interval '50 s'"))
    assert await bench.sql("select dead, error, strikes from job") == [(False, None, 0)]
    assert not caplog.records


async def test_an_unknown_job_is_kept_for_a_worker_that_knows_it(bench):
    await bench.queue("test_from_the_future")
    with bench.working():
        await bench.until(lambda: bench.sql("select 1 from job where error is not null"))
    ((dead, error),) = await bench.sql("select dead, error from job")
    assert not dead
    assert "test_from_the_future" in error


async def test_a_job_whose_worker_keeps_dying_is_set_aside(bench, caplog):
    seen = []
    await bench.queue("test_kill", 2)
    await bench.sql("update job set strikes = :poison where (args->>'n')::int = 0", poison=POISON)
    with bench.working(kill=lambda **args: seen.append(args)):
        await bench.idle()
    ((dead, error),) = await bench.sql("select dead, error from job")
    assert dead
    assert "again and again" in error
    assert seen == [{"n": 1}]
    assert "its worker ended in the middle of it" in caplog.text


async def test_a_running_job_keeps_its_lease(bench):
    begun, end = threading.Event(), threading.Event()

    def long(**_):
        begun.set()
        assert end.wait(15)

    await bench.queue("test_long")
    with bench.working(long=long):
        await bench.until(_true(begun))
        ((first,),) = await bench.sql("select lease_until from job")
        await bench.until(lambda: bench.sql("select 1 from job where lease_until > :first", first=first))
        end.set()
        await bench.idle()


async def test_mails_that_hang_leave_half_of_the_threads_to_what_is_urgent(bench):
    """The mail server is gone in the middle of a backlog; pages don't notice."""
    hung, end, urgent = Counter(), threading.Event(), Counter()

    def hang(n):
        hung.update([n])
        assert end.wait(15)

    await bench.queue("test_hang", 20)
    await bench.sql("update job set queue = 'mail'")
    with bench.working(threads=4, hang=hang, page=lambda n: urgent.update([n])):
        await bench.until(_more(hung, 1))
        await bench.queue("test_page", 10)
        await bench.until(_more(urgent, 9))
        assert set(hung) == {0, 1}
        end.set()
        await bench.idle()
    assert len(hung) == 20


async def test_what_was_fetched_and_not_begun_is_given_back_at_the_end(bench):
    begun, end = threading.Event(), threading.Event()

    def slow(**_):
        begun.set()
        assert end.wait(15)

    await bench.queue("test_slow", 10)
    with bench.working(threads=1, slow=slow):
        await bench.until(_true(begun))
        await bench.until(lambda: bench.sql("select 1 from job having count(lease_until) > 1"))
        threading.Timer(0.2, end.set).start()
    left = await bench.sql("select lease_until is null or epoch is not null, strikes from job")
    assert set(left) == {(True, 0)}
    assert 8 <= len(left) <= 9


async def test_a_late_acknowledgement_does_not_touch_another_workers_lease(bench):
    begun, end = threading.Event(), threading.Event()

    def slow(**_):
        begun.set()
        assert end.wait(15)

    await bench.queue("test_slow")
    with bench.working(slow=slow):
        await bench.until(_true(begun))
        await bench.sql("update job set token = token + 1, lease_until = now() + interval '1 hour'")
        end.set()
    assert await bench.sql("select token, lease_until > now() + interval '50 min' from job") == [(2, True)]


async def test_losing_every_connection_loses_no_job(bench):
    seen = Counter()
    half = threading.Event()

    def count(n):
        seen.update([n])
        if len(seen) == 150:
            half.set()

    await bench.queue("test_count", 300)
    with bench.working(count=count):
        for _ in range(3):
            await bench.until(
                lambda: bench.sql("select 1 from pg_stat_activity where application_name = 'muster jobs'")
            )
            await bench.sql(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'muster jobs'"
            )
        await bench.until(_true(half))
        await bench.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'muster jobs'")
        await bench.idle()
    assert set(seen) == set(range(300))
    assert max(seen.values()) <= 2


async def test_jobs_are_only_enqueued_by_transactions(database_url):
    broker = PostgresBroker(database_url)
    with pytest.raises(RuntimeError, match=r"actions\.record\.enqueue"):
        broker.enqueue(Message("default", "mail.send", (), {}, {}))
    broker.close()


def test_a_lease_that_a_pause_could_outlast_is_refused(database_url):
    with pytest.raises(ValueError, match="10 s"):
        PostgresBroker(database_url, lease=5)
