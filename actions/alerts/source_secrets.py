"""The secrets of alert sources: what a sender signs with, or shows, beside the key in the address of its hook."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.sources import UNSIGNED, find_alert_source
from actions.record import keys, now, record, record_saved
from actions.tokens import LONGEST_OVERLAP
from auth.actor import Actor
from auth.permission import Permission, require
from auth.secret import HOOK_SECRET, new_secret
from core.errors import invalid
from core.secrets import SealError, Secrets
from core.unset import UNSET, Unset
from models.alert import AlertSource
from models.facts.access import AccessRotated
from models.words import Visibility

SHORTEST, LONGEST = 8, 500
"""Characters of a secret. PagerDuty's and Sentry's have 64."""
OVERLAP = 24 * 60
"""Minutes for which the secret before stays good if nothing is said."""


async def set_alert_source_secret(
    session: AsyncSession,
    actor: Actor,
    *,
    source: str,
    secret: str | Unset | None = UNSET,
    overlap_minutes: int = OVERLAP,
) -> tuple[AlertSource, str] | AlertSource:
    """Give a source a secret, without which nothing it posts is taken; from now on, or in place of the one it has.

    Without `secret` one is made, and returned this once; vendors that make their own (PagerDuty, Sentry) have theirs
    entered. Null takes it away: the key in the address is enough again. The secret before stays good for
    `overlap_minutes` (a day, if nothing is said; at most 7 days), so that the sender can be changed without a gap; 0
    ends it at once. INVALID_INPUT for a kind that is not signed by a secret, and for a secret that can be none.
    """
    require(actor, Permission.ADMINISTER)
    if not 0 <= overlap_minutes <= LONGEST_OVERLAP:
        raise invalid("overlap_minutes", "The overlap is 0 to 10,080 minutes (7 days).", "Send fewer minutes.")
    row = await find_alert_source(session, source)
    if row.kind in UNSIGNED:
        raise invalid("source", f"What {row.kind} sends is not signed by a secret.", UNSIGNED[row.kind])
    if secret is None:
        return _taken_away(session, actor, row)
    chosen = new_secret(HOOK_SECRET) if isinstance(secret, Unset) else _checked(secret)
    end = now(session) + timedelta(minutes=overlap_minutes)
    before, row.sealed_old_secret = row.signed, row.sealed_secret if overlap_minutes else None
    row.old_secret_until = end if row.sealed_old_secret is not None else None
    row.sealed_secret = keys(session).seal(chosen)
    until = row.old_secret_until.isoformat() if row.old_secret_until else None
    if before:
        rotated = AccessRotated(noun="alert source", key=row.id, old_expires_at=until)
        record(session, actor, rotated, visibility=Visibility.PRIVATE)
    else:
        record_saved(session, actor, "alert source", row.id, {"secret": {}})
    return (row, chosen) if isinstance(secret, Unset) else row


def opened_secrets(secrets: Secrets | None, row: AlertSource, moment: datetime) -> list[str]:
    """The secrets that are good at a moment, the newest first.

    None of those that were sealed with a key that is lost: such a source takes nothing until it is given a new one.
    """
    sealed = [row.sealed_secret]
    if row.old_secret_until is not None and moment < row.old_secret_until:
        sealed.append(row.sealed_old_secret)
    found = []
    for one in sealed:
        try:
            if one is not None and secrets is not None:
                found.append(secrets.open(one))
        except SealError:
            continue
    return found


def _taken_away(session: AsyncSession, actor: Actor, row: AlertSource) -> AlertSource:
    if row.signed:
        row.sealed_secret = row.sealed_old_secret = row.old_secret_until = None
        record_saved(session, actor, "alert source", row.id, {"secret": {}})
    return row


def _checked(secret: str) -> str:
    chosen = secret.strip()
    if not SHORTEST <= len(chosen) <= LONGEST or not chosen.isascii() or not chosen.isprintable():
        raise invalid(
            "secret",
            f"A secret has {SHORTEST} to {LONGEST} printable ASCII characters.",
            "Enter it as the vendor shows it, or leave it out to have one made.",
        )
    return chosen
