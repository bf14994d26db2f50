"""Opsgenie: alerts by its Alert API (docs.opsgenie.com/docs/alert-api). Thin: Atlassian ends it on 2027-04-05."""

import asyncio
import contextlib
import re
from typing import Any
from urllib.parse import quote

from pydantic import Field, SecretStr

from actions.outward.checks import Check, Result
from actions.outward.ledger import Made
from actions.outward.vendors import Port, Vendor
from integrations.client import Account, Answer
from integrations.configuration import BaseUrl, Configuration
from integrations.failures import Ambiguous, Permanent, VendorError
from integrations.ports import Matter, Paging, Speak
from integrations.ticket_words import heading
from models.on_call import OnCall

API = {"us": "https://api.opsgenie.com", "eu": "https://api.eu.opsgenie.com"}
MESSAGE = 130
"""Characters of an alert's message, by Opsgenie's own limit."""
KINDS = {"team": "name", "schedule": "name", "escalation": "name", "user": "username"}
"""Whom an alert can be for, and by what Opsgenie finds them."""
TARGET = re.compile(r"(?:(team|schedule|escalation|user):)?\s*(.+)")
LOOKS, PAUSE = 3, 0.5
"""How often we ask what became of a request, and how many seconds apart: Opsgenie answers before it is done."""
BAD, FORBIDDEN, NOT_FOUND, UNPROCESSABLE = 400, 403, 404, 422
REFUSALS = frozenset({BAD, 402, FORBIDDEN, NOT_FOUND, UNPROCESSABLE})
SOURCE = "Muster"
ALL_ON_CALLS = "/v2/schedules/on-calls?flat=true"


class OpsgenieConfiguration(Configuration):
    """Whom to alert, with what, and what comes back."""

    api_key: SecretStr = Field(
        min_length=1,
        description="The key of an integration of the type API, with the rights to read, to create and update, and to"
        " read configuration.",
    )
    region: str = Field(default="us", pattern="^(us|eu)$", description="Where your account is: us or eu.")
    responders: str | None = Field(
        default=None,
        description="Who is paged by default: team:NAME, schedule:NAME, escalation:NAME or user:MAIL. If left out, the"
        " team of the integration.",
    )
    schedules: str | None = Field(
        default=None,
        description="Whose on-call is shown and invited, by the names of schedules: Shop rota, search=Search rota. If"
        " left out, the schedule of `responders`; if that is none, all.",
    )
    webhook_token: SecretStr | None = Field(
        default=None,
        min_length=20,
        description="A long random text of your own that Opsgenie's webhook sends along, as the header"
        " `Authorization: Bearer …` or as `?token=…`, to /hooks/opsgenie/ and this integration's key.",
    )
    private_titles: bool = Field(
        default=False,
        description="Whether alerts for private incidents have their title. Otherwise they have the reference and the"
        " link.",
    )
    base_url: BaseUrl | None = Field(default=None, description="Where the API is, if not in a region.")

    @property
    def rotas(self) -> list[tuple[str | None, str]]:
        """The schedules that are meant, each behind the service that it is for; None: for all others."""
        parts = (each.strip().rpartition("=") for each in (self.schedules or "").split(","))
        found = [(name.strip() or None, rota.strip()) for name, _, rota in parts if rota.strip()]
        if not found and self.responders and self.responders.startswith("schedule:"):
            found = [(None, self.responders.removeprefix("schedule:").strip())]
        return found


VENDOR = Vendor("opsgenie", "Opsgenie", frozenset({Port.PAGER}), OpsgenieConfiguration)


class Opsgenie:
    """One account. Its alias is the page's mark: an open alert with that alias is the same alert."""

    def __init__(self, configuration: OpsgenieConfiguration, speak: Speak) -> None:
        self._told = configuration
        headers = {"authorization": f"GenieKey {configuration.api_key.get_secret_value()}"}
        self._client = speak(Account("Opsgenie", configuration.base_url or API[configuration.region], headers))

    async def check(self) -> list[Check]:
        """Whether it knows us, lets us read alerts, and says who is on call."""
        looks = {
            "api_key": ("/v2/alerts/count", "Opsgenie knows it."),
            "on-calls": (ALL_ON_CALLS, "Who is on call can be read."),
        }
        found = []
        for subject, (path, good) in looks.items():
            try:
                await self._ask("GET", path)
            except VendorError as error:
                missing = "(403)" in error.words
                found.append(Check(subject, Result.MISSING if missing else Result.WRONG, error.words))
            else:
                found.append(Check(subject, Result.OK, good))
        if self._told.webhook_token is None:
            words = "Acknowledgements in Opsgenie don't come back: add a webhook, and enter its `webhook_token`."
            found.append(Check("webhook_token", Result.MISSING, words))
        return found

    async def page(self, matter: Matter, paging: Paging, *, again: bool) -> Made:
        """An alert, which wakes up whoever its responders are. An open one with the same alias only counts up."""
        if again and (there := await self._alert(paging.mark)) is not None:
            return _made(there)
        alert: dict[str, Any] = {
            "message": heading(matter, private_titles=self._told.private_titles, limit=MESSAGE),
            "alias": paging.mark,
            "description": f"{matter.reference} in Muster: {matter.url}",
            "details": {"incident": matter.reference, "url": matter.url},
            "tags": ["drill"] if matter.drill else [],
            "priority": "P1",
            "source": SOURCE,
        }
        whom = paging.target or self._told.responders
        if whom:
            alert["responders"] = [_responder(whom)]
        await self._done(await self._ask("POST", "/v2/alerts", alert, once=True))
        there = None
        with contextlib.suppress(VendorError):  # it is done, wherever it is
            there = await self._alert(paging.mark)
        return _made(there) if there else Made(paging.mark)

    async def acknowledge_page(self, paging: Paging) -> Made:
        """Nobody else is woken up."""
        return await self._tell(paging, "acknowledge", lambda alert: alert["acknowledged"] or _closed(alert))

    async def resolve_page(self, paging: Paging) -> Made:
        """It is over."""
        return await self._tell(paging, "close", _closed)

    async def on_call(self) -> list[OnCall]:
        """Who is on call now, by schedule. Opsgenie does not say until when."""
        schedules = self._told.rotas
        if not schedules:
            return [each for found in (await self._ask("GET", ALL_ON_CALLS)).body["data"] for each in _people(found)]
        people = []
        for service, name in schedules:
            path = f"/v2/schedules/{quote(name, safe='')}/on-calls?scheduleIdentifierType=name&flat=true"
            people += _people((await self._ask("GET", path)).body["data"], service)
        return people

    async def mark_of(self, external_id: str) -> str | None:
        """Nothing to ask for: Opsgenie's webhooks have the alias."""
        del external_id
        return None

    async def email_of(self, agent_id: str) -> str | None:
        """Nothing to ask for: Opsgenie's webhooks have the address."""
        del agent_id
        return None

    async def _tell(self, paging: Paging, action: str, there_already: Any) -> Made:
        alert = await self._alert(paging.mark)
        if alert is None:
            raise Permanent("Opsgenie has no such alert any more.")
        if not there_already(alert):
            path = f"/v2/alerts/{quote(paging.mark, safe='')}/{action}?identifierType=alias"
            await self._done(await self._ask("POST", path, {"source": SOURCE}, once=True))
        return _made(alert)

    async def _alert(self, alias: str) -> dict[str, Any] | None:
        """The alert with an alias; None if there is none."""
        path = f"/v2/alerts/{quote(alias, safe='')}?identifierType=alias"
        answer = await self._ask("GET", path, missing=True)
        found: dict[str, Any] | None = answer.body["data"] if answer.good else None
        return found

    async def _done(self, accepted: Answer) -> None:
        """Wait until a request that was accepted is carried out. Permanent if it was not; Ambiguous while it is not."""
        request = quote(str(accepted.body.get("requestId", "")), safe="")
        for _ in range(LOOKS):
            try:
                answer = await self._ask("GET", f"/v2/alerts/requests/{request}", missing=True)
            except VendorError as error:
                raise Ambiguous(error.words) from error
            if answer.good:
                data = answer.body["data"]
                if data.get("isSuccess"):
                    return
                raise Permanent(f"Opsgenie could not do it: {str(data.get('status', ''))[:200]}")
            await asyncio.sleep(PAUSE)
        raise Ambiguous("Opsgenie has taken the request, and does not say yet what became of it.")

    async def _ask(
        self, method: str, path: str, json: Any = None, *, once: bool = False, missing: bool = False
    ) -> Answer:
        """An answer, which may be 404 if something may be `missing`. VendorError."""
        answer = await self._client.ask(method, path, json=json, once=once, expected=REFUSALS)
        if not answer.good and not (missing and answer.status == NOT_FOUND):
            raise Permanent(_refusal(answer))
        if answer.good and not isinstance(answer.body, dict):
            raise Permanent("What answers is not Opsgenie's API: correct `base_url`.")
        return answer


def _people(found: dict[str, Any], service: str | None = None) -> list[OnCall]:
    rota = found["_parent"]["name"]
    people = found.get("onCallRecipients") or []
    return [OnCall(each, each if "@" in each else None, rota, service=service) for each in people]


def _responder(whom: str) -> dict[str, str]:
    found = TARGET.fullmatch(whom)
    kind, name = (found[1] or "team", found[2]) if found else ("team", whom)
    return {"type": kind, KINDS[kind]: name}


def _closed(alert: dict[str, Any]) -> bool:
    return str(alert["status"]) == "closed"


def _made(alert: dict[str, Any]) -> Made:
    return Made(alert["id"], f"https://app.opsgenie.com/alert/detail/{alert['id']}/details")


def _refusal(answer: Answer) -> str:
    body = answer.body if isinstance(answer.body, dict) else {}
    said = " ".join(str(body[name]) for name in ("message", "errors") if body.get(name))[:200]
    if answer.status == FORBIDDEN:
        return f"Opsgenie does not allow this key that (403): give its integration the access rights. {said}".rstrip()
    return f"Opsgenie refuses this ({answer.status}): {said}"


def open_opsgenie(configuration: dict[str, Any], speak: Speak) -> Opsgenie:
    """The adaptor of a configuration."""
    return Opsgenie(OpsgenieConfiguration(**configuration), speak)
