"""The clients with which adaptors speak, in whatever process: paced together, and where Muster may knock."""

from collections.abc import Callable
from dataclasses import replace

from core.budgets import Budgets
from core.settings import Settings
from integrations.client import Account, VendorClient

_budgets = [Budgets()]
"""What this process has asked of vendors lately, or all processes have (`paced_by`)."""


def paced_by(budgets: Budgets) -> None:
    """Have everything that is asked of vendors from now on counted by these budgets."""
    _budgets[:] = [budgets]


def speaker(settings: Settings) -> Callable[[Account], VendorClient]:
    """What makes the client of an account; whether that may stand in our own network, the settings say."""

    def speak(account: Account) -> VendorClient:
        return VendorClient(replace(account, allow_private=settings.webhook_allow_private), _budgets[0])

    return speak
