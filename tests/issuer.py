"""A small identity provider on loopback that says whatever a test wants: honest by default, forged on demand."""

import base64
import hashlib
import hmac
import json
from contextlib import asynccontextmanager
from itertools import count
from urllib.parse import parse_qs, parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.journeys.product import serving


def part(content):
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


class Issuer:
    """`claims` are added to every token (None takes one out); `forge` makes something else of header and claims."""

    def __init__(self, clock):
        self.clock = clock
        self.address = None
        self.keys = [RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})]
        self.claims = {}
        self.forge = self.signed
        self.calls_itself = None
        self.down = False
        self.asked = []
        self._waiting = {}
        self._numbers = count(1)

    def application(self):
        paths = {
            "/.well-known/openid-configuration": self._metadata,
            "/jwks": self._jwks,
            "/token": self._token,
        }
        return Starlette(routes=[Route(path, view, methods=["GET", "POST"]) for path, view in paths.items()])

    def signed(self, header, claims, key=None):
        key = key or self.keys[-1]
        header = {"alg": "RS256", "kid": key.kid, **header}
        return jwt.encode(header, claims, key, registry=JWSRegistry(algorithms=[header["alg"]]))

    def confused(self, header, claims):
        """What somebody would send who knows the public key only: HMAC, keyed with its text."""
        signed = f"{part({**header, 'alg': 'HS256', 'kid': self.keys[-1].kid})}.{part(claims)}"
        mac = hmac.digest(self.keys[-1].as_pem(private=False), signed.encode(), "sha256")
        return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    def said(self, **claims):
        """The claims of an honest token, and these."""
        moment = int(self.clock.moment.timestamp())
        standard = {"iss": self.address, "aud": "muster", "iat": moment, "exp": moment + 300}
        return {key: value for key, value in {**standard, **claims}.items() if value is not None}

    def authorize(self, location):
        """What the browser brings back from here: the query of the callback."""
        query = dict(parse_qsl(urlsplit(location).query))
        assert location.startswith(f"{self.address}/authorize?")
        assert query["code_challenge_method"] == "S256"
        code = f"code-{next(self._numbers)}"
        self._waiting[code] = query
        return {"state": query["state"], "code": code, "iss": self.address}

    def _answer(self, content, status=200):
        return JSONResponse({"error": "away"}, 503) if self.down else JSONResponse(content, status)

    async def _metadata(self, _):
        self.asked.append("metadata")
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        addresses = {name: f"{self.address}/{path}" for name, path in names.items()}
        end = {"end_session_endpoint": f"{self.address}/end", "authorization_response_iss_parameter_supported": True}
        return self._answer({"issuer": self.calls_itself or self.address, **addresses, **end})

    async def _jwks(self, _):
        self.asked.append("jwks")
        return self._answer({"keys": [key.as_dict(private=False) for key in self.keys]})

    async def _token(self, request):
        form = {key: values[0] for key, values in parse_qs((await request.body()).decode()).items()}
        asked = self._waiting.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if (
            asked is None
            or challenge.decode() != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return self._answer({"error": "invalid_grant"}, 400)
        person = {"sub": "s-1", "email": "nia@quillhaven.example", "email_verified": True, "name": "Nia Reyes"}
        claims = self.said(**{"nonce": asked["nonce"], "sid": "there-1", **person, **self.claims})
        return self._answer({"access_token": "a", "token_type": "Bearer", "id_token": self.forge({}, claims)})


@asynccontextmanager
async def issuing(clock):
    issuer = Issuer(clock)
    async with serving(issuer.application()) as address:
        issuer.address = address
        yield issuer
