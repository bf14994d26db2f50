"""Work after commit: job rows, written in the business transaction and removed when the job is done (DESIGN §5)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Integer, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key

QUEUE = "default"
WORKER_LOCK = 7423
"""Advisory lock that every consuming connection shares: whoever finds it held knows that a worker runs."""
TIMER_LOCK = 7424
"""Advisory lock of the leader of the timers, held by its connection: it is free again as soon as that is gone."""
RELAY_LOCK = 7430
"""Advisory lock that every relay shares while the broker answers it: whoever finds it held knows that one does."""
MAIL = "mail"
"""For mails of incidents: who is paged, and what workflows do, goes first."""
BULK = "bulk"
"""For what goes out to thousands: it waits for its turn in a queue of its own, in which nobody is paged."""
QUEUES = (QUEUE, MAIL, BULK)
"""All queues, the most urgent first."""
SOON = (QUEUE, MAIL)
"""The queues in which nothing should wait for long."""
UNPUBLISHED = "(lease_until is null or lease_until < now())"
"""SQL: that nobody has a job: no worker, and no relay that published it to a broker."""
WAITS = "(lease_until is null or lease_until < now() or epoch is not null)"
"""SQL: that no worker has a job: what waits in a broker is leased by the relay."""
TAKEN = "(lease_until >= now() and epoch is null)"
"""SQL: that a worker has it."""


def _oldest(waiting: str) -> str:
    return f"""
(select min(due.run_at) from unnest(cast(:queues as text[])) as named(queue), lateral (
  select min(run_at) as run_at from job
  where not dead and job.queue = named.queue and run_at <= now() and {waiting}
) due)
"""  # noqa: S608 (constants)


OLDEST_DUE = _oldest(WAITS)
"""SQL: since when the job that waits longest for a worker is due, in some `queues`; null if none waits."""
OLDEST_UNPUBLISHED = _oldest(UNPUBLISHED)
"""SQL: since when the job that waits longest for a relay is due, in some `queues`; null if none waits."""


class JobName(StrEnum):
    """Every job there is, `noun.verb`. Each has exactly one Dramatiq actor in jobs/ (a test sees to it)."""

    MAIL_NOTIFY = "mail.notify"
    """Decide who is to be told of an event by mail and queue one mail each."""
    MAIL_SEND = "mail.send"
    """Send one mail of the ledger."""
    WEBHOOK_SEND = "webhook.send"
    """Post one event to one webhook."""
    POSTMORTEM_ASSEMBLE = "postmortem.assemble"
    """Assemble, or re-assemble, the postmortem of an incident."""
    POSTMORTEM_WORD = "postmortem.word"
    """Ask a language model how sections of a postmortem could be worded."""
    METRIC_MEASURE = "metric.measure"
    """Keep what the metrics of an incident's services were while it lasted."""
    SUBSCRIBER_SIGN_UP = "subscriber.sign_up"
    """Decide what follows from a form that somebody filled in on the status page."""
    SUBSCRIBER_WRITE = "subscriber.write"
    """Mail a subscriber the link that confirms, or the one that manages, their subscription."""
    SUBSCRIBER_GREET = "subscriber.greet"
    """Post a test message to a subscriber's address; it confirms the subscription by taking it."""
    OUTWARD_PERFORM = "outward.perform"
    """Do at a vendor what an incident needs there."""
    PAGE_SEND = "page.send"
    """Send one message of a page."""
    CONTACT_SEND = "contact.send"
    """Send somebody a code, or a test, by a way to page them."""
    PERSON_ERASE = "person.erase"
    """Erase what was under way when a person was erased."""
    ALERT_SOURCE_CONFIRM = "alert_source.confirm"
    """Confirm to a vendor that its alerts are wanted."""
    ALERT_SOURCE_REPLAY = "alert_source.replay"
    """Read a delivery again of which no alerts could be made."""
    PAGER_HEAR = "pager.hear"
    """Take note of what a pager told of a page."""
    PAGER_ON_CALL = "pager.on_call"
    """Ask a pager who is on call."""
    OUTWARD_FOLLOW = "outward.follow"
    """Order what an event of an incident asks for where something stands for it at vendors."""
    INTEGRATION_CHECK = "integration.check"
    """Examine whether an integration can do what it is for."""
    CHAT_HEAR = "chat.hear"
    """Keep what was said in an incident's channel, or what was marked there."""
    CHAT_OBEY = "chat.obey"
    """Do what somebody asks for in a chat."""
    CHAT_ANSWER = "chat.answer"
    """Answer somebody in a chat."""
    CHAT_CATCH_UP = "chat.catch_up"
    """Read what was said in an incident's channel while nothing of it reached us."""
    WORKFLOW_MATCH = "workflow.match"
    """Begin the workflows that wait for the events of a transaction."""
    WORKFLOW_ADVANCE = "workflow.advance"
    """Do the next steps of a run."""
    BROADCAST_LIST = "broadcast.list"
    """List who is to be told of a piece of news."""
    BROADCAST_DELIVER = "broadcast.deliver"
    """Tell the listed subscribers of one channel of a piece of news."""


ELSEWHERE = {
    JobName.MAIL_NOTIFY: MAIL,
    JobName.MAIL_SEND: MAIL,
    JobName.BROADCAST_LIST: BULK,
    JobName.BROADCAST_DELIVER: BULK,
}


URGENT = JobName.PAGE_SEND
"""Who is paged goes before everything else, however much waits (ix_job_urgent)."""


def queue_of(name: JobName) -> str:
    """The queue that the jobs of a name wait in."""
    return ELSEWHERE.get(name, QUEUE)


class Job(Base):
    """A job. `token` is raised by each fetch, so that a late acknowledgement can't touch another worker's lease."""

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_due", "queue", "run_at", "id", postgresql_where=text("not dead")),
        Index("ix_job_urgent", "run_at", "id", postgresql_where=text("not dead and name = 'page.send'")),
        Index("ix_job_dead", "id", postgresql_where=text("dead")),
        Index(
            "ix_job_outward",
            text("(args ->> 'action_id'::text)"),
            postgresql_where=text("name = 'outward.perform' and not dead"),
        ),
        {"postgresql_with": {"fillfactor": 70}},
    )

    id: Mapped[Key]
    queue: Mapped[str]
    name: Mapped[str]
    args: Mapped[dict[str, Any]]
    event_id: Mapped[int | None]
    options: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    """Dramatiq's own bookkeeping: retries, traceback, requeue time."""
    run_at: Mapped[datetime] = mapped_column(server_default=func.now())
    lease_until: Mapped[datetime | None]
    epoch: Mapped[str | None]
    """While it waits in a broker: in which life of that. The lease is then the relay's (jobs.relay)."""
    token: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    strikes: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    dead: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
