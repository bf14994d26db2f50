"""References as arguments and options, which a shell completes: of open incidents, of silences, of what they are for.

A server that does not answer offers none, for completion asks nothing.
"""

import os

import click
from click.shell_completion import CompletionItem

from server.remote.api import Api
from server.remote.documents import ALERT_SOURCES, REFERENCES, SERVICES, SILENCES
from server.remote.silences import lasts, told


def _api() -> Api:
    """The server of MUSTER_URL, else the usual one: options are not read yet while a shell completes."""
    return Api.of(os.environ.get("MUSTER_URL"))


def _open(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Open incidents whose reference begins so; none if the server does not answer, for completion asks nothing."""
    try:
        found = _api().ask(REFERENCES, text=incomplete or None)["incidents"]["nodes"]
    except click.ClickException:
        return []
    return [CompletionItem(each["reference"], help=each["title"]) for each in found]


incident = click.argument("incident", metavar="INCIDENT", shell_complete=_open)


def _silences(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The silences that are not over."""
    try:
        found = _api().ask(SILENCES)["silences"]
    except click.ClickException:
        return []
    return [CompletionItem(s["id"], help=told(s)) for s in found if lasts(s) and s["id"].startswith(incomplete)]


def offered_sources(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The alert sources in use whose name begins so."""
    return _offered(ALERT_SOURCES, "alertSources", "name", incomplete)


def offered_services(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The services in use whose slug begins so."""
    return _offered(SERVICES, "services", "slug", incomplete)


def _offered(document: str, listing: str, key: str, incomplete: str) -> list[CompletionItem]:
    try:
        found = _api().ask(document)[listing]
    except click.ClickException:
        return []
    begun = incomplete.lower()
    return [CompletionItem(each[key]) for each in found if not each["archived"] and each[key].lower().startswith(begun)]


silence = click.argument("silence", metavar="SILENCE", shell_complete=_silences)
