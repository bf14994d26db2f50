"""Every job function, imported for its side effect: the registry then knows one for each JobName (a test looks)."""

from jobs import (
    alert_source,
    chat_answers,
    chat_commands,
    chat_log,
    chat_reading,
    contact,
    examination,
    mail,
    metrics,
    on_call,
    outward,
    page,
    pager,
    person,
    postmortem,
    webhook,
    wording,
    workflow,
)
from jobs.registry import REGISTRY
from jobs.subscribers import deliver, sign_up

__all__ = [
    "alert_source",
    "chat_answers",
    "chat_commands",
    "chat_log",
    "chat_reading",
    "contact",
    "deliver",
    "examination",
    "mail",
    "metrics",
    "names",
    "on_call",
    "outward",
    "page",
    "pager",
    "person",
    "postmortem",
    "sign_up",
    "webhook",
    "wording",
    "workflow",
]


def names() -> list[str]:
    """The names of all jobs that this version can do."""
    return sorted(name.value for name in REGISTRY)
