"""`muster silence list`."""

import click

from server.remote import when
from server.remote.api import Api
from server.remote.documents import SILENCES
from server.remote.options import reading
from server.remote.output import Output
from server.remote.silences import lasts, told


@click.command("list")
@reading
@click.option("--all", "everything", is_flag=True, help="Those that are over, too: the 200 that end last.")
def command(out: Output, api: Api, *, everything: bool) -> None:
    """List the silences that last or are to come, with --all those that are over, too."""
    found = [each for each in api.ask(SILENCES)["silences"] if everything or lasts(each)]
    if out.as_json:
        out.json({"silences": found})
        return
    rows = [
        (each["id"], told(each), when.absolute(each["startsAt"]), when.both(each["endsAt"]), each["author"]["name"],
         each["reason"])
        for each in found
    ]  # fmt: skip
    if rows:
        out.table(("Id", "Holds back", "From", "Until", "By", "Why"), rows, wide=("Holds back", "Why"))
    else:
        out.aside("No alerts are silenced.")
