"""References of incidents as an argument, which a shell completes from those that are open."""

import click
from click.shell_completion import CompletionItem

from server.remote.api import Api
from server.remote.documents import REFERENCES


def _open(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Open incidents whose reference begins so; none if the server does not answer, for completion asks nothing."""
    try:
        found = Api.of(None).ask(REFERENCES, text=incomplete or None)["incidents"]["nodes"]
    except click.ClickException:
        return []
    return [CompletionItem(each["reference"], help=each["title"]) for each in found]


incident = click.argument("incident", metavar="INCIDENT", shell_complete=_open)
