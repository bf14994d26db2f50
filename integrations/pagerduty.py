"""PagerDuty: pages by the Events API v2, all else by its REST API (developer.pagerduty.com)."""

import contextlib
from typing import Any

from actions.outward.checks import Check
from actions.outward.ledger import Made
from actions.outward.vendors import Port, Vendor
from core.redaction import redacted
from integrations.client import Account, Answer
from integrations.failures import Permanent, VendorError
from integrations.pagerduty_checks import examined
from integrations.pagerduty_configuration import EVENTS, ID, PagerDutyConfiguration, keys_of, policies_of
from integrations.pagerduty_rest import Rest
from integrations.ports import Matter, Paging, Speak
from integrations.ticket_words import heading
from models.on_call import OnCall

VENDOR = Vendor("pagerduty", "PagerDuty", frozenset({Port.PAGER}), PagerDutyConfiguration)

SUMMARY = 1024
"""Characters of a summary, by PagerDuty's own limit."""
BAD_REQUEST = 400


class PagerDuty:
    """One account. Its dedup key is the page's mark: an event that is sent again is the same alert there."""

    def __init__(self, configuration: PagerDutyConfiguration, speak: Speak) -> None:
        self._told = configuration
        self._events = speak(Account("PagerDuty", configuration.events_url or EVENTS[configuration.region], {}))
        token = configuration.token
        self._rest = Rest(configuration, token.get_secret_value(), speak) if token else None
        self._keys = keys_of(configuration.services.get_secret_value()) if configuration.services else {}

    async def check(self) -> list[Check]:
        """Whether events are taken, and what the key of the REST API may see."""
        return await examined(self._told, self._send, self._rest, self.on_call)

    async def page(self, matter: Matter, paging: Paging, *, again: bool) -> Made:
        """Wake up whoever is on call for a service; or ask an escalation policy to join the page that stands."""
        if paging.target is None or paging.target.casefold() in self._keys:
            await self._trigger(matter, paging)
            return await self._found(paging.mark)
        if self._rest is None or not ID.fullmatch(paging.target):
            raise Permanent(self._unknown(paging.target))
        if paging.beside is None:
            await self._trigger(matter, paging)
        page = await self._rest.listed(paging.beside or paging.mark)
        message = heading(matter, private_titles=self._told.private_titles, limit=SUMMARY)
        await self._rest.ask_responders(page.external_id, paging.target, f"{message} {matter.url}", again=again)
        return Made(paging.mark, page.url)

    async def acknowledge_page(self, paging: Paging) -> Made:
        """Nobody else is woken up. An alert that is not there, or resolved, stays as it is."""
        await self._send("acknowledge", paging.mark, self._key(paging.target))
        return Made(paging.mark)

    async def resolve_page(self, paging: Paging) -> Made:
        """It is over."""
        await self._send("resolve", paging.mark, self._key(paging.target))
        return Made(paging.mark)

    async def on_call(self) -> list[OnCall]:
        """Who is asked first for each service that can be paged; Permanent without a key of the REST API."""
        if self._rest is None:
            raise Permanent("PagerDuty tells who is on call only to a key of its REST API: enter `token`.")
        given = policies_of(self._told.on_call_policies or "")
        keys: dict[str, str | None] = {key: name for name, key in self._keys.items()}
        keys[self._told.routing_key.get_secret_value()] = None
        wanted = {key: name for key, name in keys.items() if name not in given}
        known = await self._rest.policies_by_key(wanted) if None not in given else {}
        return await self._rest.on_call({**known, **given})

    async def mark_of(self, external_id: str) -> str | None:
        """Our event's key, if it can be asked for."""
        return await self._rest.mark_of(external_id) if self._rest else None

    async def email_of(self, agent_id: str) -> str | None:
        """A person's address, if it can be asked for."""
        return await self._rest.email_of(agent_id) if self._rest else None

    def _key(self, target: str | None) -> str:
        """The integration key of whoever is paged; a policy joins a page of the default service."""
        return self._keys.get((target or "").casefold(), self._told.routing_key.get_secret_value())

    async def _trigger(self, matter: Matter, paging: Paging) -> None:
        summary = heading(matter, private_titles=self._told.private_titles, limit=SUMMARY)
        more = {
            "client": "Muster",
            "client_url": matter.url,
            "links": [{"href": matter.url, "text": f"{matter.reference} in Muster"}],
            "payload": {
                "summary": summary,
                "source": "Muster",
                "severity": self._told.severities.get(matter.severity or "", "critical"),
                "class": "drill" if matter.drill else "incident",
                "custom_details": {"incident": matter.reference, "severity": matter.severity or "not set yet"},
            },
        }
        await self._send("trigger", paging.mark, self._key(paging.target), more)

    async def _send(self, action: str, mark: str, key: str, more: dict[str, Any] | None = None) -> None:
        """Send an event. It may be sent again; but whether it was sent at all is worth knowing."""
        event = {"routing_key": key, "event_action": action, "dedup_key": mark, **(more or {})}
        answer = await self._events.ask(
            "POST", "/v2/enqueue", json=event, once=True, expected=frozenset({BAD_REQUEST, 403, 404})
        )
        if not answer.good:
            raise Permanent(_refusal(answer))
        if not isinstance(answer.body, dict) or answer.body.get("status") != "success":
            raise Permanent("What answers is not PagerDuty's Events API, so nobody was paged: correct `events_url`.")

    async def _found(self, mark: str) -> Made:
        """Where the page is. That is good to know, and no reason to fail: its webhook tells it, too."""
        if self._rest is not None:
            with contextlib.suppress(VendorError):
                return await self._rest.page_by(mark) or Made(mark)
        return Made(mark)

    def _unknown(self, target: str) -> str:
        names = ", ".join(sorted(self._keys))
        known = f" It knows: {names}." if names else ""
        return (
            f"{target[:80]!r} is none of the `services` of this integration.{known} An escalation policy is named by"
            " its id, and needs a `token`."
        )


def _refusal(answer: Answer) -> str:
    body = answer.body if isinstance(answer.body, dict) else {}
    said = " ".join(map(str, body.get("errors") or [body.get("message", "")])).strip()
    if "outing key" in said or answer.status != BAD_REQUEST:
        return (
            f"PagerDuty does not know the integration key ({answer.status}): enter that of an Events API v2 integration"
            " as `routing_key`, or correct it in `services`."
        )
    return f"PagerDuty refuses the event ({answer.status}): {redacted(said[:200])}"


def open_pagerduty(configuration: dict[str, Any], speak: Speak) -> PagerDuty:
    """The adaptor of a configuration."""
    return PagerDuty(PagerDutyConfiguration(**configuration), speak)
