"""PagerDuty's REST API v2, as far as pages need it (developer.pagerduty.com/api-reference)."""

import re
from typing import Any

from actions.outward.ledger import Made
from integrations.client import Account, Answer
from integrations.failures import AuthExpired, Permanent, Retryable
from integrations.pagerduty_configuration import API, PagerDutyConfiguration
from integrations.ports import OnCall, Speak

ACCEPT = "application/vnd.pagerduty+json;version=2"
PAGE, MOST_PAGES = 100, 10
"""People on call that are read at once, and how often."""
ID = re.compile(r"[A-Z0-9]{6,20}")
"""What PagerDuty calls its things: `PT20YPA`, `Q02JTSNZWHSEKV`."""
REFUSALS = frozenset({400, 402, 403, 404})
SIGNED_OUT = "PagerDuty does not accept the key of its REST API (401): enter a new `token`."
NO_API = "What answers is not PagerDuty's REST API: correct `api_url`."
NOT_YET = "PagerDuty does not list the page yet that responders are to join."
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

    async def on_call(self) -> list[OnCall]:
        """Everybody who is on call now, by escalation policy."""
        found: list[OnCall] = []
        for page in range(MOST_PAGES):
            asked = {"include[]": "users", "limit": str(PAGE), "offset": str(page * PAGE)}
            body = await self.ask("/oncalls", asked)
            found += [_on_call(each) for each in body.get("oncalls", [])]
            if not body.get("more"):
                break
        return found

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
    return OnCall(name, user.get("email"), policy.get("summary") or policy["id"], int(each["escalation_level"]))


def _refusal(answer: Answer, path: str) -> str:
    body = answer.body if isinstance(answer.body, dict) else {}
    error = body.get("error")
    said = ""
    if isinstance(error, dict):
        said = " ".join([str(error.get("message", "")), *map(str, error.get("errors") or [])]).strip()
    about = path.split("/")[1]
    if answer.status == 403:  # noqa: PLR2004 (HTTP: forbidden)
        return f"PagerDuty does not allow this key to read or change {about} (403): give it that scope, or full access."
    if answer.status == 404:  # noqa: PLR2004 (HTTP: not found)
        return f"PagerDuty has none of these {about} (404): it was deleted, or the key may not see it."
    return f"PagerDuty refuses this ({answer.status}){': ' + said[:200] if said else '.'}"
