"""The doorways of trackers: `/hooks/jira/{integration}` and `/hooks/github/{integration}`.

News only says that a ticket is to be looked at: how far it is a job asks the tracker. So news that come late, twice, in
another order, or again from somebody who once saw them tell nothing wrong. Answered after the commit.
"""

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from actions.outward.ticket_state import hear_of_ticket
from core.runtime import Runtime
from integrations.account_hook import AccountHook, stranger
from integrations.hooks import come_again
from integrations.ticket_hook_news import LIMIT, READERS, SIGNATURES, signed
from models.integration import Integration

SECRET = "webhook_secret"  # noqa: S105 (the name of a field)


class TicketHook(AccountHook):
    """The doorway for one tracker's webhooks."""

    limit = LIMIT

    async def _take(self, request: Request, account: Integration, secret: str, body: bytes) -> bool:
        if not signed(request.headers, SIGNATURES[self._vendor], body, secret):
            raise stranger(f"Enter the secret of the webhook as `{SECRET}`.")
        news = READERS[self._vendor](request.headers, body, account.configuration)
        if news is None:
            return False
        async with self._gate.passed(), come_again(), self._database.unit_of_work() as session:
            return await hear_of_ticket(session, account.id, news.tickets, news.delivery)


def routes(runtime: Runtime) -> list[BaseRoute]:
    """The routes of all trackers."""
    return [
        Route(f"/hooks/{vendor}/{{key}}", TicketHook(runtime, vendor, SECRET).receive, methods=["POST"])
        for vendor in READERS
    ]
