"""Whatever comes to `/auth/…` and `/oauth/…`: no fault, no way to another site, nothing reflected, nothing stored.

The routes are taken from the application: a new one is tried without a line here.
"""

import asyncio
import re
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from actions.sign_in import ensure_admin, open_session
from auth.cookies import ATTEMPT, SESSION
from core.db import Database
from core.live import Live
from core.runtime import Runtime
from core.secrets import Secrets
from core.settings import Settings
from server.asgi import build_app
from server.doors import DOORS
from server.headers import ALWAYS
from tests.conftest import MovedClock
from tests.console.oauth import BASE, DEVICE_GRANT
from tests.effort import effort
from tests.issuer import issuing
from tests.unwrapped import unwrapped

FOREIGN = "evil.example"
MARK = "<m7 a='\">"
"""What may come back only as text."""
SECURE = f"__Host-{SESSION}"
SESSIONS = 20

WORDS = [
    *("", "sso", "other", "x" * 600, MARK, f"/{MARK}", "/console", f"//{FOREIGN}", f"https://{FOREIGN}/", "msl_x", "é"),
    *(f"{BASE}@{FOREIGN}", f"/%0d%0aX-{FOREIGN}: 1", "\r\nSet-Cookie: a=b", "\x00", "javascript:alert(1)", "mst_x"),
    *(f"/\\{FOREIGN}", f"/\t/{FOREIGN}", f"/.//{FOREIGN}", "access_denied", "client_credentials", DEVICE_GRANT),
    *("muster-cli", "approve", "deny", "BCDF-GHJK"),
]
NAMES = [
    *("next", "state", "code", "iss", "error", "error_description", "user_code", "decision", "logout_token", "token"),
    *("grant_type", "client_id", "client_secret", "device_code", "scope", "redirect_uri", "return_to", "secret"),
]
texts = some.sampled_from(WORDS) | some.text(max_size=30)
fields = some.dictionaries(some.sampled_from(NAMES) | some.text(max_size=8), texts, max_size=5)
printable = some.text(some.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=20)
values = printable | some.sampled_from([MARK, FOREIGN, f"https://{FOREIGN}", "null", "", "Basic Og==", "Bearer x"])
HEADERS = {
    "host": some.sampled_from(["muster.example.org", FOREIGN, f"{FOREIGN}:80"]),
    "origin": some.sampled_from([BASE, "null", f"https://{FOREIGN}"]) | printable,
    "sec-fetch-site": some.sampled_from(["same-origin", "same-site", "cross-site", "none", ""]),
    "content-type": some.sampled_from(["application/x-www-form-urlencoded", "text/plain", "application/json", ""]),
    **dict.fromkeys(("x-forwarded-host", "forwarded", "referer", "authorization", "user-agent", "accept"), values),
}
METHODS = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]


def doors_of(app):
    """The paths of every route behind the doors."""
    paths = [route.path for route in unwrapped(app).routes if route.path.startswith(DOORS)]
    assert len(paths) > 8
    return paths


def ways(app):
    """Addresses of them, each parameter filled with anything."""

    def filled(path):
        part = texts.map(lambda text: quote(text, safe="")) | some.sampled_from(["sso", "msl_x"])
        return part.map(lambda text: re.sub(r"\{[^}]*\}", lambda _: text or "x", path))

    return some.sampled_from(doors_of(app)).flatmap(filled)


@contextmanager
def doors(fresh_database, template):
    """A runner, the application with a provider, that provider's address, and cookies of people who are signed in."""
    with fresh_database(template) as url, asyncio.Runner() as runner:
        stack = AsyncExitStack()
        clock = MovedClock(datetime(2026, 11, 24, 3, 0, tzinfo=UTC))
        database = Database(url, clock=clock, pool_size=3, secrets=Secrets(["tests"]))

        async def opened():
            issuer = await stack.enter_async_context(issuing(clock))
            stack.push_async_callback(database.close)
            async with database.unit_of_work() as session:
                admin = await ensure_admin(session)
                cookies = [open_session(session, admin, lives=timedelta(days=1)) for _ in range(SESSIONS)]
            return issuer.address, cookies

        provider, cookies = runner.run(opened())
        given = {"MUSTER_PUBLIC_URL": BASE, "OIDC_ISSUER": provider, "OIDC_CLIENT_ID": "muster"}
        app = build_app(Runtime(Settings(**given, MUSTER_RATE_COST_PER_MINUTE=0), database, Live(database)))
        try:
            yield runner, app, provider, cookies
        finally:
            runner.run(stack.aclose())


def leads_astray(location, provider):
    """Whether a Location leaves our origin for another place than the provider, with a way back that is ours."""
    parts = urlsplit(location)
    if not parts.scheme and not parts.netloc:
        return not location.startswith("/") or location.startswith(("//", "/\\"))
    back = parse_qs(parts.query).get("redirect_uri") or parse_qs(parts.query).get("post_logout_redirect_uri") or [""]
    there = location.startswith((f"{provider}/authorize?", f"{provider}/end?"))
    return not (there and back[0].startswith(f"{BASE}/auth/"))


def judge(answer, provider):
    """What holds for every answer of every door."""
    assert answer.status_code < 500
    assert not leads_astray(answer.headers.get("location", "/"), provider)
    assert answer.headers.get("cache-control") == "no-store"
    assert {name for name in ALWAYS if name not in answer.headers} == set()
    assert "strict-transport-security" in answer.headers
    assert "access-control-allow-origin" not in answer.headers
    if "html" in answer.headers.get("content-type", ""):
        assert "<m7" not in answer.text
        assert f'"https://{FOREIGN}' not in answer.text
    for cookie in answer.headers.get_list("set-cookie"):
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= set(cookie.lower().split("; "))
        assert cookie.startswith("__Host-")
        assert FOREIGN not in cookie


async def ask(app, method, path, query, form, headers, cookies):
    sent = {name: value.encode("latin-1") for name, value in headers.items()}
    sent["cookie"] = "; ".join(f"{name}={quote(value, safe='')}" for name, value in cookies.items()).encode()
    body = form if isinstance(form, bytes) else urlencode(form, errors="replace").encode()
    transport = httpx.ASGITransport(app, client=("198.51.100.7", 5000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
        address = f"{path}?{urlencode(query, errors='replace')}" if query else path
        return await http.request(method, address, content=body, headers=sent)


def test_every_door_is_safe_whatever_comes(fresh_database, template):
    with doors(fresh_database, template) as (runner, app, provider, sessions):
        cookies = some.fixed_dictionaries(
            {}, optional={SECURE: some.sampled_from(sessions) | texts, SESSION: texts, f"__Host-{ATTEMPT}": texts}
        )

        @settings(
            max_examples=effort(60, 5000),
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(
            some.sampled_from(METHODS) | some.sampled_from(METHODS[:2]),
            ways(app),
            fields,
            fields | some.binary(max_size=60),
            some.fixed_dictionaries({}, optional=HEADERS),
            cookies,
        )
        def check(method, path, query, form, headers, brought):
            judge(runner.run(ask(app, method, path, query, form, headers, brought)), provider)

        check()


def test_every_door_is_safe_with_every_word_in_every_parameter(fresh_database, template):
    with doors(fresh_database, template) as (runner, app, provider, sessions):
        ours = {"origin": BASE, "sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
        for path in doors_of(app):
            for number, word in enumerate(WORDS):
                given, forged = dict.fromkeys(NAMES, word), {**ours, "host": FOREIGN, "x-forwarded-host": FOREIGN}
                there = re.sub(r"\{[^}]*\}", "sso", path)
                cookies = {SECURE: sessions[number % SESSIONS]}
                for method, query, form in (("GET", given, {}), ("POST", {}, given)):
                    for headers, brought in ((ours, cookies), (forged, {})):
                        judge(runner.run(ask(app, method, there, query, form, headers, brought)), provider)
