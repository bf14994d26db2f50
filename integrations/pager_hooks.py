"""The doorways of pagers: `/hooks/pagerduty/{integration}`. Answered after the commit; a job then does the rest."""

from dataclasses import asdict
from datetime import timedelta

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from actions.outward.hearing import Heard
from actions.record import enqueue
from core.runtime import Runtime
from integrations.account_hook import AccountHook, stranger
from integrations.hooks import come_again
from integrations.pager_news import from_opsgenie, from_pagerduty, sent_by_opsgenie, signed_by_pagerduty
from models.integration import Integration
from models.job import JobName

SECRETS = {"pagerduty": "webhook_secret", "opsgenie": "webhook_token"}
"""By which field of its configuration each vendor's requests are told from others."""
LIMIT = 1_000_000
"""Bytes of a body at most: PagerDuty's own have 55 KB (its guide to webhooks)."""
OLDEST, AHEAD = timedelta(days=1), timedelta(minutes=10)
"""News that is older, or from the future, is passed over: somebody sends again what they once saw."""


class PagerHook(AccountHook):
    """The doorway for one pager's webhooks."""

    limit = LIMIT

    async def _take(self, request: Request, account: Integration, secret: str, body: bytes) -> bool:
        heard = self._read(request, body, secret)
        if heard is None or not self._fresh(heard):
            return False
        await self._store(account.id, heard)
        return True

    def _read(self, request: Request, body: bytes, secret: str) -> Heard | None:
        """The news in a request that is the vendor's own."""
        if self._vendor == "pagerduty":
            if not signed_by_pagerduty(request.headers, body, secret):
                raise stranger("Enter the secret of the webhook subscription as `webhook_secret`.")
            return from_pagerduty(body)
        if not sent_by_opsgenie(request.headers, request.query_params, secret):
            raise stranger("Send `webhook_token` as the header `Authorization: Bearer …`.")
        return from_opsgenie(body, self._database.clock.now())

    def _fresh(self, heard: Heard) -> bool:
        moment = self._database.clock.now()
        return moment - OLDEST <= heard.occurred_at <= moment + AHEAD

    async def _store(self, integration_id: int, heard: Heard) -> None:
        told = {**asdict(heard), "occurred_at": heard.occurred_at.isoformat()}
        async with self._gate.passed(), come_again(), self._database.unit_of_work() as session:
            enqueue(session, JobName.PAGER_HEAR, integration_id=integration_id, heard=told)


def routes(runtime: Runtime) -> list[BaseRoute]:
    """The routes of all pagers."""
    return [
        Route(f"/hooks/{vendor}/{{key}}", PagerHook(runtime, vendor, field).receive, methods=["POST"])
        for vendor, field in SECRETS.items()
    ]
