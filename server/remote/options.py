"""What every command that talks to a server can be told."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from server.remote.api import Api
from server.remote.failures import RemoteError
from server.remote.output import Output
from server.remote.servers import days_left

Command = Callable[..., None]

SOON = 3
"""Days before its end from which on a person is told that their token ends."""

at = click.option(
    "--server",
    "--url",
    "server",
    envvar="MUSTER_URL",
    metavar="URL",
    help="The server. Default: MUSTER_URL, else this machine's, else the one that you signed in to last.",
)
in_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, ask nothing.")
key = click.option(
    "--idempotency-key",
    metavar="TEXT",
    help="Give the command again with the same key within 24 hours, and it is done once.",
)


def saying(command: Command) -> Command:
    """A command that is given where its answer goes, `out`, and knows --json."""

    @in_json
    @wraps(command)
    def run(*args: Any, as_json: bool, **given: Any) -> None:
        try:
            command(Output(as_json=as_json), *args, **given)
        except RemoteError as error:
            error.as_json = as_json
            raise

    return run


def reading(command: Command) -> Command:
    """A command that asks a server: it is given `out` and `api`, and knows --server and --json."""

    @saying
    @at
    @wraps(command)
    def run(out: Output, *args: Any, server: str | None, **given: Any) -> None:
        command(out, _api(out, server), *args, **given)

    return run


def changing(command: Command) -> Command:
    """The same for a command that changes something; it knows --idempotency-key, too."""

    @saying
    @at
    @key
    @wraps(command)
    def run(out: Output, *args: Any, server: str | None, idempotency_key: str | None, **given: Any) -> None:
        command(out, _api(out, server, idempotency_key), *args, **given)

    return run


def _api(out: Output, server: str | None, key: str | None = None) -> Api:
    """The server, and at a terminal a word in time that one has to sign in anew."""
    api = Api.of(server, key)
    if out.terminal and (left := days_left(api.server)) is not None and 0 < left < SOON:
        out.aside(f"Your token ends in {max(1, round(24 * left))} h: `muster login` gives you another.")
    return api
