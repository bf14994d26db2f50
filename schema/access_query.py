"""The reads of everybody's credentials."""

import strawberry

import resolvers.access
import resolvers.audit
import resolvers.erasure
from auth.permission import Permission
from resolvers.fields import root
from resolvers.page import PAGING
from schema.connection import Connection
from schema.types.audit_event import AuditEvent
from schema.types.erasure import ErasurePreview
from schema.types.service_account import ServiceAccount
from schema.types.session import Session
from schema.types.token import Token

WHOSE = {"user": "Only those of this person."}
NEEDS = " FORBIDDEN without the permission to administer people."


@strawberry.type
class AccessQuery:
    erasure_preview: ErasurePreview | None = root(
        resolvers.erasure.erasure_preview,
        permission=Permission.ADMINISTER_PEOPLE,
        description="What `erasePerson` would do, and what it would leave: it is carried out and undone.",
        arguments={"user": "The person."},
    )
    service_accounts: list[ServiceAccount] | None = root(
        resolvers.access.service_accounts,
        permission=Permission.ADMINISTER_PEOPLE,
        description="Service accounts, the newest first, archived ones last; the first 1,000." + NEEDS,
    )
    tokens: list[Token] | None = root(
        resolvers.access.tokens,
        permission=Permission.ADMINISTER_PEOPLE,
        description="Tokens that are still good, the newest first; the first 1,000. Your own: `viewer`." + NEEDS,
        arguments=WHOSE,
    )
    sessions: list[Session] | None = root(
        resolvers.access.sessions,
        permission=Permission.ADMINISTER_PEOPLE,
        description="Browser sessions that are still good, the newest first; the first 1,000. Your own: `viewer`."
        + NEEDS,
        arguments=WHOSE,
    )
    audit_events: Connection[AuditEvent] | None = root(
        resolvers.audit.audit_events,
        permission=Permission.AUDIT,
        description="Who signed in, who was refused, and who changed what, the newest first; of private incidents, only"
        " those that you may see. FORBIDDEN without the permission to audit.",
        arguments={**PAGING, "filter": "Which ones; without it, all."},
    )
