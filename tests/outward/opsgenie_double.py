"""Opsgenie as a double: it accepts first and does it later, keeps alerts by alias, and posts webhooks."""

import json
from itertools import count

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.outward.obeying import Obeying
from tests.outward.vendor_contract import contract

KEY, SECRET = "genie-key", "t" * 24
CONTRACT = "opsgenie-rest-2.0.0.trimmed.swagger2.json"
ACTIONS = {"acknowledge": "Acknowledge", "close": "Close"}


class Opsgenie(Obeying):
    """`alerts` by id; `slow`: how often it says of each request that it is not done yet; `posted`: webhooks."""

    def __init__(self, clock):
        super().__init__()
        self.clock, self.numbers, self.key = clock, count(1), KEY
        self.alerts, self.requests, self.posted, self.faults, self.woken = {}, {}, [], [], []
        self.rotas = {"Shop rota": ["ben@quillhaven.example"]}
        self.slow, self.teams, self.may = 0, {"Shop", "Search"}, True

    def app(self):
        """It, to be served."""
        return Starlette(routes=[Route("/{path:path}", self.handle, methods=["GET", "POST"])])

    def answer(self, request, body):
        """What it answers to a request, with its effect."""
        path, query = request.url.path, dict(request.query_params)
        self.faults += contract(CONTRACT).faults(request.method, path, query, request.headers, body)
        if request.headers.get("authorization") != f"GenieKey {self.key}":
            return JSONResponse({"message": "Key format is not valid!", "took": 0, "requestId": "x"}, 401)
        if not self.may:
            return JSONResponse({"message": "You are not authorized", "took": 0, "requestId": "x"}, 403)
        if request.method == "GET":
            return self._read(path, query)
        name = f"request-{next(self.numbers)}"
        self.requests[name] = [self.slow, *self._do(path, json.loads(body))]
        return JSONResponse({"result": "Request will be processed", "took": 0.1, "requestId": name}, 202)

    def _do(self, path, given):
        if path == "/v2/alerts":
            for responder in given.get("responders", []):
                if responder["type"] == "team" and responder["name"] not in self.teams:
                    return False, f"Team [{responder['name']}] does not exist"
            if self.by_alias(given["alias"]) is None:
                self._wake(given)
            return True, "Created alert"
        alert, action = self.by_alias(path.split("/")[3]), path.split("/")[4]
        self.change(alert, ACTIONS[action], "System", "API")
        return True, f"{action} done"

    def _wake(self, given):
        name = f"0a1b2c3d-{next(self.numbers)}"
        responders = given.get("responders", [{"type": "team", "name": "Shop"}])
        self.alerts[name] = {"id": name, "alias": given["alias"], "message": given["message"], "status": "open"}
        self.alerts[name] |= {"acknowledged": False, "responders": responders, "priority": given["priority"]}
        self.woken.append(responders[0].get("name"))
        self.change(self.alerts[name], "Create", "System", "API")

    def by_alias(self, alias):
        """The alert that stands, or stood last, under an alias."""
        return next((each for each in self.alerts.values() if each["alias"] == alias), None)

    def only(self):
        """The one alert there is."""
        (found,) = self.alerts.values()
        return found

    def change(self, alert, action, who, source="web", **more):
        """Something becomes of an alert, and a webhook tells it."""
        alert["acknowledged"] = action == "Acknowledge" or (alert["acknowledged"] and action != "UnAcknowledge")
        alert["status"] = "closed" if action == "Close" else alert["status"]
        stamp = int(self.clock.now().timestamp() * 1e9)
        shown = {"alertId": alert["id"], "alias": alert["alias"], "message": alert["message"], "username": who}
        message = {"action": action, "alert": {**shown, "updatedAt": stamp, **more}}
        message |= {"source": {"name": "", "type": source}, "integrationName": "Muster"}
        self.posted.append(({"authorization": f"Bearer {SECRET}"}, json.dumps(message).encode()))

    def _read(self, path, query):
        last = path.split("/")[-1]
        if path == "/v2/alerts/count":
            return self._data({"count": len(self.alerts)})
        if path.endswith("/on-calls"):
            return self._on_calls(path, query)
        if path.startswith("/v2/alerts/requests/"):
            request = self.requests[last]
            request[0] -= 1
            if request[0] >= 0:
                return JSONResponse({"message": "Request not found.", "took": 0, "requestId": last}, 404)
            return self._data({"isSuccess": request[1], "status": request[2]})
        assert query == {"identifierType": "alias"}
        alert = self.by_alias(last)
        if alert is None:
            return JSONResponse({"message": "Alert not found", "took": 0, "requestId": "x"}, 404)
        return self._data(alert)

    def _on_calls(self, path, query):
        if path == "/v2/schedules/on-calls":
            return self._data([self._rota(name) for name in self.rotas])
        assert query == {"scheduleIdentifierType": "name", "flat": "true"}
        return self._data(self._rota(path.split("/")[3]))

    def _rota(self, name):
        return {"_parent": {"id": f"id-{name}", "name": name, "enabled": True}, "onCallRecipients": self.rotas[name]}

    def _data(self, data):
        return JSONResponse({"data": data, "took": 0.1, "requestId": "read"})
