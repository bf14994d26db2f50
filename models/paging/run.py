"""Paging as it goes on for an incident, or for alerts alone: a run, its pages, and each attempt at reaching somebody.

A run of alerts has no incident: it is for the alerts that name it (Alert.paging_run_id).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.paging.words import AlertVerdict, PageState, PageWay, PagingState, TakenBy
from models.words import DeliveryState

LIVE = frozenset({PagingState.WAITING, PagingState.RUNNING})
"""Nobody has it yet."""
ANSWERABLE = LIVE | {PagingState.UNANSWERED}
"""Somebody may answer still: also the last resort."""
LIVE_SQL = "state in ('WAITING', 'RUNNING')"
OPEN_SQL = "state in ('ASKED', 'SENT', 'DELIVERED')"
KNOWN_SQL = "external_id is not null"
HELD_SQL = "state = 'PENDING' and queued_at is null"


class PagingRun(Base):
    """One run through a policy: it ends when somebody answers, or nobody did."""

    __tablename__ = "paging_run"
    __table_args__ = (
        Index("ix_paging_run_incident_id_id", "incident_id", "id"),
        Index("ix_paging_run_due", "next_escalation_at", postgresql_where=text("next_escalation_at is not null")),
        Index("ix_paging_run_alert_key", "alert_key", "id", postgresql_where=text("alert_key is not null")),
        Index("ix_paging_run_asks", "asks_until", postgresql_where=text("asks_until is not null")),
        Index("uq_paging_run_live", "incident_id", "policy_id", unique=True, postgresql_where=text(LIVE_SQL)),
    )

    id: Mapped[Key]
    incident_id: Mapped[int | None] = points_to("incident.id")
    """Null: it is for alerts alone."""
    alert_id: Mapped[int | None] = points_to("alert.id", index=True)
    """Of alerts: the first of them."""
    alert_key: Mapped[str | None]
    """What they have in common (actions.alerts.bundles): others with the same page nobody anew meanwhile."""
    asks_until: Mapped[datetime | None]
    """Whether they are an incident is asked: until then, after which they are one. Null: it is not, or is settled."""
    verdict: Mapped[AlertVerdict | None]
    """What was said to that."""
    policy_id: Mapped[int | None] = points_to("escalation_policy.id", index=True)
    """Null: somebody named whom to page."""
    policy_version_id: Mapped[int | None] = points_to("escalation_policy_version.id")
    plan: Mapped[dict[str, Any]]
    """Whom each step pages, taken when paging began (actions.paging.reach): later changes are for later runs."""
    state: Mapped[PagingState]
    step: Mapped[int] = mapped_column(Integer, default=0)
    """How many steps of this round were taken."""
    round: Mapped[int] = mapped_column(Integer, default=0)
    """How often all steps were done before."""
    next_escalation_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    """When the first was paged; null while it waits for business hours."""
    ended_at: Mapped[datetime | None]
    taken_by_id: Mapped[int | None] = points_to("app_user.id")
    taken_by: Mapped[TakenBy | None]
    """By which way somebody answered."""


class Page(Base):
    """One attempt to reach one person: by a step of a run, by all ways that their rules name."""

    __tablename__ = "page"
    __table_args__ = (
        UniqueConstraint("run_id", "round", "step", "user_id"),
        Index("ix_page_incident_id_id", "incident_id", "id"),
        Index("ix_page_user_id_id", "user_id", "id"),
        Index("ix_page_created_at", "created_at"),
        Index("ix_page_open", "created_at", postgresql_where=text(OPEN_SQL)),
    )

    id: Mapped[Key]
    run_id: Mapped[int] = points_to("paging_run.id")
    incident_id: Mapped[int | None] = points_to("incident.id")
    """As its run's."""
    user_id: Mapped[int] = points_to("app_user.id")
    round: Mapped[int] = mapped_column(Integer)
    step: Mapped[int] = mapped_column(Integer)
    """From 1; 0 is the last resort."""
    state: Mapped[PageState]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    """When the first way was taken by whoever carries it."""
    delivered_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class PageAttempt(Base):
    """One way by which a page goes to its person: a row of the ledger, sent when it is due (claim → send → mark)."""

    __tablename__ = "page_attempt"
    __table_args__ = (
        UniqueConstraint("page_id", "position"),
        Index("ix_page_attempt_known", "external_id", postgresql_where=text(KNOWN_SQL)),
        Index("ix_page_attempt_due", "due_at", postgresql_where=text(HELD_SQL)),
    )

    id: Mapped[Key]
    page_id: Mapped[int] = points_to("page.id")
    position: Mapped[int] = mapped_column(Integer)
    way: Mapped[PageWay]
    method_id: Mapped[int | None] = points_to("contact_method.id", index=True)
    """Null: the address of their account."""
    state: Mapped[DeliveryState]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime]
    queued_at: Mapped[datetime | None]
    """When the job was ordered that sends it."""
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    error: Mapped[str | None]
    external_id: Mapped[str | None]
    """What the other side calls it."""
