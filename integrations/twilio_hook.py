"""The doorway for Twilio: `/hooks/twilio/{integration}`. What became of a message, and what people reply.

Requests are signed with the account's auth token: base64 of HMAC-SHA1 over the address that Twilio was given and the
fields of the form, sorted by name (https://www.twilio.com/docs/usage/security#validating-requests).
"""

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.paging.replies import hear_delivery, hear_reply
from core.runtime import Runtime
from integrations.account_hook import AccountHook, stranger
from integrations.hooks import come_again
from integrations.refusal import Reason, Refusal
from integrations.twilio import VENDOR
from models.integration import Integration

LIMIT = 20_000
"""Bytes of a form; Twilio's own have about 1,000."""
DELIVERED, FAILED = frozenset({"delivered", "read"}), frozenset({"failed", "undelivered"})
NOTHING = "<Response/>"
"""TwiML for: no answer is sent."""


class TwilioHook(AccountHook):
    """The doorway of one account."""

    limit = LIMIT

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime, VENDOR.key, "auth_token")
        self._base_url = runtime.settings.base_url

    async def receive(self, request: Request) -> Response:
        """As all doorways; a success is TwiML, which Twilio expects as the answer to a reply."""
        answer = await super().receive(request)
        return Response(NOTHING, media_type="text/xml") if answer.status_code < 300 else answer  # noqa: PLR2004

    async def _take(self, request: Request, account: Integration, secret: str, body: bytes) -> bool:
        del account
        try:
            form = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200))
        except ValueError:
            raise Refusal(Reason.MALFORMED, "This is no form.", hint="Twilio sends one.") from None
        url = f"{self._base_url}{request.url.path}"
        if not signed(url, form, request.headers.get("x-twilio-signature", ""), secret):
            raise stranger("Enter the account's `auth_token`, and give Twilio this very address.")
        async with self._gate.passed(), come_again(), self._database.unit_of_work() as session:
            status = form.get("MessageStatus", "")
            if status:
                word = "delivered" if status in DELIVERED else "failed" if status in FAILED else None
                code = form.get("ErrorCode", "")[:10]
                error = f"Twilio could not deliver it (error {code or 'unknown'})."
                return await hear_delivery(session, form.get("MessageSid", ""), word, error)
            return await hear_reply(session, form.get("From", ""), form.get("Body", ""))


def signed(url: str, form: dict[str, str], signature: str, token: str) -> bool:
    """Whether Twilio signed a request to an address with this token. In constant time."""
    said = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    expected = base64.b64encode(hmac.digest(token.encode(), said.encode(), hashlib.sha1)).decode()
    return hmac.compare_digest(expected.encode(), signature.encode())


def routes(runtime: Runtime) -> list[BaseRoute]:
    """Its route."""
    return [Route("/hooks/twilio/{key}", TwilioHook(runtime).receive, methods=["POST"])]
