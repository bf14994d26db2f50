"""`muster import`: people, teams, schedules, policies and services of another on-call tool."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from server.commands.apply import show_changes, tell_change
from server.remote.api import Api
from server.remote.desired.files import KINDS, read_texts
from server.remote.desired.plan import Change, Present, plan, read_present
from server.remote.desired.saving import save
from server.remote.documents import ADD_OVERRIDE, OVERRIDES, SERVICE_NAMES, TEAM_NAMES
from server.remote.failures import DIFFERS, FaultyError
from server.remote.moving.documents import FILES, as_text, documents
from server.remote.moving.fetching import ADDRESSES, fetch
from server.remote.moving.loading import load
from server.remote.moving.moved import Cover, Moved, Values
from server.remote.options import reading
from server.remote.output import Output
from server.remote.people import people_at

VENDORS = {name: name.replace("-", "_") for name in ("opsgenie", "pagerduty", "grafana-oncall", "goalert")}
"""The tools, and the module of server.remote.moving that reads each."""


@click.command("import")
@reading
@click.argument("vendor", type=click.Choice(list(VENDORS)))
@click.argument("source", required=False, metavar="[FILE|FOLDER|-]")
@click.option("--from", "address", metavar="URL", help="Instead of a file: the address of the tool's API.")
@click.option(
    "--token", envvar="MUSTER_IMPORT_TOKEN", metavar="TEXT", help="The token for it. Better: MUSTER_IMPORT_TOKEN."
)
@click.option("--dry-run", is_flag=True, help="Show what would change and what is lost, and change nothing.")
@click.option("--exit-code", is_flag=True, help=f"With --dry-run: exit with {DIFFERS} if anything would change.")
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the files for `muster apply` into a folder, and change nothing.",
)
@click.option("--yes", "-y", "sure", is_flag=True, help="Change it without asking.")
def command(
    out: Output,
    api: Api,
    vendor: str,
    source: str | None,
    address: str | None,
    token: str | None,
    *,
    dry_run: bool,
    exit_code: bool,
    folder: Path | None,
    sure: bool,
) -> None:
    """Take over people, teams, schedules, escalation policies and services of another on-call tool.

    It shows the difference first, and line by line what can't be carried over; at a terminal it asks. Again it does
    nothing twice: people are found by address, all else by name. docs/guides/migrating.md has the details.
    """
    if exit_code and not dry_run:
        raise FaultyError("--exit-code goes with --dry-run.", code="USAGE", field="exit-code")
    now = datetime.now(UTC)
    given = _given(vendor, source, address, token, now)
    moved: Moved = import_module(f"server.remote.moving.{VENDORS[vendor]}").read(given, now)
    wanted = documents(moved, _present_teams(api), api.ask(SERVICE_NAMES)["services"])
    known = {(person["email"] or "").lower() for person in people_at(api, moved.people)}
    wanted["Person"] = [each for each in wanted["Person"] if each["email"] not in known]
    texts = {FILES[kind]: as_text(each) for kind, each in wanted.items() if each}
    if folder is not None:
        _write(out, folder, texts, moved)
        return
    read = read_texts(texts.items())
    present = read_present(api, read, KINDS)
    changes = plan(read, present, KINDS)
    covers = _new_covers(api, moved, present)
    _show(out, moved, changes, covers)
    differing = [change for change in changes if change.action != "unchanged"]
    if not dry_run and (differing or covers):
        if out.asks and not sure:
            click.confirm("Carry all of this over?", abort=True, err=True)
        save(api, changes, present, lambda change: tell_change(out, change))
        _cover(out, api, covers)
    if out.as_json:
        out.json(_as_values(moved, changes, covers, applied=not dry_run))
    if dry_run and exit_code and (differing or covers):
        raise click.exceptions.Exit(DIFFERS)


def _given(vendor: str, source: str | None, address: str | None, token: str | None, now: datetime) -> Values:
    if source is not None:
        if address is not None:
            raise FaultyError("Name a file or an address, not both.", code="USAGE", field="from")
        return load(source)
    if address is None and vendor not in ADDRESSES:
        hint = "muster import --help"
        raise FaultyError("Name a file, or with --from the address of its API.", code="USAGE", field="file", hint=hint)
    if not token:
        hint = "Set MUSTER_IMPORT_TOKEN, or name a file."
        raise FaultyError("There is no token for its API.", code="USAGE", field="token", hint=hint)
    return fetch(vendor, address, token, now)


def _present_teams(api: Api) -> list[Values]:
    return [
        {**team, "members": [person["email"] for person in team["members"] if person["email"]]}
        for team in api.ask(TEAM_NAMES)["teams"]
    ]


def _new_covers(api: Api, moved: Moved, present: Present) -> list[Cover]:
    """The overrides that a schedule does not have yet."""
    here: set[tuple[Any, ...]] = set()
    names = {cover.schedule for cover in moved.covers}
    for name in sorted(names):
        if present.find("Schedule", "name", name) is None:
            continue
        for each in api.ask(OVERRIDES, ref=name)["schedule"]["overrides"]:
            email = (each["user"]["email"] or "").lower() if each["user"] else None
            here.add((name, email, datetime.fromisoformat(each["endsAt"])))
    # Where one has begun there, it begins here when it is carried over: its end is what tells it.
    return [each for each in moved.covers if (each.schedule, each.person, each.ends_at) not in here]


def _cover(out: Output, api: Api, covers: Sequence[Cover]) -> None:
    if not covers:
        return
    ids = {
        (person["email"] or "").lower(): person["id"]
        for person in people_at(api, [each.person for each in covers if each.person is not None])
    }
    for each in covers:
        given = {"schedule": each.schedule, "endsAt": each.ends_at.isoformat(), "startsAt": each.starts_at.isoformat()}
        api.put(ADD_OVERRIDE, {**given, "user": ids[each.person] if each.person is not None else None})
        if not out.as_json:
            out.say(f"{_told(each)}: added")


def _told(cover: Cover) -> str:
    span = f"{cover.starts_at:%Y-%m-%d %H:%M} to {cover.ends_at:%Y-%m-%d %H:%M} UTC"
    return f"Override {cover.schedule}, {cover.person or 'nobody'}, {span}"


def _show(out: Output, moved: Moved, changes: Sequence[Change], covers: Sequence[Cover]) -> None:
    if out.as_json:
        return
    show_changes(out, changes)
    for each in covers:
        out.say(f"+{_told(each)}", style="green")
    _lost(out, moved)


def _lost(out: Output, moved: Moved) -> None:
    for what, words in moved.losses:
        out.say(f"! {what}: {words}", style="yellow")


def _write(out: Output, folder: Path, texts: dict[str, str], moved: Moved) -> None:
    """The files, for `muster apply`. Overrides are in none: what is there only for days is no setting."""
    if moved.covers:
        moved.lose("overrides", f"{len(moved.covers)} to come: an import without --out carries them over.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise FaultyError(f"Can't write to {folder}: {error.strerror}.", code="USAGE", field="out") from error
    if out.as_json:
        out.json({"files": [str(folder / name) for name in texts], "lost": _losses(moved)})
        return
    for name in texts:
        out.say(str(folder / name))
    _lost(out, moved)


def _losses(moved: Moved) -> list[Values]:
    return [{"what": what, "words": words} for what, words in moved.losses]


def _as_values(moved: Moved, changes: Sequence[Change], covers: Sequence[Cover], *, applied: bool) -> Values:
    told = [
        {"schedule": c.schedule, "user": c.person, "startsAt": c.starts_at.isoformat(), "endsAt": c.ends_at.isoformat()}
        for c in covers
    ]
    listed = [change.as_values() for change in changes]
    return {"changes": listed, "overrides": told, "lost": _losses(moved), "applied": applied}
