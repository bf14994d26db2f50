"""`muster incident update`."""

from collections.abc import Sequence
from typing import Any

import click

from server.remote import when
from server.remote.api import Api
from server.remote.documents import COMPONENTS, PREVIEW, PUBLISH
from server.remote.failures import FaultyError
from server.remote.options import changing
from server.remote.output import Output
from server.remote.references import incident
from server.remote.texts import read_text
from server.remote.words import COMPONENT_STATUSES, PUBLIC_STATUSES


@click.command("update")
@changing
@incident
@click.argument("text", required=False)
@click.option("--public/--internal", default=False, help="For customers, or (as it is without either) for colleagues.")
@click.option("--status", type=click.Choice(PUBLIC_STATUSES, case_sensitive=False), help="A public one needs it.")
@click.option(
    "--component", "components", multiple=True, metavar="NAME=STATUS", help="How a component is now. Repeatable."
)
@click.option("--title", help="What customers read as the title from now on.")
@click.option("--next", "next_", metavar="TIME", help="When the next one is promised for: 45m, or a moment.")
@click.option("--quiet", is_flag=True, help="Tell nobody by mail or webhook.")
@click.option("--yes", "-y", "sure", is_flag=True, help="Publish without asking.")
def command(
    out: Output,
    api: Api,
    incident: str,
    text: str | None,
    status: str | None,
    components: Sequence[str],
    title: str | None,
    next_: str | None,
    *,
    public: bool,
    quiet: bool,
    sure: bool,
) -> None:
    """Publish an update for colleagues, or for customers.

    TEXT is Markdown; `-` reads it from standard input. Without it, at a terminal, an editor opens. At a terminal a
    public one is shown first, with how many it reaches.
    """
    if public and status is None and out.asks:
        status = click.prompt("Status", type=click.Choice(PUBLIC_STATUSES, case_sensitive=False), err=True)
    given = {
        "incident": incident,
        "audience": "PUBLIC" if public else "INTERNAL",
        "status": status,
        "body": read_text(out, text, "text"),
        "publicTitle": title,
        "components": _components(api, components),
        "nextUpdateBy": when.moment(next_, "next", ahead=True) if next_ else None,
        "notify": not quiet,
    }
    given = {name: value for name, value in given.items() if value is not None}
    if public and out.asks and not sure:
        _confirm(out, api, given)
    payload = api.change(PUBLISH, **given)
    update = payload["update"]
    promised = f" The next one is promised for {when.both(update['nextUpdateBy'])}." if update["nextUpdateBy"] else ""
    where = f" {update['incident']['publicUrl']}" if public and update["incident"]["publicUrl"] else ""
    out.done(f"Published on {update['incident']['reference']}.{where}{promised}", payload)


def _confirm(out: Output, api: Api, given: dict[str, Any]) -> None:
    """Show whom a public update reaches, and have it confirmed; ends the command if it is not."""
    seen = api.ask(PREVIEW, input=given)["previewUpdate"]
    told = ", ".join(f"{each['count']} by {each['channel'].lower()}" for each in seen["recipients"] if each["count"])
    out.say(given["body"])
    out.say(f"The status page will say: {seen['sentence']}", style="dim")
    out.say(f"Told: {told or 'no subscribers'}; colleagues by mail: {seen['colleagues']}.", style="dim")
    click.confirm("Publish this to customers?", abort=True, err=True)


def _components(api: Api, given: Sequence[str]) -> list[dict[str, str]] | None:
    if not given:
        return None
    known = [each for each in api.ask(COMPONENTS)["components"] if not each["archived"]]
    found = []
    for text in given:
        name, _, status = text.rpartition("=")
        status = status.strip().upper().replace("-", "_").replace(" ", "_")
        if status not in COMPONENT_STATUSES:
            raise FaultyError(
                f"{text!r} says nothing of a component.",
                code="USAGE",
                field="component",
                hint=f"Write NAME=STATUS; the statuses are {', '.join(COMPONENT_STATUSES)}.",
            )
        meant = [each for each in known if name.strip().lower() in (each["name"].lower(), each["id"].lower())]
        if len(meant) != 1:
            names = ", ".join(each["name"] for each in known)
            raise FaultyError(
                f"There is {'no' if not meant else 'more than one'} component {name.strip()!r}.",
                code="NOT_FOUND",
                field="component",
                hint=f"There are {names}." if names else None,
            )
        found.append({"component": meant[0]["id"], "status": status})
    return found
