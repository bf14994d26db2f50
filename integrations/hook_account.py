"""Whose hook it is: the integration behind the key in an address, and the secret that it shares with its vendor."""

from sqlalchemy import select

from actions.outward.settings import opened
from core.db import Database
from integrations.hooks import Gate, come_again
from integrations.refusal import Reason, Refusal
from models.integration import Integration


async def account_behind(database: Database, gate: Gate, vendor: str, key: str, field: str) -> tuple[Integration, str]:
    """The integration of a vendor with a key, and its secret, which is in a field of its configuration.

    Refusal, the same for a key that never was, one that is archived, and one without a secret, which takes nothing.
    """
    known = select(Integration).where(
        Integration.key == key, Integration.vendor == vendor, Integration.archived_at.is_(None)
    )
    row, secret = None, None
    if key.isprintable():
        async with gate.passed(), come_again(), database.reading() as reader:
            row = await reader.row(Integration, known)
        secret = opened(database.secrets, row).get(field) if row is not None else None
    if row is None or not secret:
        raise Refusal(
            Reason.UNKNOWN_KEY,
            f"There is no integration of {vendor} with this key that takes webhooks.",
            hint=f"End the address with the integration's key, and enter its `{field}`.",
        )
    return row, str(secret)
