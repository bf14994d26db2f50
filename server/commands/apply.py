"""`muster apply`."""

from collections.abc import Sequence

import click

from server.remote.api import Api
from server.remote.desired.files import KINDS, read_files
from server.remote.desired.plan import Change, plan, read_present
from server.remote.desired.saving import save
from server.remote.failures import DIFFERS, FaultyError
from server.remote.options import reading
from server.remote.output import Output

COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@click.command()
@reading
@click.argument("paths", nargs=-1, metavar="[FILE|FOLDER|-]...")
@click.option(
    "-f", "--file", "files", multiple=True, metavar="FILE|FOLDER|-", help="The same as an argument. Repeatable."
)
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--exit-code", is_flag=True, help=f"With --dry-run: exit with {DIFFERS} if anything would change.")
@click.option("--yes", "-y", "sure", is_flag=True, help="Change it without asking.")
def apply(
    out: Output, api: Api, paths: Sequence[str], files: Sequence[str], *, dry_run: bool, exit_code: bool, sure: bool
) -> None:
    """Bring a server to what YAML files say: teams, services, components, workflows and more.

    It shows the difference first, and at a terminal asks. What files don't name stays as it is; what they say already
    holds is left alone. docs/guides/cli.md lists kinds and fields.
    """
    if not (given := [*paths, *files]):
        raise FaultyError(
            "Nothing to apply.", code="USAGE", field="file", hint="Name a file, a folder, or - for a pipe."
        )
    if exit_code and not dry_run:
        raise FaultyError("--exit-code goes with --dry-run.", code="USAGE", field="exit-code")
    wanted = read_files(given)
    present = read_present(api, wanted, KINDS)
    changes = plan(wanted, present, KINDS)
    differing = [change for change in changes if change.action != "unchanged"]
    show_changes(out, changes)
    if not dry_run and differing:
        if out.asks and not sure:
            click.confirm(f"Change {_counted(len(differing))}?", abort=True, err=True)
        save(api, changes, present, lambda change: tell_change(out, change))
    if out.as_json:
        out.json({"changes": [change.as_values() for change in changes], "applied": not dry_run})
    if dry_run and exit_code and differing:
        raise click.exceptions.Exit(DIFFERS)


def show_changes(out: Output, changes: Sequence[Change]) -> None:
    """What would change, for people."""
    if out.as_json:
        return
    differing = [change for change in changes if change.action != "unchanged"]
    for change in differing:
        for line in change.diff.splitlines():
            bold = line.startswith(("---", "+++"))
            out.say(line, style="bold" if bold else COLOURS.get(line[:1], ""))
    same = len(changes) - len(differing)
    out.aside(f"{_counted(len(differing))} to change, {same} as they should be.")


def tell_change(out: Output, change: Change) -> None:
    """What was changed, as it is."""
    if not out.as_json:
        out.say(f"{change.wanted.kind.name} {change.wanted.key}: {change.action}")


def _counted(number: int) -> str:
    return "1 thing" if number == 1 else f"{number} things"
