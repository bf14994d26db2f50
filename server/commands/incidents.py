"""`muster incident`: the commands that responders use, each in a module of its own."""

import click

from server.lazy import LazyGroup

SUMMARIES = {
    "declare": "Declare an incident. At a terminal it asks for what is missing.",
    "list": "List incidents, the newest first.",
    "show": "Show an incident: who does what, what is owed, what happened last.",
    "stage": "Take an incident to another stage.",
    "role": "Give a role on an incident to somebody, or give it back.",
    "note": "Write a line on an incident's timeline.",
    "update": "Publish an update for colleagues, or for customers.",
    "watch": "Follow what happens on an incident, and go on after a lost connection.",
}
"""How the help of each begins; tests/server/test_help.py holds the two together."""


@click.group(
    cls=LazyGroup,
    elsewhere={name: f"server.commands.incident.{name}" for name in SUMMARIES},
    summaries=SUMMARIES,
)
def incident() -> None:
    """Incidents of a server: declare, look at, work on and follow them."""
