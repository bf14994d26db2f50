"""The doorway of integrations for their vendors' webhooks: `/hooks/{vendor}/{key of the integration}`."""

from abc import ABC, abstractmethod

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from actions.outward.settings import opened
from auth.actor import ANONYMOUS
from core.client import Client
from core.errors import ErrorCode
from core.runtime import Runtime
from integrations.hooks import WAITING, Gate, come_again, read_body
from integrations.refusal import Reason, Refusal
from models.integration import Integration


class AccountHook(ABC):
    """The doorway for one vendor's webhooks. `field` of the configuration has the secret; `limit` is in bytes."""

    limit: int

    def __init__(self, runtime: Runtime, vendor: str, field: str) -> None:
        self._database = runtime.database
        self._refusals = runtime.refusals
        self._vendor, self._field = vendor, field
        self._gate = Gate(runtime.settings.pool_size, WAITING * runtime.settings.pool_size)

    async def receive(self, request: Request) -> Response:
        """202 with whether it was taken, or a refusal with nothing stored."""
        try:
            account, secret = await self._account(request.path_params["key"])
            body = await read_body(request, self.limit)
            taken = await self._take(request, account, secret, body)
        except Refusal as refusal:
            if refusal.reason in (Reason.UNKNOWN_KEY, Reason.WRONG_SIGNATURE):
                code = ErrorCode.UNAUTHENTICATED
                self._refusals.note(ANONYMOUS, Client.of(request), code, f"hook {self._vendor}")
            return refusal.response()
        return JSONResponse({"taken": taken}, 202)

    @abstractmethod
    async def _take(self, request: Request, account: Integration, secret: str, body: bytes) -> bool:
        """Store what is new in a request that is the vendor's own; whether anything was. Refusal."""

    async def _account(self, key: str) -> tuple[Integration, str]:
        """The vendor's integration with a key, and the secret that it shares with its vendor.

        Refusal, the same for a key that never was, one that is archived, and one without a secret, which takes nothing.
        """
        known = select(Integration).where(
            Integration.key == key, Integration.vendor == self._vendor, Integration.archived_at.is_(None)
        )
        row, secret = None, None
        if key.isprintable():
            async with self._gate.passed(), come_again(), self._database.reading() as reader:
                row = await reader.row(Integration, known)
            secret = opened(self._database.secrets, row).get(self._field) if row is not None else None
        if row is None or not secret:
            raise Refusal(
                Reason.UNKNOWN_KEY,
                f"There is no integration of {self._vendor} with this key that takes webhooks.",
                hint=f"End the address with the integration's key, and enter its `{self._field}`.",
            )
        return row, str(secret)


def stranger(hint: str) -> Refusal:
    """What is said to who does not know the secret."""
    return Refusal(Reason.WRONG_SIGNATURE, "This is not signed as the integration's own webhooks are.", hint=hint)
