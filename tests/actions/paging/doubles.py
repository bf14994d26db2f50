"""Twilio and ntfy as doubles, which answer and refuse as their public documents say."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

ACCOUNT, TOKEN = "AC" + "a" * 32, "the-auth-token"
NUMBER = "+15550100"


@dataclass
class Twilio:
    """Takes messages as https://www.twilio.com/docs/messaging/api/message-resource says: a form, basic credentials."""

    took: list[dict[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    down: bool = False

    def app(self) -> Starlette:
        path = f"/2010-04-01/Accounts/{ACCOUNT}"
        return Starlette(
            routes=[Route(f"{path}/Messages.json", self.create, methods=["POST"]), Route(f"{path}.json", self.account)]
        )

    async def account(self, request: Request) -> JSONResponse:
        return JSONResponse({"status": "active"}) if self._known(request) else self._stranger()

    async def create(self, request: Request) -> JSONResponse:
        if self.down:
            return JSONResponse({"code": 20500, "message": "Internal Server Error", "status": 500}, 500)
        if not self._known(request):
            return self._stranger()
        if request.headers["content-type"] != "application/x-www-form-urlencoded":
            self.faults.append("not a form")
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if unknown := form.keys() - {"To", "From", "MessagingServiceSid", "Body", "StatusCallback"}:
            self.faults.append(f"fields {unknown}")
        if not 0 < len(form.get("Body", "")) <= 1600:
            self.faults.append("Body has 1 to 1,600 characters")
        if form["To"].startswith("+999"):
            return JSONResponse({"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400}, 400)
        self.took.append(form)
        return JSONResponse({"sid": self.sid(len(self.took) - 1), "status": "queued"}, 201)

    def sid(self, index: int) -> str:
        return f"SM{index:032x}"

    def _known(self, request: Request) -> bool:
        wanted = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        return request.headers.get("authorization") == f"Basic {wanted}"

    def _stranger(self) -> JSONResponse:
        return JSONResponse({"code": 20003, "message": "Authenticate", "status": 401}, 401)


@dataclass
class Ntfy:
    """Takes messages as https://docs.ntfy.sh/publish/#publish-as-json says."""

    took: list[dict] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/", self.publish, methods=["POST"]), Route("/v1/health", self.health)])

    async def health(self, _: Request) -> JSONResponse:
        return JSONResponse({"healthy": True})

    async def publish(self, request: Request) -> JSONResponse:
        said = await request.json()
        if unknown := said.keys() - {"topic", "title", "message", "priority", "click", "actions", "tags"}:
            self.faults.append(f"fields {unknown}")
        if not 1 <= said["priority"] <= 5:
            self.faults.append("priority is from 1 to 5")
        if any(each["action"] not in {"view", "http", "broadcast"} for each in said.get("actions", [])):
            self.faults.append("unknown action")
        self.took.append(said)
        return JSONResponse({"id": f"push{len(self.took)}", "event": "message", "topic": said["topic"]})


def sign(url: str, form: dict[str, str], token: str = TOKEN) -> str:
    """As Twilio signs what it sends: https://www.twilio.com/docs/usage/security#validating-requests"""
    said = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()
