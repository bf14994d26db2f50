"""`muster incident declare`."""

from collections.abc import Sequence
from typing import Any

import click

from server.remote import when
from server.remote.api import Api
from server.remote.documents import DECLARE, OPEN_INCIDENTS, SEVERITIES
from server.remote.failures import FaultyError
from server.remote.likeness import similar
from server.remote.options import changing
from server.remote.output import Output, severity
from server.remote.people import find_person


@click.command("declare")
@changing
@click.argument("title", required=False)
@click.option("--severity", "-s", "severity_", metavar="NAME", help="How bad it is, such as SEV2.")
@click.option("--service", "services", multiple=True, metavar="SLUG", help="A service that it touches. Repeatable.")
@click.option("--summary", help="What is known so far, in Markdown.")
@click.option("--role", "roles", multiple=True, metavar="ROLE=PERSON", help="As commander=me. Repeatable.")
@click.option("--label", "labels", multiple=True, metavar="NAME=TEXT", help="Repeatable.")
@click.option(
    "--incident", "of", metavar="INCIDENT", help="Declare this one, which was reported, instead of a new one."
)
@click.option("--drill", is_flag=True, help="It is an exercise.")
@click.option("--private", is_flag=True, help="Only its members see it.")
@click.option("--member", "members", multiple=True, metavar="PERSON", help="Who sees a private one, too. Repeatable.")
@click.option("--impact-since", metavar="TIME", help="When it began to hurt: 2026-11-24T03:59Z, or 30m ago as 30m.")
@click.option("--yes", "-y", "sure", is_flag=True, help="Declare though others look alike.")
def command(
    out: Output,
    api: Api,
    title: str | None,
    severity_: str | None,
    services: Sequence[str],
    summary: str | None,
    roles: Sequence[str],
    labels: Sequence[str],
    of: str | None,
    members: Sequence[str],
    impact_since: str | None,
    *,
    drill: bool,
    private: bool,
    sure: bool,
) -> None:
    """Declare an incident. At a terminal it asks for what is missing.

    It shows what each severity means, and open incidents that look alike. With --json, or where there is no terminal,
    it asks nothing.
    """
    if title is None and of is None:
        title = _title(out)
    if out.asks and of is None and not sure:
        _show_similar(out, api, title or "", services)
    chosen = severity_ or _severity(out, api)
    payload = api.change(
        DECLARE,
        incident=of,
        title=title,
        severity=chosen,
        services=list(services) or None,
        summary=summary,
        labels=_pairs(labels, "label") or None,
        kind="DRILL" if drill else None,
        visibility="PRIVATE" if private else None,
        members=[find_person(api, member)["id"] for member in members] or None,
        roles=_roles(api, roles) or None,
        impactStartedAt=when.moment(impact_since, "impact-since") if impact_since else None,
    )
    found = payload["incident"]
    out.done(f"{found['reference']} is declared as {found['severity']['name']}: {found['url']}", payload)
    _what_now(out, found)


def _title(out: Output) -> str:
    if not out.asks:
        raise FaultyError(
            "An incident needs a title.", code="USAGE", field="title", hint="Say in a few words what is wrong."
        )
    return out.ask("What is wrong?")


def _severity(out: Output, api: Api) -> str:
    """The severity that somebody chooses, who sees what each means. FaultyError where nobody can be asked."""
    known = [each for each in api.ask(SEVERITIES)["severities"] if not each["archived"]]
    if not out.asks:
        told = "; ".join(f"{each['name']}: {each['definition'].split('.')[0]}" for each in known)
        raise FaultyError("An incident needs a severity.", code="USAGE", field="severity", hint=f"Give one of {told}.")
    out.table(("Severity", "When"), [(severity(each), each["definition"]) for each in known], wide=("When",))
    names = click.Choice([each["name"] for each in known], case_sensitive=False)
    return str(click.prompt("How bad is it?", type=names, show_choices=False, prompt_suffix=" ", err=True))


def _show_similar(out: Output, api: Api, title: str, services: Sequence[str]) -> None:
    """Show open incidents that look alike, and have it confirmed that this is another; ends the command if not."""
    found = similar(title, services, api.ask(OPEN_INCIDENTS)["incidents"]["nodes"])
    if not found:
        return
    out.say("These are open and look alike:")
    out.table(
        ("Incident", "Severity", "Stage", "Since", "Title"),
        [
            (
                each["reference"],
                severity(each["severity"]),
                each["stage"],
                when.relative(each["declaredAt"] or each["detectedAt"]),
                each["title"],
            )
            for each in found
        ],
        wide=("Title",),
    )
    click.confirm("Is it another one?", default=True, abort=True, err=True)


def _what_now(out: Output, found: dict[str, Any]) -> None:
    if not out.terminal:
        return
    if found["unfilledRoles"]:
        names = ", ".join(role["name"] for role in found["unfilledRoles"])
        out.say(f"Nobody holds yet: {names}. `muster incident role {found['reference']} ROLE me`", style="yellow")
    for each in found["similar"]:
        shared = ", ".join(reason["text"] for reason in each["reasons"][:4])
        other = each["incident"]
        out.say(f"Similar: {other['reference']} ({other['stage'].lower()}): {other['title']}; {shared}", style="dim")


def _pairs(given: Sequence[str], field: str) -> dict[str, str]:
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise FaultyError(f"{text!r} is not NAME=VALUE.", code="USAGE", field=field)
        found[name.strip()] = value.strip()
    return found


def _roles(api: Api, given: Sequence[str]) -> list[dict[str, str]]:
    people = _pairs(given, "role")
    return [{"role": role, "user": find_person(api, person)["id"]} for role, person in people.items()]
