"""PagerDuty as a double: services with integration keys, incidents, people; it posts webhooks of what happens there."""

import hashlib
import hmac
import json
from itertools import count

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.outward.obeying import Obeying
from tests.outward.vendor_contract import contract

KEY, SEARCH_KEY, TOKEN, SECRET = "r" * 32, "s" * 32, "rest-key", "hook-secret"
FROM = "muster@quillhaven.example"
EVENTS, REST = "pagerduty-events-v2.openapi.json", "pagerduty-rest-v2.trimmed.openapi.json"
NEXT = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}
SOFTWARE = {"id": "PINT001", "type": "events_api_v2_inbound_integration_reference", "summary": "Muster"}


class PagerDuty(Obeying):
    """`incidents` by id; `posted`: webhooks to be delivered, as (headers, body); `faults`: against its contract."""

    def __init__(self, clock):
        super().__init__()
        self.clock, self.numbers = clock, count(1)
        self.services, self.token = {KEY: "Shop", SEARCH_KEY: "Search"}, TOKEN
        self.scopes = {"incidents", "users", "oncalls", "escalation_policies", "services"}
        self.policies = {"Shop": "PPOLICY1", "Search": "PPOLICY2", "Other": "PPOLICY3"}
        self.on_calls = [("PUSER01", "PPOLICY1", 1, None)]
        self.incidents, self.posted, self.faults, self.woken = {}, [], [], []
        self.lists, self.tells_key, self.secrets = True, True, [SECRET]
        self.people = {"PUSER01": "ben@quillhaven.example", "PUSER02": "out@elsewhere.example", "PUSER09": FROM}
        self.names = {"PUSER01": "Ben Silva", "PUSER02": "Sam Out", "PUSER09": "Muster"}

    def app(self):
        """It, to be served."""
        return Starlette(routes=[Route("/{path:path}", self.handle, methods=["GET", "POST", "PUT"])])

    def answer(self, request, body):
        """What it answers to a request, with its effect."""
        path = request.url.path
        events = path.startswith("/v2/")
        known = contract(EVENTS if events else REST)
        told = path.removeprefix("/v2") if events else path
        self.faults += known.faults(request.method, told, dict(request.query_params), request.headers, body)
        if events:
            return self._event(json.loads(body))
        if request.headers.get("authorization") != f"Token token={self.token}":
            return JSONResponse({"error": {"message": "Unauthorized", "code": 2006}}, 401)
        first, *rest = path.strip("/").split("/")
        if first not in self.scopes:
            return JSONResponse({"error": {"message": "Forbidden", "code": 2010}}, 403)
        return self._rest(request, first, rest, body)

    def _event(self, event):
        if event["routing_key"] not in self.services:
            wrong = {"status": "invalid event", "message": "Event object is invalid", "errors": ["Invalid routing key"]}
            return JSONResponse(wrong, 400)
        key, action = event["dedup_key"], event["event_action"]
        standing = next((i for i in self.incidents.values() if i["key"] == key and i["status"] != "resolved"), None)
        if action == "trigger" and standing is None:
            self._wake(key, event)
        elif action != "trigger" and standing is not None and standing["status"] != NEXT[action]:
            self.change(standing, f"incident.{NEXT[action]}", SOFTWARE, status=NEXT[action])
        return JSONResponse({"status": "success", "message": "Event processed", "dedup_key": key}, 202)

    def _wake(self, key, event):
        name = f"PINC{next(self.numbers):04}"
        made = {"id": name, "key": key, "status": "triggered", "service": self.services[event["routing_key"]]}
        made |= {"title": event["payload"]["summary"], "severity": event["payload"]["severity"], "asked": []}
        self.incidents[name] = made
        self.woken.append(made["service"])
        self.change(made, "incident.triggered", SOFTWARE)

    def only(self):
        """The one incident there is."""
        (found,) = self.incidents.values()
        return found

    def acts(self, person, status, incident=None, **more):
        """Somebody does something to an incident in its app."""
        agent = {"id": person, "type": "user_reference", "summary": self.names[person]}
        self.change(incident or self.only(), f"incident.{status}", agent, status=status, **more)

    def change(self, incident, event_type, agent, *, status=None, data=None):
        """Something becomes of an incident, and a webhook tells it."""
        incident["status"] = status if status in NEXT.values() else incident["status"]
        url = f"https://acme.pagerduty.com/incidents/{incident['id']}"
        shown = {"id": incident["id"], "type": "incident", "html_url": url, "status": incident["status"]}
        shown |= {"incident_key": incident["key"] if self.tells_key else None, "title": incident["title"]}
        event = {
            "id": f"event-{next(self.numbers)}",
            "event_type": event_type,
            "resource_type": "incident",
            "occurred_at": self.clock.now().isoformat(),
            "agent": agent,
            "client": None,
            "data": {**shown, **(data or {})} if "incident" not in (data or {}) else data,
        }
        self.post({"event": event})

    def post(self, message):
        """Have a webhook wait to be delivered, signed with each secret."""
        body = json.dumps(message).encode()
        signatures = [hmac.new(each.encode(), body, hashlib.sha256).hexdigest() for each in self.secrets]
        self.posted.append(({"x-pagerduty-signature": ",".join(f"v1={each}" for each in signatures)}, body))

    def _rest(self, request, first, rest, body):
        if first == "users":
            return self._users(rest)
        if first in ("oncalls", "services"):
            return self._page(request, first)
        if first == "escalation_policies":
            return JSONResponse({"escalation_policies": [{"id": "PPOLICY2", "name": "Database"}], "more": False})
        if not rest:
            key = request.query_params["incident_key"]
            found = [self._shown(each) for each in self.incidents.values() if each["key"] == key and self.lists]
            return JSONResponse({"incidents": found})
        incident = self.incidents.get(rest[0])
        if incident is None:
            return JSONResponse({"error": {"message": "Not Found", "code": 2100}}, 404)
        return self._incident(request, incident, rest[1:], body)

    def _page(self, request, kind):
        """Two things of a list, from an offset on."""
        if kind == "services":
            assert request.query_params["include[]"] == "integrations"
            listed = [self._service(*each) for each in self.services.items()]
        else:
            wanted = request.query_params.getlist("escalation_policy_ids[]")
            listed = [self._on_call(*each) for each in self.on_calls if each[1] in wanted]
        start = int(request.query_params["offset"])
        return JSONResponse({kind: listed[start : start + 2], "more": len(listed) > start + 2})

    def _service(self, key, name):
        integration = {"id": "PINT001", "type": "events_api_v2_inbound_integration", "integration_key": key}
        policy = {"id": self.policies[name], "type": "escalation_policy_reference", "summary": name}
        return {"id": f"PSERV{name}", "name": name, "integrations": [integration], "escalation_policy": policy}

    def _on_call(self, person, policy, level, end):
        user = {"id": person, "type": "user", "name": self.names[person], "email": self.people[person]}
        name = next(name for name, known in self.policies.items() if known == policy)
        shown = {"id": policy, "type": "escalation_policy_reference", "summary": name}
        times = {"start": None, "end": end}
        return {"user": user, "escalation_policy": shown, "escalation_level": level, "schedule": None, **times}

    def _incident(self, request, incident, rest, body):
        if rest == ["alerts"]:
            return JSONResponse({"alerts": [{"id": "PALERT1", "type": "alert", "alert_key": incident["key"]}]})
        if rest == ["responder_requests"]:
            assert request.headers["from"] == FROM
            wish = json.loads(body)
            assert wish["requester_id"] == "PUSER09"
            incident["asked"] += wish["responder_request_targets"]
            return JSONResponse({"responder_request": {}})
        return JSONResponse({"incident": self._shown(incident)})

    def _shown(self, incident):
        url = f"https://acme.pagerduty.com/incidents/{incident['id']}"
        requests = [{"responder_request_targets": incident["asked"]}] if incident["asked"] else []
        return {"id": incident["id"], "html_url": url, "responder_requests": requests, "status": incident["status"]}

    def _users(self, rest):
        if rest:
            return JSONResponse({"user": {"id": rest[0], "email": self.people[rest[0]]}})
        return JSONResponse({"users": [{"id": key, "email": email} for key, email in self.people.items()]})
