"""The enumerations of paging. Stored as text, published in the GraphQL schema under the same names."""

from enum import StrEnum


class TargetKind(StrEnum):
    """Whom a step of an escalation policy pages."""

    PERSON = "PERSON"
    SCHEDULE = "SCHEDULE"
    TEAM_MANAGER = "TEAM_MANAGER"


class Urgency(StrEnum):
    """How loud a page is: HIGH for the two worst severities, and where none is known yet."""

    HIGH = "HIGH"
    LOW = "LOW"


class PageWay(StrEnum):
    """By what a page goes to a person."""

    MAIL = "MAIL"
    SMS = "SMS"
    PUSH = "PUSH"
    APPRISE = "APPRISE"
    SLACK = "SLACK"


class PagingState(StrEnum):
    """Where paging stands. WAITING is for business hours; STOPPED: it was over before anybody answered."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    UNANSWERED = "UNANSWERED"
    STOPPED = "STOPPED"


class PageState(StrEnum):
    """Where a page stands. FAILED: no way was open; STOPPED: somebody else answered, or it was over."""

    ASKED = "ASKED"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"


class AlertVerdict(StrEnum):
    """What somebody who was asked says of alerts."""

    INCIDENT = "INCIDENT"
    NOISE = "NOISE"


class TakenBy(StrEnum):
    """By what somebody answered a page."""

    LINK = "LINK"
    HERE = "HERE"
    PAGER = "PAGER"
    REPLY = "REPLY"
