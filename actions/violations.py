"""What the database refuses, in words: a constraint that an action ran into, or a wait that took too long.

Actions check first and say so better; what is here is what only the database can decide, such as two requests that
take the same slug at the same time.
"""

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import DomainError, ErrorCode, conflict

TAKEN = {
    "uq_app_user_email": ("email", "Someone already has this e-mail address."),
    "uq_app_user_external_id": ("external_id", "Someone else already has this external id."),
    "uq_team_external_id": ("external_id", "Another team already has this external id."),
    "uq_team_slug": ("slug", "Another team has this slug."),
    "uq_service_slug": ("slug", "Another service has this slug."),
    "uq_role_key": ("key", "Another role has this key."),
    "uq_update_template_name": ("name", "Another template has this name."),
    "uq_saved_filter_name": ("name", "You kept a filter of this name a moment ago."),
    "uq_escalation_policy_name": ("name", "Another escalation policy has this name."),
    "uq_escalation_policy_fallback": ("fallback", "Another policy became the one to fall back to a moment ago."),
    "uq_schedule_name": ("name", "Another schedule has this name."),
    "uq_runbook_name": ("name", "Another runbook has this name."),
    "uq_integration_key": ("key", "Another integration has this key."),
    "uq_workflow_key": ("key", "Another workflow has this key."),
    "uq_webhook_url": ("url", "There is a webhook for this address."),
    "uq_service_account_issuer_subject": ("subject", "Another service account stands for this subject."),
    "uq_status_page_slug": ("slug", "Another status page has this slug."),
    "pk_status_page_host": ("hosts", "Another status page has this host."),
    "uq_role_assignment_current": ("role", "Someone was given this role a moment ago."),
}
"""Unique constraints that a client's own values can run into: the field at fault, and what to tell."""

AGAIN = "Nothing was written. Send the request again; with an idempotencyKey that is always safe."

# https://www.postgresql.org/docs/current/errcodes-appendix.html
UNIQUE = "23505"
INTEGRITY = "23"
COLLISIONS = frozenset({"40P01", "40001"})
"""Deadlock detected, serialization failure: another transaction went first."""
TOO_LONG = frozenset({"55P03", "57014", "25P03", "25P04"})
"""Lock not available in time, statement timeout, transaction left idle or open for too long."""


def refusal_of(error: DBAPIError) -> DomainError | None:
    """The refusal that a database error amounts to; None for one that is a fault of ours or of the connection."""
    cause = error.driver_exception
    state = str(getattr(cause, "sqlstate", None) or "")
    if state == UNIQUE:
        field, message = TAKEN.get(
            str(getattr(cause, "constraint_name", "")),
            (None, "Something with the same name or key was saved just now."),
        )
        return conflict(message, field=field, hint="Choose another one, or change the one that is there.")
    if state.startswith(INTEGRITY):
        return conflict(
            "What this refers to was changed at the same time.",
            hint="Read the present state and send the change again.",
        )
    if state in COLLISIONS:
        return conflict("This collided with another change of the same things.", hint=AGAIN)
    if state in TOO_LONG:
        return DomainError(ErrorCode.TIMEOUT, "This waited too long for other changes of the same things.", hint=AGAIN)
    return None


async def flush(session: AsyncSession) -> None:
    """Send the rows so far to the database; a constraint that they violate becomes its refusal."""
    try:
        await session.flush()
    except DBAPIError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error
