"""`muster login`, `muster whoami`, `muster logout`: a person's own credentials on the command line (RFC 8628)."""

import time
from typing import Any

import click
import httpx

from actions.oauth.metadata import METADATA_PATH
from actions.oauth.parties import COMMAND_LINE
from auth.scope import Scope
from server.commands import credentials
from server.startup import read_settings

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPES = ("incidents:read", "incidents:write", "updates:publish", "alerts:write", "postmortems:write")
"""What `muster login` asks for if nobody says: the work on incidents, nothing of an admin."""

SLOWER = 5
SECONDS = 10.0
"""How long the server may take to answer."""

WHO = "{ viewer { kind name user { email } } }"

at = click.option("--url", envvar="MUSTER_URL", metavar="URL", help="The server. Default: MUSTER_URL, else this one.")


@click.command()
@at
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What to ask for; may be repeated.",
    metavar="SCOPE",
)
def login(url: str | None, scopes: tuple[str, ...]) -> None:
    """Sign in with the browser, here or on another device, and keep a token for 30 days."""
    server = _address(url)
    about = _about(server)
    asked = _ask(
        about["device_authorization_endpoint"],
        client_id=COMMAND_LINE,
        scope=" ".join(scopes or SCOPES),
    )
    if "device_code" not in asked:
        raise _failed(asked)
    click.echo(f"Open {asked['verification_uri']} and enter the code\n\n    {asked['user_code']}\n")
    click.echo(f"or open {asked['verification_uri_complete']}\nWaiting until you let this device in …")
    token = _poll(about["token_endpoint"], asked)
    credentials.write({**credentials.read(), server: token})
    click.echo(f"{_viewer(server, token)} The token is in {credentials.path()}.")


@click.command()
@at
def whoami(url: str | None) -> None:
    """Show who you are to the server."""
    server = _address(url)
    click.echo(_viewer(server, _kept(server)))


@click.command()
@at
def logout(url: str | None) -> None:
    """End the token at the server, and forget it here."""
    server = _address(url)
    token = _kept(server)
    answer = _ask(_about(server)["revocation_endpoint"], client_id=COMMAND_LINE, token=token)
    if "error" in answer:
        raise _failed(answer)
    credentials.write({key: kept for key, kept in credentials.read().items() if key != server})
    click.echo(f"Signed out of {server}.")


def _address(url: str | None) -> str:
    return (url or read_settings().base_url).rstrip("/")


def _kept(server: str) -> str:
    token = credentials.read().get(server)
    if token is None:
        raise click.ClickException(f"you are not signed in to {server}: run `muster login --url {server}`")
    return token


def _about(server: str) -> dict[str, Any]:
    """What the server says of itself; its own name must be the one that we know it by (RFC 8414 §3.3)."""
    about = _read(_send("GET", server + METADATA_PATH), server)
    wanted = ("token_endpoint", "device_authorization_endpoint", "revocation_endpoint")
    if not all(isinstance(about.get(key), str) for key in ("issuer", *wanted)):
        raise click.ClickException(f"{server} does not look like a Muster server")
    if about["issuer"] != server:
        raise click.ClickException(
            f"the server at {server} calls itself {about['issuer']}: use `--url {about['issuer']}`,"
            " or set its MUSTER_PUBLIC_URL"
        )
    return about


def _poll(endpoint: str, asked: dict[str, Any]) -> str:
    """The token, once a person has decided; asks no oftener than the server wants (RFC 8628 §3.5)."""
    interval, end = int(asked.get("interval", 5)), time.monotonic() + int(asked["expires_in"])
    while time.monotonic() < end:
        time.sleep(interval)
        answer = _ask(endpoint, grant_type=DEVICE_GRANT, device_code=asked["device_code"], client_id=COMMAND_LINE)
        if "access_token" in answer:
            return str(answer["access_token"])
        match answer.get("error"):
            case "authorization_pending" | "temporarily_unavailable":
                continue
            case "slow_down":
                interval += SLOWER
            case "access_denied":
                raise click.ClickException("you turned this device away; nothing was kept")
            case "expired_token":
                break
            case _:
                raise _failed(answer)
    raise click.ClickException("nobody let this device in within ten minutes: run `muster login` again")


def _viewer(server: str, token: str) -> str:
    """A sentence that says who a token belongs to."""
    answer = _send("POST", f"{server}/graphql", json={"query": WHO}, headers={"Authorization": f"Bearer {token}"})
    body = _read(answer, server)
    if body.get("errors"):
        first = body["errors"][0]
        raise click.ClickException(f"{first.get('message')} Run `muster login --url {server}`.")
    viewer = body["data"]["viewer"]
    email = f" <{viewer['user']['email']}>" if viewer.get("user") else ""
    return f"You are {viewer['name']}{email} on {server}."


def _ask(endpoint: str, **form: str) -> dict[str, Any]:
    return _read(_send("POST", endpoint, data=form), endpoint)


def _send(method: str, url: str, **more: Any) -> httpx.Response:
    try:
        return httpx.request(
            method, url, timeout=SECONDS, headers={"User-Agent": "muster", **more.pop("headers", {})}, **more
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise click.ClickException(f"can't reach {url}: {error or type(error).__name__}. Does it run?") from error


def _read(answer: httpx.Response, server: str) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError as error:
        raise click.ClickException(f"{server} answered {answer.status_code}, which Muster does not") from error
    if not isinstance(body, dict):
        raise click.ClickException(f"{server} answered something that Muster does not")
    return body


def _failed(answer: dict[str, Any]) -> click.ClickException:
    return click.ClickException(f"the server refused ({answer.get('error')}): {answer.get('error_description', '')}")
