"""Accounts at vendors, and the ledger of what was done there for incidents (ADR 0018)."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.person import ArchivedFacts
from models.words import OutwardState, OutwardVerb, TicketState

FOLLOWED = frozenset(
    {
        *("incident.acknowledged", "incident.declared", "incident.declined", "incident.cancelled"),
        *("incident.reopened", "incident.stage_changed", "incident.severity_changed", "incident.edited"),
        *("incident.merged", "incident.visibility_changed", "role.assigned", "role.relinquished", "member.added"),
        *("update.published", "outward.done", "runbook.opened", "workflow.asked"),
    }
)
"""What happens to an incident and is to be seen in what stands for it at vendors."""

STANDING = frozenset({OutwardVerb.OPEN_CHANNEL, OutwardVerb.OPEN_TICKET, OutwardVerb.ANNOUNCE})
"""What, once it is done, is brought up to date as the incident changes."""

FOLLOWING = frozenset({OutwardVerb.FOLLOW_CHANNEL, OutwardVerb.FOLLOW_ANNOUNCEMENT, OutwardVerb.FOLLOW_TICKET})
"""What is done again and again, each time to how the incident is then."""

QUIET = FOLLOWING | {OutwardVerb.RELAY_UPDATE, OutwardVerb.COMMENT_TICKET, OutwardVerb.SAY}
"""What the timeline does not tell: it says nothing that does not stand there already."""

WAITING_SQL = "state in ('PENDING', 'UNKNOWN')"
"""Outward actions that are not settled."""
PAGE_SQL = "verb = 'PAGE'"
"""Pages: their vendors tell of them by what they call them."""
CHANNEL_SQL = "verb = 'OPEN_CHANNEL'"
"""Those that stand for the channel of an incident."""
TICKET_SQL = "verb = 'OPEN_TICKET'"
"""Those that stand for a ticket. Written out, as all are, so that the planner knows the index."""
OF_ITEM_SQL = "action_item_id is not null"
"""Those for an action item."""


class IntegrationFacts(ArchivedFacts):
    """What follows from an integration's row."""

    __slots__ = ()
    signed_out_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    checks: Mapped[list[Any]]

    @property
    def answers(self) -> bool:
        """Whether its vendor answers, and knows us, as far as we tried."""
        return self.signed_out_at is None and self.failing_since is None

    @property
    def healthy(self) -> bool:
        """Whether it answers, and its last examination found nothing that is wrong."""
        return self.answers and not any(check.get("result") == "WRONG" for check in self.checks)


class Integration(IntegrationFacts, Base):
    """An account at a vendor. What is secret of its configuration is sealed at rest (core.secrets)."""

    __tablename__ = "integration"
    __table_args__ = (Index("uq_integration_key", "key", unique=True, postgresql_where=text("archived_at is null")),)

    id: Mapped[Key]
    key: Mapped[str]
    """How people and workflows call it: `slack`."""
    vendor: Mapped[str]
    """Which adaptor speaks for it (actions.outward.vendors)."""
    name: Mapped[str]
    configuration: Mapped[dict[str, Any]]
    """What is not secret of it."""
    sealed_secrets: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The rest, as JSON."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    """When the first attempt failed after which none succeeded."""
    next_attempt_at: Mapped[datetime | None]
    """While it fails: when the next attempt may be made. One at a time, so that it can't hold up other work."""
    signed_out_at: Mapped[datetime | None]
    """Since when the vendor has not known our credentials. Nothing is tried until somebody enters new ones."""
    told_at: Mapped[datetime | None]
    """When it was told that it does not work."""
    error: Mapped[str | None]
    """What the last failure said."""
    checks: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    """What the last examination found: `[{"subject": …, "result": "OK"|"MISSING"|"WRONG", "words": …}]`."""
    checked_at: Mapped[datetime | None]


class TicketFacts:
    """What follows from the row of an order, if it is one for a ticket."""

    __slots__ = ()
    verb: Mapped[OutwardVerb]
    ticket_state: Mapped[TicketState | None]

    @property
    def ticket_done(self) -> bool:
        """Whether nothing is left to do on the ticket, as far as we know."""
        return self.ticket_state is TicketState.DONE


class OutwardAction(TicketFacts, Base):
    """Something that is to be done once at a vendor for an incident or for an action item, with or without incident.

    `key` says what it is: `INC-7/bridge`, `ITEM-3/ticket`.

    Claimed, done and marked as deliveries are: UNKNOWN is what a crash or an ambiguous answer leaves behind, and then
    it is looked up at the vendor before it is done again.
    """

    __tablename__ = "outward_action"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("num_nonnulls(incident_id, action_item_id) = 1", name="for_one"),
        Index("ix_outward_action_incident_id_id", "incident_id", "id"),
        Index("ix_outward_action_page", "integration_id", "external_id", postgresql_where=text(PAGE_SQL)),
        Index("ix_outward_action_channel", "integration_id", "external_id", postgresql_where=text(CHANNEL_SQL)),
        Index("ix_outward_action_ticket", "integration_id", "external_id", postgresql_where=text(TICKET_SQL)),
        Index("ix_outward_action_action_item_id", "action_item_id", postgresql_where=text(OF_ITEM_SQL)),
        Index("ix_outward_action_waiting", "integration_id", "id", postgresql_where=text(WAITING_SQL)),
    )

    id: Mapped[Key]
    key: Mapped[str]
    integration_id: Mapped[int] = points_to("integration.id")
    incident_id: Mapped[int | None] = points_to("incident.id")
    action_item_id: Mapped[int | None] = points_to("action_item.id")
    """Instead of the incident: what is done for an action item, which may belong to none."""
    verb: Mapped[OutwardVerb]
    arguments: Mapped[dict[str, Any]]
    """What it is done with, as ids: words are read when it is done, under the visibility of that moment."""
    state: Mapped[OutwardState]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    external_id: Mapped[str | None]
    """What the vendor calls what was made."""
    url: Mapped[str | None]
    """Where people find it."""
    error: Mapped[str | None]
    """What went wrong last, and what to mend."""
    ticket_state: Mapped[TicketState | None]
    """Of the order for a ticket: how far that is, as we heard or caused it last; None before it is opened."""
    ticket_status: Mapped[str | None]
    """What the vendor calls that."""
    ticket_assignee: Mapped[str | None]
    """Who has it there, as people call them."""
    heard_at: Mapped[datetime | None]
    """When the vendor said so."""
