"""Fetches the jobs of one queue by tickets from a broker, and from the table while the broker or the relay is away.

Who is to be paged must not wait for Redis: rows are in PostgreSQL anyway, and whoever takes one first has it.
"""

import time
from typing import Any

import psycopg
from dramatiq.broker import MessageProxy

from core.outage import tell
from jobs import statements
from jobs.carriers.carrier import Carrier, CarrierError, Inbox, Ticket
from jobs.consumer import JobConsumer
from jobs.outcome import JobMessage, Outcome
from jobs.scope import scope_of

AGAIN_SECONDS = 2.0
"""Before a broker that was away is tried again."""

LOOK_SECONDS = 0.1
"""Between two looks into the table meanwhile."""

LATE_SECONDS = 2.0
"""A job that has been due for so long, and is in no broker, is taken from the table by who has nothing else to do."""


class TicketConsumer(JobConsumer):
    """As JobConsumer; a ticket is a hint which row to take."""

    def __init__(self, *arguments: Any, carrier: Carrier, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._carrier = carrier
        self._inbox: Inbox | None = None
        self._away_until = 0.0

    def _prepare(self, connection: psycopg.Connection[Any]) -> None:
        """Nothing is listened to: notifications that nobody reads would pile up."""

    def _fetch(self) -> None:
        room = self._leases.room(self._queue, self._prefetch, wait=self._timeout)
        if not room:
            return
        connection = self._connected()
        try:
            self._fetched.extend(self._by_tickets(connection, room))
        except CarrierError as error:
            tell(error, f"the broker {self._carrier.where} can't be used; jobs are taken from PostgreSQL meanwhile")
            self._hang_up()
            self._away_until = time.monotonic() + AGAIN_SECONDS
            self._from_table(connection, room)

    def _by_tickets(self, connection: psycopg.Connection[Any], room: int) -> list[JobMessage]:
        if time.monotonic() < self._away_until:
            self._from_table(connection, room)
            return []
        if self._inbox is None:
            self._inbox = self._carrier.inbox(scope_of(connection), self._queue, self._prefetch)
        tickets = self._inbox.take(room, 0.0 if self._pause else self._timeout)
        if not tickets and self._pause:
            tickets = self._inbox.take(room, self._timeout)
            time.sleep(self._pause)
        if not tickets:
            return self._take(connection, room, late=LATE_SECONDS)
        ids, tokens = [ticket.job_id for ticket in tickets], [ticket.token for ticket in tickets]
        taken = self._lease_by(connection, statements.TAKE, ids=ids, tokens=tokens)
        for missed in {*tickets} - {_ticket_of(message) for message in taken}:
            self._inbox.settled(missed)  # done, taken by another, or not due any more
        return taken

    def _from_table(self, connection: psycopg.Connection[Any], room: int) -> None:
        self._fetched.extend(self._take(connection, room, away=True))
        if not self._fetched:
            time.sleep(min(LOOK_SECONDS, self._timeout))

    def _settle(self, message: MessageProxy, outcome: Outcome | None = None) -> None:
        super()._settle(message, outcome)
        inbox = self._inbox
        if inbox is not None and isinstance(message, JobMessage):
            inbox.settled(_ticket_of(message))

    def _disconnect(self) -> None:
        """Hang up on both sides: tickets whose rows could not be taken are to come again, here or elsewhere."""
        super()._disconnect()
        self._hang_up()

    def _hang_up(self) -> None:
        if self._inbox is not None:
            self._inbox.close()
            self._inbox = None


def _ticket_of(message: JobMessage) -> Ticket:
    """The ticket by which a row was taken: that has raised its token by one."""
    return Ticket(message.job_id, message.token - 1)
