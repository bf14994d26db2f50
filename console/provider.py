"""The way to an identity provider and back (authorization code flow), and the one that it calls itself."""

import logging
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from actions.provider_sign_in import ATTEMPT_LIVES, Attempt, admit, begin_attempt, refuse_sign_in, take_attempt
from actions.provider_sign_out import end_provider_sessions
from actions.sign_in import end_session
from auth.actor import ANONYMOUS
from auth.cookies import ATTEMPT, SESSION, clear_cookie, read_cookie, set_cookie
from auth.limits import told_apart
from auth.oidc.claims import Claimed, read_claims
from auth.oidc.connection import Connection
from auth.oidc.exchange import all_claims, authorization_address, exchange_code
from auth.oidc.problems import ProviderError, RefusedError, TokenError
from auth.oidc.signed import unverified_claims
from auth.oidc.tokens import read_id_token, read_logout_token
from console.form import FormError, read_form
from console.pages import LOGIN, SAFE, message, unless_away
from console.sign_in import RETRY, own_path
from core.client import Client
from core.errors import ErrorCode
from core.outage import RETRY_AFTER, outage_of, tell
from core.runtime import Runtime

CALLBACK = "/auth/callback"
UNSTORED = {"Cache-Control": "no-store"}
LONGEST = 4096
"""Characters of a code or state that come back."""

log = logging.getLogger("muster")


class ProviderDoor:
    """The routes that identity providers send browsers to, and that they call themselves."""

    def __init__(self, connections: Mapping[str, Connection]) -> None:
        self._connections = connections

    def routes(self) -> list[BaseRoute]:
        """Its routes."""
        return [
            Route(f"{LOGIN}/{{provider}}", unless_away(self.send)),
            Route(f"{CALLBACK}/{{provider}}", unless_away(self.receive)),
            Route("/auth/backchannel-logout", self.hear_logout, methods=["POST"]),
        ]

    async def send(self, request: Request) -> Response:
        """Send the browser to the provider, with what only it can bring back."""
        runtime: Runtime = request.app.state.runtime
        connection = self._connections.get(request.path_params["provider"])
        if connection is None:
            return _unknown()
        try:
            metadata = await connection.metadata()
        except ProviderError as error:
            return _away(connection, error)
        browser = read_cookie(runtime.settings, request.cookies, ATTEMPT) or ""
        if len(browser) != len(new_text()):  # a second tab keeps the cookie of the first, so that both can finish
            browser = new_text()
        state = new_text()
        attempt = Attempt(new_text(), new_text(), own_path(request.query_params.get("next")))
        async with runtime.database.unit_of_work(Client.of(request)) as session:
            await begin_attempt(session, connection.provider, state=state, browser=browser, attempt=attempt)
        address = authorization_address(
            connection.provider,
            metadata,
            _callback(runtime, connection),
            state=state,
            nonce=attempt.nonce,
            verifier=attempt.verifier,
        )
        answer = RedirectResponse(address, 303, SAFE)
        set_cookie(runtime.settings, answer, ATTEMPT, browser, seconds=int(ATTEMPT_LIVES.total_seconds()))
        return answer

    async def receive(self, request: Request) -> Response:
        """Take the browser back, once: believe the provider's token, and open a session for whom it names."""
        runtime: Runtime = request.app.state.runtime
        connection = self._connections.get(request.path_params["provider"])
        if connection is None:
            return _unknown()
        state = request.query_params.get("state", "")
        browser = read_cookie(runtime.settings, request.cookies, ATTEMPT) or ""
        attempt = None
        if browser and 0 < len(state) <= LONGEST:
            async with runtime.database.unit_of_work(Client.of(request)) as session:
                attempt = await take_attempt(session, connection.provider, state=state, browser=browser)
        if attempt is None:
            runtime.refusals.note(ANONYMOUS, Client.of(request), ErrorCode.UNAUTHENTICATED, f"GET {CALLBACK}")
            return _begin_again("This sign-in was used already, took longer than ten minutes, or began elsewhere.")
        try:
            return await self._finish(request, runtime, connection, attempt)
        except ProviderError as error:
            return _away(connection, error)
        except TokenError as error:
            return await _refused(request, connection, RefusedError("token", str(error)))
        except RefusedError as error:
            return await _refused(request, connection, error)

    async def _finish(self, request: Request, runtime: Runtime, connection: Connection, attempt: Attempt) -> Response:
        code, metadata = request.query_params.get("code", ""), await connection.metadata()
        issuer = request.query_params.get("iss")
        # RFC 9207 §2.4: an answer that another provider gave must not be taken to this one.
        if (issuer is not None or metadata.names_itself) and issuer != connection.provider.issuer:
            raise TokenError("the answer came from another issuer")
        if "error" in request.query_params or not 0 < len(code) <= LONGEST:
            said = request.query_params.get("error", "no code")[:80]
            log.info("sign-in through %s came to nothing: %r", connection.provider.key, said)
            return _begin_again(f"{connection.provider.title} did not sign you in.")
        claimed, id_token = await self._claimed(runtime, connection, attempt, code)
        lives = timedelta(hours=runtime.settings.session_hours)
        earlier = read_cookie(runtime.settings, request.cookies, SESSION)
        async with runtime.database.unit_of_work(Client.of(request)) as session:
            secret = await admit(session, connection.provider, claimed, id_token=id_token, lives=lives)
            await end_session(session, earlier or "")
        answer = RedirectResponse(attempt.return_to, 303, SAFE)
        set_cookie(runtime.settings, answer, SESSION, secret, seconds=int(lives.total_seconds()))
        clear_cookie(runtime.settings, answer, ATTEMPT)
        return answer

    async def _claimed(
        self, runtime: Runtime, connection: Connection, attempt: Attempt, code: str
    ) -> tuple[Claimed, str]:
        callback = _callback(runtime, connection)
        tokens = await exchange_code(connection, callback, code=code, verifier=attempt.verifier)
        id_token = tokens.get("id_token")
        claims = await read_id_token(connection, id_token, attempt.nonce, runtime.database.clock.now())
        return read_claims(connection.provider, await all_claims(connection, claims, tokens)), str(id_token)

    async def hear_logout(self, request: Request) -> Response:
        """End the sessions that a provider says are over (Back-Channel Logout 1.0 §2.5)."""
        runtime: Runtime = request.app.state.runtime
        try:
            token = (await read_form(request)).get("logout_token", "")
            connection = self._meant(unverified_claims(token))
            told = await read_logout_token(connection, token, runtime.database.clock.now())
            async with runtime.database.unit_of_work(Client.of(request)) as session:
                await end_provider_sessions(session, connection.provider, told)
        except (FormError, TokenError) as error:
            log.warning("a back-channel logout was refused: %s", error)
            return JSONResponse({"error": "invalid_request"}, 400, UNSTORED)
        except ProviderError as error:
            tell(error, "back-channel logout: the identity provider")
            return JSONResponse({"error": "temporarily_unavailable"}, 503, {**UNSTORED, "Retry-After": str(RETRY)})
        except Exception as error:
            if outage_of(error) is None:
                raise
            tell(error)
            again = {**UNSTORED, "Retry-After": str(RETRY_AFTER)}
            return JSONResponse({"error": "temporarily_unavailable"}, 503, again)
        return Response(status_code=200, headers=UNSTORED)

    def _meant(self, claims: dict[str, Any]) -> Connection:
        """The provider that a token says to be from, for the client that it says to be for."""
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        for connection in self._connections.values():
            if connection.provider.issuer == claims.get("iss") and connection.provider.client_id in audiences:
                return connection
        raise TokenError("it is from no provider of ours, or not for us")


def new_text() -> str:
    """256 random bits as text: long enough for a code verifier as well (RFC 7636 §4.1)."""
    return secrets.token_urlsafe(32)


def _callback(runtime: Runtime, connection: Connection) -> str:
    return f"{runtime.settings.base_url}{CALLBACK}/{connection.provider.key}"


def _unknown() -> Response:
    return message("No such provider", "There is no identity provider of this name.", again=LOGIN, status=404)


def _begin_again(text: str) -> Response:
    return message("Signing in did not work", text, hint="Begin again.", again=LOGIN, status=400)


def _away(connection: Connection, error: ProviderError) -> Response:
    tell(error, f"the identity provider {connection.provider.key}")
    page = message(
        "Signing in does not work at the moment",
        f"{connection.provider.title} can't be reached. Nothing is wrong with your account.",
        hint="Try again in a minute. A one-time link from an admin works meanwhile.",
        again=LOGIN,
        status=503,
    )
    page.headers["Retry-After"] = str(RETRY)
    return page


async def _refused(request: Request, connection: Connection, refusal: RefusedError) -> Response:
    """The same page whatever the cause: only auditors read it."""
    runtime: Runtime = request.app.state.runtime
    client = Client.of(request)
    if told_apart(runtime, client):
        async with runtime.database.unit_of_work(client) as session:
            refuse_sign_in(session, connection.provider, refusal.cause, str(refusal))
    else:
        runtime.refusals.note(ANONYMOUS, client, ErrorCode.FORBIDDEN, f"GET {CALLBACK}")
    return message(
        "You can't come in with this account",
        "Muster did not accept this sign-in.",
        hint="If you should have access, ask an admin: they find the reason in the audit trail.",
        again=LOGIN,
        status=403,
    )
