"""Sealing everything that is sealed at rest anew, under the newest key (`muster secrets rotate`)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute

from core.db import Database
from core.secrets import SealError, Secrets
from models.access import BrowserSession, SignInAttempt
from models.alert import AlertSource
from models.alert_delivery import UnreadDelivery
from models.delivery import Webhook
from models.integration import Integration
from models.paging.contact import ContactMethod
from models.subscriber import Subscriber

SEALED: tuple[InstrumentedAttribute[Any], ...] = (
    Webhook.sealed_secret,
    AlertSource.sealed_secret,
    AlertSource.sealed_old_secret,
    UnreadDelivery.sealed_post,
    BrowserSession.id_token,
    SignInAttempt.verifier,
    Subscriber.sealed_url,
    Subscriber.sealed_secret,
    Integration.sealed_secrets,
    ContactMethod.sealed_address,
    ContactMethod.sealed_code,
)
"""Every column that holds something sealed; a test looks for others."""

AT_ONCE = 200


@dataclass(slots=True)
class Resealed:
    """What became of the values of one column."""

    column: str
    done: int = 0
    lost: int = 0
    """Values that no key opens."""


async def reseal(database: Database, secrets: Secrets) -> list[Resealed]:
    """Seal every value anew, in short transactions beside running processes. Doing it twice is harmless."""
    return [await _column(database, secrets, column) for column in SEALED]


async def _column(database: Database, secrets: Secrets, column: InstrumentedAttribute[Any]) -> Resealed:
    model, after = column.class_, 0
    found = Resealed(f"{model.__tablename__}.{column.key}")
    while True:
        async with database.unit_of_work() as session:
            rows = (
                await session.execute(
                    select(model.id, column)
                    .where(model.id > after, column.is_not(None))
                    .order_by(model.id)
                    .limit(AT_ONCE)
                    .with_for_update()
                )
            ).all()
            for key, sealed in rows:
                try:
                    anew = secrets.reseal(sealed)
                except SealError:
                    found.lost += 1
                    continue
                await session.execute(update(model).where(model.id == key).values({column.key: anew}))
                found.done += 1
        if not rows:
            return found
        after = rows[-1].id
