"""Every job function, imported for its side effect: the registry then knows one for each JobName (a test looks)."""

from jobs import mail, postmortem, webhook
from jobs.registry import REGISTRY

__all__ = ["mail", "names", "postmortem", "webhook"]


def names() -> list[str]:
    """The names of all jobs that this version can do."""
    return sorted(name.value for name in REGISTRY)
