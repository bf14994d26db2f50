"""What the pages of the console share: templates, headers, who looks at them, and what they say in an outage."""

import re
from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache, wraps
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from auth.actor import Actor
from auth.cookies import SESSION, read_cookie
from auth.identify import Identity, identify
from console.hints import in_words
from core.client import Client
from core.ids import encode
from core.outage import RETRY_AFTER, outage_of, tell
from core.runtime import Runtime
from models.facts.base import calendar_day
from statuspage.markdown import html_of

HERE = Path(__file__).parent
HOME = "/console"
LOGIN = "/auth/login"
SELECTS = 256
"""Lists of choices whose HTML is kept, by what is in them: a page has dozens, and they seldom change."""

View = Callable[[Request], Awaitable[Response]]

pages = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def with_commands(text: str) -> Markup:
    """A text as HTML, with what stands between backticks as code: our messages are written for terminals too."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped before)


@lru_cache(SELECTS)
def _options(choices: tuple[tuple[object, object], ...], chosen: str) -> Markup:
    option, picked = Markup('<option value="{}"{}>{}</option>'), Markup(" selected")
    return Markup("").join(option.format(key, picked if str(key) == chosen else "", words) for key, words in choices)


pages.filters["options"] = lambda choices, chosen: _options(tuple(choices), chosen)
pages.filters["with_commands"] = with_commands
pages.filters["hint"] = lambda text: with_commands(in_words(text))
pages.filters["markdown"] = lambda text, heading="h3": html_of(text, heading)
pages.globals["encode"] = encode
pages.filters["day"] = calendar_day

SAFE = {
    "X-Content-Type-Options": "nosniff",
    # With no-referrer, browsers would send `Origin: null` along with our own forms (Fetch §3.2), which we refuse.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
PLAIN_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def message(
    title: str,
    text: str,
    *,
    hint: str | None = None,
    status: int = 200,
    sign_out: bool = False,
    again: str | None = None,
    also_to: Iterable[str] = (),
) -> Response:
    """A page that says something. It may have a button that signs out, or a way to sign in again (an address).

    The form may lead on to the origins in `also_to`: browsers hold its redirects against the policy too.
    """
    page = pages.get_template("message.html").render(
        title=title, message=text, hint=hint, sign_out=sign_out, again=again
    )
    return html(page, status, PLAIN_POLICY.replace("form-action 'self'", " ".join(("form-action 'self'", *also_to))))


def html(page: str, status: int = 200, policy: str = PLAIN_POLICY) -> Response:
    """A page with the headers that all of ours have."""
    return HTMLResponse(page, status, {**SAFE, "Content-Security-Policy": policy})


def unless_away(view: View) -> View:
    """A page that stands for `view` while the database is away: 503, and when to come again."""

    @wraps(view)
    async def answer(request: Request) -> Response:
        try:
            return await view(request)
        except Exception as error:
            outage = outage_of(error)
            if outage is None:
                raise
            tell(error)
            page = message("Back in a moment", outage.message, hint="Load this page again soon.", status=503)
            page.headers["Retry-After"] = str(RETRY_AFTER)
            return page

    return answer


async def identity_of(request: Request) -> Identity:
    """Who is at the browser, and by which session: pages take cookies alone."""
    runtime: Runtime = request.app.state.runtime
    cookie = read_cookie(runtime.settings, request.cookies, SESSION)
    return await identify(runtime, Client.of(request), authorization=None, cookie=cookie)


async def who(request: Request) -> Actor:
    """Whose browser this is."""
    return (await identity_of(request)).actor
