"""What routing rules name, looked up without a lock: for rules that are only tried."""

from sqlalchemy import select

from core.errors import DomainError, not_found
from core.ids import decode_as
from models.paging.policy import EscalationPolicy
from models.service import Service
from models.severity import Severity, SeverityVersion
from resolvers.context import Context


class NamesInUse:
    """Services, severities and escalation policies in use, by name or id; nothing is locked."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._services: dict[str, int] | None = None
        self._severities: dict[str, int] | None = None
        self._policies: dict[str, int] | None = None

    async def service(self, reference: str) -> int:
        """As actions.alerts.rule_fields.Finder."""
        if self._services is None:
            in_use = select(Service.id, Service.slug).where(Service.archived_at.is_(None))
            self._services = {row.slug: row.id for row in await self._ctx.reader.execute(in_use)}
        return _one(reference, self._services, "Service", "service")

    async def severity(self, reference: str) -> int:
        """As actions.alerts.rule_fields.Finder."""
        if self._severities is None:
            in_use = (
                select(Severity.id, SeverityVersion.name)
                .join(SeverityVersion, SeverityVersion.id == Severity.current_version_id)
                .where(Severity.archived_at.is_(None))
            )
            self._severities = {row.name.lower(): row.id for row in await self._ctx.reader.execute(in_use)}
        return _one(reference, self._severities, "Severity", "severity")

    async def page(self, reference: str) -> int:
        """As actions.alerts.rule_fields.Finder."""
        if self._policies is None:
            in_use = select(EscalationPolicy.id, EscalationPolicy.name).where(EscalationPolicy.archived_at.is_(None))
            self._policies = {row.name.lower(): row.id for row in await self._ctx.reader.execute(in_use)}
        return _one(reference, self._policies, "EscalationPolicy", "page", "escalation policy")


def _one(reference: str, known: dict[str, int], noun: str, field: str, called: str | None = None) -> int:
    if reference.lower() in known:
        return known[reference.lower()]
    try:
        key = decode_as(noun, reference, field)
    except DomainError:
        key = None
    if key not in known.values() or key is None:
        raise not_found(field, called or field, reference)
    return key
