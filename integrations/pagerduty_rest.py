"""PagerDuty's REST API v2, as far as pages need it (developer.pagerduty.com/api-reference)."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from actions.outward.ledger import Made
from integrations.client import Account, Answer
from integrations.failures import AuthExpired, Permanent, Retryable
from integrations.pagerduty_configuration import API, ID, PagerDutyConfiguration
from integrations.ports import Speak
from models.on_call import OnCall

ACCEPT = "application/vnd.pagerduty+json;version=2"
PAGE, MOST_PAGES = 100, 10
"""Things of a list that are read at once, and how often: 1,000 services, or people on call."""
FIRST = 1
"""The level of an escalation policy that is asked first."""
REFUSALS = frozenset({400, 402, 403, 404})
SIGNED_OUT = "PagerDuty does not accept the key of its REST API (401): enter a new `token`."
NO_API = "What answers is not PagerDuty's REST API: correct `api_url`."
NOT_YET = "PagerDuty does not list the page yet that responders are to join."
NO_SERVICE = (
    "PagerDuty shows no service with these integration keys, so Muster can't see who is on call for them: let the key"
    " read services, or enter `on_call_policies`."
)
SOON = 5.0
"""Seconds after which an event has become an incident there."""


class Rest:
    """Questions about one account, with its key. A refusal of the key is no reason to stop paging: that needs none."""

    def __init__(self, told: PagerDutyConfiguration, token: str, speak: Speak) -> None:
        # PagerDuty's document requires the kind of content of every request, even of those that have none.
        headers = {"authorization": f"Token token={token}", "accept": ACCEPT, "content-type": "application/json"}
        self._from = told.from_email
        self._client = speak(Account("PagerDuty", told.api_url or API[told.region], headers))

    async def ask(
        self, path: str, asked: dict[str, str] | None = None, *, json: Any = None, once: bool = False
    ) -> dict[str, Any]:
        """What it answers to a question, or, with `json`, to a request. VendorError says what to mend."""
        method = "GET" if json is None else "POST"
        own = {"from": self._from} if json is not None and self._from else {}
        try:
            answer = await self._client.ask(
                method, path, params=asked, json=json, headers=own, once=once, expected=REFUSALS
            )
        except AuthExpired as error:
            raise Permanent(SIGNED_OUT) from error
        if not answer.good:
            raise Permanent(_refusal(answer, path))
        if not isinstance(answer.body, dict):
            raise Permanent(NO_API)
        return answer.body

    async def page_by(self, mark: str) -> Made | None:
        """The incident that our event became there; None: there is none (yet)."""
        asked = {"incident_key": mark, "date_range": "all", "limit": "1"}
        found = (await self.ask("/incidents", asked)).get("incidents") or []
        return Made(found[0]["id"], found[0]["html_url"]) if found else None

    async def mark_of(self, external_id: str) -> str | None:
        """The key of the first alert of an incident, which is our event's."""
        if not ID.fullmatch(external_id):
            return None
        found = (await self.ask(f"/incidents/{external_id}/alerts", {"limit": "1"})).get("alerts") or []
        return str(found[0]["alert_key"]) if found and found[0].get("alert_key") else None

    async def email_of(self, user_id: str) -> str | None:
        """The address by which a person signs in there, which PagerDuty has had confirmed."""
        if not ID.fullmatch(user_id):
            return None
        email = (await self.ask(f"/users/{user_id}")).get("user", {}).get("email")
        return str(email) if email else None

    async def policies_by_key(self, keys: Mapping[str, str | None]) -> dict[str | None, str]:
        """The escalation policies of the services to which integration keys belong, by what we call these.

        Permanent if PagerDuty shows none of them.
        """
        found: dict[str | None, str] = {}
        async for service in self._pages("/services", "services", {"include[]": "integrations"}):
            for each in service.get("integrations") or []:
                if each.get("integration_key") in keys:
                    found[keys[each["integration_key"]]] = str(service["escalation_policy"]["id"])
            if len(found) == len(keys):
                break
        if not found:
            raise Permanent(NO_SERVICE)
        return found

    async def on_call(self, policies: Mapping[str | None, str]) -> list[OnCall]:
        """Who is asked first by each of some escalation policies; these are by the services that they are for."""
        asked = {"escalation_policy_ids[]": sorted({*policies.values()}), "include[]": "users"}
        found: list[OnCall] = []
        async for each in self._pages("/oncalls", "oncalls", asked):
            mine = [name for name, policy in policies.items() if policy == each["escalation_policy"]["id"]]
            if int(each["escalation_level"]) == FIRST:
                found += [replace(_on_call(each), service=name) for name in mine]
        return found

    async def _pages(self, path: str, kind: str, asked: Mapping[str, str | Iterable[str]]) -> AsyncIterator[Any]:
        """Everything of a list, for as long as somebody asks."""
        seen = 0
        for _ in range(MOST_PAGES):
            bounds = {"limit": str(PAGE), "offset": str(seen)}
            body = await self.ask(f"{path}?{urlencode({**asked, **bounds}, doseq=True)}")
            for each in body.get(kind) or []:
                seen += 1
                yield each
            if not body.get("more"):
                return

    async def policies(self) -> list[str]:
        """The first escalation policies, as `name (id)`."""
        body = await self.ask("/escalation_policies", {"limit": "10", "sort_by": "name"})
        return [f"{each.get('name', each.get('summary'))} ({each['id']})" for each in body["escalation_policies"]]

    async def requester(self) -> str:
        """The key of the user in whose name responders are asked. Permanent if there is none."""
        if self._from is None:
            raise Permanent("Responders are asked to join in somebody's name: enter `from_email`.")
        found = (await self.ask("/users", {"query": self._from, "limit": "100"})).get("users", [])
        for user in found:
            if str(user.get("email", "")).casefold() == self._from.casefold():
                return str(user["id"])
        raise Permanent(f"PagerDuty has no user {self._from}: correct `from_email`.")

    async def ask_responders(self, external_id: str, policy: str, message: str, *, again: bool) -> None:
        """Have an escalation policy asked to join an incident, once."""
        if again and await self._asked(external_id, policy):
            return
        target = {"responder_request_target": {"id": policy, "type": "escalation_policy_reference"}}
        wish = {
            "requester_id": await self.requester(),
            "message": message,
            "responder_request_targets": [target],
        }
        await self.ask(f"/incidents/{external_id}/responder_requests", json=wish, once=True)

    async def _asked(self, external_id: str, policy: str) -> bool:
        incident = (await self.ask(f"/incidents/{external_id}")).get("incident", {})
        targets = [
            target.get("responder_request_target", {}).get("id")
            for request in incident.get("responder_requests") or []
            for target in request.get("responder_request_targets") or []
        ]
        return policy in targets

    async def listed(self, mark: str) -> Made:
        """The incident that our event became. Retryable while it is not there yet."""
        found = await self.page_by(mark)
        if found is None:
            raise Retryable(NOT_YET, after=SOON)
        return found


def _on_call(each: dict[str, Any]) -> OnCall:
    user, policy = each["user"], each["escalation_policy"]
    name = user.get("name") or user.get("summary") or user["id"]
    end = datetime.fromisoformat(each["end"]) if each.get("end") else None
    return OnCall(name, user.get("email"), policy.get("summary") or policy["id"], end)


def _refusal(answer: Answer, path: str) -> str:
    body = answer.body if isinstance(answer.body, dict) else {}
    error = body.get("error")
    said = ""
    if isinstance(error, dict):
        said = " ".join([str(error.get("message", "")), *map(str, error.get("errors") or [])]).strip()
    about = path.partition("?")[0].split("/")[1]
    if answer.status == 403:  # noqa: PLR2004 (HTTP: forbidden)
        return f"PagerDuty does not allow this key to read or change {about} (403): give it that scope, or full access."
    if answer.status == 404:  # noqa: PLR2004 (HTTP: not found)
        return f"PagerDuty has none of these {about} (404): it was deleted, or the key may not see it."
    return f"PagerDuty refuses this ({answer.status}){': ' + said[:200] if said else '.'}"
