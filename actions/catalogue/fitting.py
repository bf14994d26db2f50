"""Texts that are for the incidents of a service, of a severity, or for all, and that are counted by version."""

from typing import TypeVar

from actions import check
from actions.catalogue.saving import Saving
from actions.find import find_service, find_severity
from core.unset import Unset
from models.runbook import Runbook
from models.update_template import UpdateTemplate
from models.writing import PostmortemTemplate

Fitted = TypeVar("Fitted", Runbook, PostmortemTemplate)
Counted = TypeVar("Counted", Runbook, PostmortemTemplate, UpdateTemplate)


async def fit(saving: Saving[Fitted], service: str | Unset | None, severity: str | Unset | None) -> None:
    """Set which incidents a text is for: a service by slug or id, a severity by name or id; null: those of any."""
    if not isinstance(service, Unset):
        found = await find_service(saving.session, service) if service is not None else None
        saving.set("service_id", found.id if found else None)
    if not isinstance(severity, Unset):
        saving.set("severity_id", (await find_severity(saving.session, severity)).severity_id if severity else None)


def expect(saving: Saving[Counted], version: int | Unset | None, noun: str) -> None:
    """VERSION_CONFLICT unless a text has the version that it was read at, where one is given."""
    if saving.creating:
        saving.row.version = 0
    elif isinstance(version, int):
        check.expected_version(version, saving.row.version, noun)


def count(saving: Saving[Counted]) -> None:
    """A change makes the next version."""
    if saving.changed:
        saving.row.version += 1
