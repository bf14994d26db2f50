"""The doorway for Slack: `/hooks/slack/{key}`, where the key is the integration's. What it takes in, jobs do.

Slack wants an answer within three seconds. So one is given in any case, and what takes longer happens afterwards; but a
form must be opened within the same three seconds, and is, empty, before the answer (ADR 0021).
"""

import asyncio
import contextlib
import logging
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from actions.chat.arrivals import take_in
from actions.chat.heard import packed
from actions.chat.reading import read_all
from actions.outward.settings import opened
from auth.actor import ANONYMOUS
from core.body import BodyError, BodyFault, read_bytes
from core.client import Client
from core.runtime import Runtime
from integrations.failures import VendorError
from integrations.hooks import WAITING, Gate
from integrations.overload import passes
from integrations.refusal import Refusal
from integrations.slack import VENDOR, open_slack
from integrations.slack_commands import opens_form
from integrations.slack_deliveries import Call, Challenge, Delivery, HeldBack, Told, UnreadableError, read_delivery
from integrations.slack_faults import faults
from integrations.slack_refusal import STRANGE, Fault, TurnedAwayError
from integrations.slack_signature import SIGNATURE, TIMESTAMP, Verdict, judge
from integrations.speaking import speaker
from models.integration import Integration
from models.job import JobName

SECONDS = 2.8
"""Within which there is an answer."""
FORM_SECONDS = 1.8
"""Of it: for the opening of a form."""
CHECK_SECONDS = 1.5
"""Of it: for what may be wrong with a form that was sent; later the job says it, to its sender alone."""
MOST_BYTES = 1_000_000
"""Of a body. The longest are messages with blocks and attachments, some hundred thousand."""
WORKING = {"response_type": "ephemeral", "text": "Working on it…"}

log = logging.getLogger(__name__)


class SlackDoor:
    """It takes half of the connections at most, as the hooks of monitors do."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._database = runtime.database
        self._gate = Gate(runtime.settings.pool_size, WAITING * runtime.settings.pool_size)

    async def receive(self, request: Request) -> Response:
        """200, with what Slack is to show at once, or a refusal with nothing stored."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._receive(request)
        except TurnedAwayError as turned:
            if turned.fault in STRANGE:
                self._runtime.refusals.note(ANONYMOUS, Client.of(request), turned.code, "hook slack")
            return turned.response()
        except Exception as error:
            if not passes(error) and not isinstance(error, Refusal):  # the gate's waiting room is full
                raise
            return TurnedAwayError(Fault.BUSY).response()

    async def _receive(self, request: Request) -> Response:
        integration_id, configuration = await self._account(request.path_params["key"])
        body = await _body(request)
        signature = request.headers.get(SIGNATURE, "")
        secrets = [configuration.get(name) for name in ("signing_secret", "previous_signing_secret")]
        known = [secret for secret in secrets if secret]
        verdict = judge(body, request.headers.get(TIMESTAMP, ""), signature, known, self._database.clock.now())
        if verdict is not Verdict.GENUINE:
            raise TurnedAwayError(Fault(verdict))
        try:
            delivery = read_delivery(body, request.headers.get("content-type", ""))
        except UnreadableError as error:
            raise TurnedAwayError(Fault.UNREADABLE) from error
        if isinstance(delivery, Challenge):
            return JSONResponse({"challenge": delivery.answer})
        if isinstance(delivery, Call) and (wrong := await self._faults(integration_id, signature, delivery)):
            return JSONResponse({"response_action": "errors", "errors": wrong})
        if not await self._new(integration_id, signature, delivery) or not isinstance(delivery, Call):
            return Response()
        if opens_form(delivery):
            await self._open_form(configuration, delivery)
            return Response()
        return JSONResponse(WORKING) if delivery.typed else Response()

    async def _account(self, key: str) -> tuple[int, dict[str, Any]]:
        """The integration with a key, and what it was told, secrets included. One without a signing secret is none."""
        mine = select(Integration).where(
            Integration.key == key, Integration.vendor == VENDOR.key, Integration.archived_at.is_(None)
        )
        async with self._gate.passed(), self._database.looking() as reader:
            row = await reader.row(Integration, mine) if key.isprintable() else None
        configuration = {**row.configuration, **opened(self._database.secrets, row)} if row is not None else {}
        if row is None or not configuration.get("signing_secret"):
            raise TurnedAwayError(Fault.UNKNOWN)
        return row.id, configuration

    async def _faults(self, integration_id: int, signature: str, call: Call) -> dict[str, str]:
        """What is wrong with a form, by its blocks; none for what came before, and if to find out takes too long."""
        if call.form is None:
            return {}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CHECK_SECONDS), self._gate.passed(), self._database.rehearsal() as session:
                if await take_in(session, integration_id, signature=signature, key=call.key):
                    return await faults(session, integration_id, call)
        return {}

    async def _new(self, integration_id: int, signature: str, delivery: Delivery) -> bool:
        """Whether it is the first time that something comes: then a job does it."""
        name: JobName | None = None
        args: dict[str, Any] = {}
        if isinstance(delivery, Call):
            name = JobName.CHAT_OBEY
            args = {"call": asdict(delivery), "at": self._database.clock.now().timestamp()}
        elif isinstance(delivery, Told) and delivery.heard is not None:
            name, args = (
                JobName.CHAT_HEAR,
                {
                    "heard": packed(delivery.heard),
                    "at": delivery.at,
                    "team": delivery.team,
                },
            )
        elif not isinstance(delivery, HeldBack):
            return False
        async with self._gate.passed(), self._database.unit_of_work() as session:
            new = await take_in(session, integration_id, signature=signature, key=delivery.key, job=name, args=args)
            if new is None:
                raise TurnedAwayError(Fault.REPLAYED)
            if new and isinstance(delivery, HeldBack):
                await read_all(session, integration_id)
        return new

    async def _open_form(self, configuration: dict[str, Any], call: Call) -> None:
        """Have a form opened, which the job fills. If Slack does not, the job says so."""
        slack = open_slack(configuration, speaker(self._runtime.settings, self._runtime.database))
        try:
            async with asyncio.timeout(FORM_SECONDS):
                await slack.open_form(call.trigger, call.key)
        except (VendorError, TimeoutError) as error:
            log.warning("Slack did not open a form: %s", error)


async def _body(request: Request) -> bytes:
    try:
        return await read_bytes(request, limit=MOST_BYTES, seconds=SECONDS)
    except BodyError as error:
        raise TurnedAwayError(Fault.TOO_LARGE if error.fault is BodyFault.TOO_LARGE else Fault.BROKEN_OFF) from error


def routes(runtime: Runtime) -> list[BaseRoute]:
    """Its one route."""
    return [Route("/hooks/slack/{key}", SlackDoor(runtime).receive, methods=["POST"])]
