"""The clients with which adaptors speak, in whatever process: paced together, and where Muster may knock."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from core.db import Database
from core.pacing import SharedPace, key_of
from core.settings import Settings
from integrations.client import Account, VendorClient


def speaker(settings: Settings, database: Database) -> Callable[[Account], VendorClient]:
    """What makes the client of an account; whether that may stand in our own network, the settings say.

    Accounts, and the vendors of MUSTER_VENDOR_RATES, are paced for all processes that share the database.
    """
    pace = SharedPace(database)

    def speak(account: Account) -> VendorClient:
        rates = {
            f"vendor {name}": rate
            for name, rate in settings.vendor_rates.items()
            if name in ("*", account.vendor.lower())
        }
        if account.per_minute:
            rates[key_of(account.base_url)] = account.per_minute
        allowed = replace(account, allow_private=settings.webhook_allow_private)
        return VendorClient(allowed, partial(pace.take, rates) if rates else None)

    return speak
