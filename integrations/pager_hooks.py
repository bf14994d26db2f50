"""The doorways of pagers: `/hooks/pagerduty/{integration}`. Answered after the commit; a job then does the rest."""

from dataclasses import asdict
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from actions.outward.hearing import Heard
from actions.record import enqueue
from auth.actor import ANONYMOUS
from core.client import Client
from core.errors import ErrorCode
from core.runtime import Runtime
from integrations.hook_account import account_behind
from integrations.hooks import WAITING, Gate, come_again, read_body
from integrations.pager_news import from_opsgenie, from_pagerduty, sent_by_opsgenie, signed_by_pagerduty
from integrations.refusal import Reason, Refusal
from models.job import JobName

SECRETS = {"pagerduty": "webhook_secret", "opsgenie": "webhook_token"}
"""By which field of its configuration each vendor's requests are told from others."""
LIMIT = 1_000_000
"""Bytes of a body at most: PagerDuty's own have 55 KB (its guide to webhooks)."""
OLDEST, AHEAD = timedelta(days=1), timedelta(minutes=10)
"""News that is older, or from the future, is passed over: somebody sends again what they once saw."""


class PagerHook:
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
            account, secret = await account_behind(self._database, self._gate, self._vendor, key, SECRETS[self._vendor])
            body = await read_body(request, LIMIT)
            heard = self._read(request, body, secret)
            taken = heard is not None and self._fresh(heard)
            if heard is not None and taken:
                await self._store(account.id, heard)
        except Refusal as refusal:
            if refusal.reason in (Reason.UNKNOWN_KEY, Reason.WRONG_SIGNATURE):
                code = ErrorCode.UNAUTHENTICATED
                self._refusals.note(ANONYMOUS, Client.of(request), code, f"hook {self._vendor}")
            return refusal.response()
        return JSONResponse({"taken": taken}, 202)

    def _read(self, request: Request, body: bytes, secret: str) -> Heard | None:
        """The news in a request that is the vendor's own."""
        if self._vendor == "pagerduty":
            if not signed_by_pagerduty(request.headers, body, secret):
                raise _stranger("Enter the secret of the webhook subscription as `webhook_secret`.")
            return from_pagerduty(body)
        if not sent_by_opsgenie(request.headers, request.query_params, secret):
            raise _stranger("Send `webhook_token` as the header `Authorization: Bearer …`.")
        return from_opsgenie(body, self._database.clock.now())

    def _fresh(self, heard: Heard) -> bool:
        moment = self._database.clock.now()
        return moment - OLDEST <= heard.occurred_at <= moment + AHEAD

    async def _store(self, integration_id: int, heard: Heard) -> None:
        told = {**asdict(heard), "occurred_at": heard.occurred_at.isoformat()}
        async with self._gate.passed(), come_again(), self._database.unit_of_work() as session:
            enqueue(session, JobName.PAGER_HEAR, integration_id=integration_id, heard=told)


def _stranger(hint: str) -> Refusal:
    return Refusal(Reason.WRONG_SIGNATURE, "This is not signed as the integration's own webhooks are.", hint=hint)


def routes(runtime: Runtime) -> list[BaseRoute]:
    """The routes of all pagers."""
    return [
        Route(f"/hooks/{vendor}/{{key}}", PagerHook(runtime, vendor).receive, methods=["POST"]) for vendor in SECRETS
    ]
