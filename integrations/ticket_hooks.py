"""The doorways of trackers: `/hooks/jira/{integration}` and `/hooks/github/{integration}`.

News only says that a ticket is to be looked at: how far it is a job asks the tracker. So news that come late, twice, in
another order, or again from somebody who once saw them tell nothing wrong. Answered after the commit.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from actions.outward.ticket_state import hear_of_ticket
from auth.actor import ANONYMOUS
from core.client import Client
from core.errors import ErrorCode
from core.runtime import Runtime
from integrations.hook_account import account_behind
from integrations.hooks import WAITING, Gate, come_again, read_body
from integrations.refusal import Reason, Refusal
from integrations.ticket_hook_news import LIMIT, READERS, SIGNATURES, News, signed
from models.integration import Integration

SECRET = "webhook_secret"  # noqa: S105 (the name of a field)


class TicketHook:
    """The doorway for one vendor's webhooks."""

    def __init__(self, runtime: Runtime, vendor: str) -> None:
        self._database = runtime.database
        self._refusals = runtime.refusals
        self._vendor = vendor
        self._gate = Gate(runtime.settings.pool_size, WAITING * runtime.settings.pool_size)

    async def receive(self, request: Request) -> Response:
        """202 with whether it was taken, or a refusal with nothing stored."""
        try:
            key = request.path_params["key"]
            account, secret = await account_behind(self._database, self._gate, self._vendor, key, SECRET)
            body = await read_body(request, LIMIT)
            if not signed(request.headers, SIGNATURES[self._vendor], body, secret):
                raise _stranger()
            news = READERS[self._vendor](request.headers, body, account.configuration)
            taken = news is not None and await self._hear(account, news)
        except Refusal as refusal:
            if refusal.reason in (Reason.UNKNOWN_KEY, Reason.WRONG_SIGNATURE):
                code = ErrorCode.UNAUTHENTICATED
                self._refusals.note(ANONYMOUS, Client.of(request), code, f"hook {self._vendor}")
            return refusal.response()
        return JSONResponse({"taken": taken}, 202)

    async def _hear(self, account: Integration, news: News) -> bool:
        async with self._gate.passed(), come_again(), self._database.unit_of_work() as session:
            return await hear_of_ticket(session, account.id, news.tickets, news.delivery)


def _stranger() -> Refusal:
    return Refusal(
        Reason.WRONG_SIGNATURE,
        "This is not signed as the integration's own webhooks are.",
        hint=f"Enter the secret of the webhook as `{SECRET}`.",
    )


def routes(runtime: Runtime) -> list[BaseRoute]:
    """The routes of all trackers."""
    return [
        Route(f"/hooks/{vendor}/{{key}}", TicketHook(runtime, vendor).receive, methods=["POST"]) for vendor in READERS
    ]
