"""Our authorization server (RFC 6749): Authlib's, within one unit of work (ADR 0010).

Authlib decides, in the order of its own code; what it asks for is read from the database and what it makes is kept in
the same transaction. A refusal is an answer, not an error: what was noted on the way, such as a poll, stays noted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer, BaseGrant, InvalidClientError, InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncSession

from actions.oauth.endpoints import DeviceEndpoint, TokenEnd
from actions.oauth.form import FormRequest
from actions.oauth.grants import DeviceGrant, ScriptGrant
from actions.oauth.parties import Party, find_party, unknown_client
from actions.oauth.scopes import asked_scopes
from actions.oauth.waiting import wait

TOKEN_PATH = "/oauth/token"  # noqa: S105 (a path)
DEVICE_PATH = "/oauth/device_authorization"
REVOKE_PATH = "/oauth/revoke"


@dataclass(frozen=True, slots=True)
class OAuthAnswer:
    """An answer to a client."""

    status: int
    body: Mapping[str, Any]
    headers: Sequence[tuple[str, str]]


class Server(AuthorizationServer):
    """Authlib's server for one request."""

    def __init__(self, session: AsyncSession, base_url: str) -> None:
        super().__init__()
        self.session = session
        self.base_url = base_url
        self.register_grant(ScriptGrant)
        self.register_grant(DeviceGrant)
        self.register_endpoint(DeviceEndpoint)
        self.register_endpoint(TokenEnd)

    def query_client(self, client_id: str) -> Party:
        """The client with a public name; never none, so that unknown ones fail as those with a wrong secret do."""
        return wait(find_party(self.session, client_id))

    def authenticate_client(self, request: FormRequest, methods: Sequence[str], endpoint: str = "token") -> Party:
        """The client that sent a request, proven in one way (RFC 6749 §2.3).

        All that is wrong with its name, its secret or its network is refused in the same words. Who sent an
        Authorization header is held to it.
        """
        header = "Authorization" in request.headers
        if header and request.form.get("client_secret"):
            raise InvalidRequestError("Prove who you are in one way only: by the header, or in the form.")
        usable = [method for method in methods if (method == "client_secret_basic") is header]
        try:
            return super().authenticate_client(request, usable, endpoint)  # type: ignore[no-any-return]
        except (InvalidClientError, ValueError) as error:  # ValueError: Basic credentials that are no base64 or text
            raise unknown_client() from error

    def get_token_grant(self, request: FormRequest) -> BaseGrant:
        """The grant that was asked for; invalid_request if there is none, unsupported_grant_type if it is not ours."""
        if not request.payload.grant_type:
            raise InvalidRequestError("There is no 'grant_type' in the form.")
        return super().get_token_grant(request)

    def validate_requested_scope(self, scope: str | None) -> None:
        """Refuse what is no scope of ours."""
        asked_scopes(scope)

    def create_oauth2_request(self, request: FormRequest) -> FormRequest:
        """What Authlib reads; the doorway has read it already."""
        return request

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens: events tell what happened."""

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> OAuthAnswer:
        """An answer for the doorway."""
        return OAuthAnswer(status, dict(body), list(headers))


async def answer_oauth(
    session: AsyncSession, base_url: str, path: str, form: Mapping[str, str], authorization: str | None
) -> OAuthAnswer:
    """The answer to a form that was posted to one of our paths: to be committed whatever it says."""
    server = Server(session, base_url)

    def decide() -> OAuthAnswer:
        try:
            request = FormRequest(base_url + path, form, authorization)
            if path == TOKEN_PATH:
                answer = server.create_token_response(request)
            else:
                endpoint = DeviceEndpoint if path == DEVICE_PATH else TokenEnd
                answer = server.create_endpoint_response(endpoint.ENDPOINT_NAME, request)
        except OAuth2Error as error:
            answer = server.handle_error_response(None, error)
        return answer  # type: ignore[no-any-return]

    answer = await session.run_sync(lambda _: decide())
    return with_challenge(answer)


def with_challenge(answer: OAuthAnswer) -> OAuthAnswer:
    """401 says how to prove who one is, with the realm that RFC 7617 §2 wants (Authlib leaves it out)."""
    if answer.status != 401:  # noqa: PLR2004
        return answer
    kept = [(name, value) for name, value in answer.headers if name.lower() != "www-authenticate"]
    return OAuthAnswer(answer.status, answer.body, [*kept, ("WWW-Authenticate", 'Basic realm="muster"')])
