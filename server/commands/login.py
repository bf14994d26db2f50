"""`muster login`, `muster whoami`, `muster logout`: a person's own credentials on the command line (RFC 8628)."""

import time
import webbrowser
from typing import Any

import click

from server.commands import credentials
from server.commands.credentials import Kept
from server.remote import when
from server.remote.api import Api
from server.remote.documents import VIEWER
from server.remote.failures import FaultyError, RefusedError, SignedOutError, UnreachableError
from server.remote.options import at, reading, saying
from server.remote.output import Output
from server.remote.servers import server_of
from server.remote.wire import send

CLIENT = "muster-cli"
"""actions.oauth.parties.COMMAND_LINE"""
METADATA_PATH = "/.well-known/oauth-authorization-server"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPES = ("incidents:read", "incidents:write", "updates:publish", "alerts:write", "postmortems:write")
"""What `muster login` asks for if nobody says: the work on incidents, nothing of an admin."""

SLOWER = 5
"""Seconds (RFC 8628 §3.5)."""


@click.command()
@saying
@at
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    metavar="SCOPE",
    help=f"What to ask for; may be repeated. Default: {', '.join(SCOPES)}.",
)
@click.option("--browser/--no-browser", default=False, help="Open the page in a browser of this machine.")
def login(out: Output, server: str | None, scopes: tuple[str, ...], *, browser: bool) -> None:
    """Sign in with the browser, here or on another device, and keep a token for 30 days."""
    where = server_of(server)
    about = _about(where)
    asked = _ask(about["device_authorization_endpoint"], client_id=CLIENT, scope=" ".join(scopes or SCOPES))
    if "device_code" not in asked:
        raise _failed(asked)
    click.echo(f"Open {asked['verification_uri']} and enter the code\n\n    {asked['user_code']}\n", err=out.as_json)
    click.echo(f"or open {asked['verification_uri_complete']}\nWaiting until you let this device in …", err=out.as_json)
    if browser:
        webbrowser.open(asked["verification_uri_complete"])
    kept = _poll(about["token_endpoint"], asked)
    credentials.keep(where, kept)
    who = _viewer(Api(where, kept.token))
    out.done(f"{_sentence(who)} The token is in {credentials.path()}.", who)


@click.command()
@reading
def whoami(out: Output, api: Api) -> None:
    """Show who you are to the server."""
    who = _viewer(api)
    out.done(_sentence(who), who)
    if out.terminal and who["token"] and who["token"]["expiresAt"]:
        out.say(f"The token expires {when.both(who['token']['expiresAt'])}.")


@click.command()
@saying
@at
def logout(out: Output, server: str | None) -> None:
    """End the token at the server, and forget it here."""
    where = server_of(server)
    kept = credentials.read().get(where)
    if kept is None:
        raise SignedOutError(f"You are not signed in to {where}.", code="UNAUTHENTICATED")
    answer = _ask(_about(where)["revocation_endpoint"], client_id=CLIENT, token=kept.token)
    if "error" in answer:
        raise _failed(answer)
    credentials.forget(where)
    out.done(f"Signed out of {where}.", {"server": where})


def _about(server: str) -> dict[str, Any]:
    """What the server says of itself; its own name must be the one that we know it by (RFC 8414 §3.3)."""
    about = send(server + METADATA_PATH).body
    wanted = ("token_endpoint", "device_authorization_endpoint", "revocation_endpoint")
    if not all(isinstance(about.get(key), str) for key in ("issuer", *wanted)):
        raise UnreachableError(f"{server} does not look like a Muster server.", code="UNREACHABLE")
    if about["issuer"] != server:
        raise FaultyError(
            f"The server at {server} calls itself {about['issuer']}.",
            code="USAGE",
            field="server",
            hint=f"Say `--server {about['issuer']}`, or set its MUSTER_PUBLIC_URL.",
        )
    return about


def _poll(endpoint: str, asked: dict[str, Any]) -> Kept:
    """The token, once a person has decided; asks no oftener than the server wants (RFC 8628 §3.5)."""
    interval, end = int(asked.get("interval", 5)), time.monotonic() + int(asked["expires_in"])
    while time.monotonic() < end:
        time.sleep(interval)
        answer = _asked_patiently(endpoint, asked["device_code"])
        if "access_token" in answer:
            lives = answer.get("expires_in")
            return Kept(str(answer["access_token"]), None if lives is None else round(time.time() + int(lives)))
        match answer.get("error"):
            case "authorization_pending" | "temporarily_unavailable":
                continue
            case "slow_down":
                interval += SLOWER
            case "access_denied":
                raise RefusedError("You turned this device away; nothing was kept.", code="access_denied")
            case "expired_token":
                break
            case _:
                raise _failed(answer)
    raise SignedOutError(
        "Nobody let this device in while the code was good.", code="expired_token", hint="Run `muster login` again."
    )


def _asked_patiently(endpoint: str, device_code: str) -> dict[str, Any]:
    """An answer of the token endpoint; a lost connection is like one that says: later (RFC 8628 §3.5)."""
    try:
        return _ask(endpoint, grant_type=DEVICE_GRANT, device_code=device_code, client_id=CLIENT)
    except UnreachableError:
        return {"error": "slow_down"}


def _viewer(api: Api) -> dict[str, Any]:
    """Who a token belongs to, as `whoami --json` has it."""
    viewer = api.ask(VIEWER)["viewer"]
    tokens = viewer.pop("tokens") or []
    return {"server": api.server, **viewer, "token": next((token for token in tokens if token["current"]), None)}


def _sentence(who: dict[str, Any]) -> str:
    email = f" <{who['user']['email']}>" if who.get("user") else ""
    return f"You are {who['name']}{email} on {who['server']}."


def _ask(endpoint: str, **form: str) -> dict[str, Any]:
    return send(endpoint, form=form).body


def _failed(answer: dict[str, Any]) -> RefusedError:
    return RefusedError(
        f"The server refused: {answer.get('error_description') or answer.get('error')}",
        code=str(answer.get("error", "INTERNAL")),
    )
