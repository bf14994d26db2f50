"""`muster silence end`."""

import click

from server.remote.api import Api
from server.remote.documents import END_SILENCE
from server.remote.options import changing
from server.remote.output import Output
from server.remote.references import silence
from server.remote.silences import told


@click.command("end")
@changing
@silence
def command(out: Output, api: Api, silence: str) -> None:
    """End a silence now: what still fires is routed."""
    payload = api.change(END_SILENCE, silence=silence)
    out.done(f"Ended: {told(payload['silence'])}.", payload)
