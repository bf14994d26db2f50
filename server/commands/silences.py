"""`muster silence`: its commands, each in a module of its own."""

import click

from server.lazy import LazyGroup

SUMMARIES = {
    "add": "Hold back alerts for a while: those that have all of these labels, a source or a service.",
    "list": "List the silences that last or are to come, with --all those that are over, too.",
    "end": "End a silence now: what still fires is routed.",
}
"""How the help of each begins; tests/server/test_help.py holds the two together."""


@click.group(
    cls=LazyGroup,
    elsewhere={name: f"server.commands.silence.{name}" for name in SUMMARIES},
    summaries=SUMMARIES,
)
def silence() -> None:
    """Silences of a server's alerts: set, list and end them."""
