"""What was read, as the documents that `muster apply` takes; limits of ours are kept, and what that costs is said."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from core.yaml_files import written_out
from models.schedule.plan import Layer, Window
from server.remote.moving.moved import Moved, Policy, Rota, Step, Target, Values

T = TypeVar("T")

SLUG = 60
STEPS, TARGETS, REPEATS, LONGEST = 20, 20, 9, 1440
LAYERS, PEOPLE, WINDOWS = 20, 100, 50
FILES = {
    "Person": "people.yaml",
    "Team": "teams.yaml",
    "Schedule": "schedules.yaml",
    "EscalationPolicy": "escalation-policies.yaml",
    "Service": "services.yaml",
}
"""Where the documents of each kind are written."""


def documents(moved: Moved, teams: Sequence[Values] = (), services: Sequence[Values] = ()) -> dict[str, list[Values]]:
    """Documents by kind. `teams` and `services` are those that are there already (slug, name, members' addresses).

    One of the same name is the same: it keeps its slug, and a team the people whom it has.
    """
    slugs = _slugs((team.name for team in moved.teams), teams)
    service_slugs = _slugs((service.name for service in moved.services), services)
    present = {str(team["name"]).lower(): team for team in teams}
    team_documents = []
    for team in moved.teams:
        here = present.get(team.name.lower(), {})
        members = list(dict.fromkeys([*map(str.lower, here.get("members") or []), *team.members]))
        document: Values = {"kind": "Team", "slug": slugs[team.name], "name": here.get("name") or team.name[:120]}
        team_documents.append({**document, "members": members, **({"manager": team.manager} if team.manager else {})})
    addresses = moved.addresses
    return {
        "Person": [{"kind": "Person", "email": address, "name": name} for address, name in moved.people.items()],
        "Team": team_documents,
        "Schedule": [_schedule(moved, rota, addresses, slugs) for rota in moved.rotas],
        "EscalationPolicy": [_policy(moved, policy, slugs) for policy in moved.policies],
        "Service": [
            {
                "kind": "Service",
                "slug": service_slugs[service.name],
                "name": service.name[:120],
                **({"owner": slugs[service.team]} if service.team is not None and service.team in slugs else {}),
                **({"escalation_policy": service.policy} if service.policy is not None else {}),
            }
            for service in moved.services
        ],
    }


def as_text(found: Iterable[Mapping[str, Any]]) -> str:
    """Documents as one YAML file."""
    return "".join(written_out(dict(each)) for each in found)


def _slugs(names: Iterable[str], present: Sequence[Values]) -> dict[str, str]:
    """A slug for each name: that of the thing that is called so, or a new one that is free."""
    known = {str(each["name"]).lower(): str(each["slug"]) for each in present}
    taken = {str(each["slug"]) for each in present}
    found: dict[str, str] = {}
    for name in names:
        slug = known.get(name.lower())
        if slug is None:
            plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
            stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: SLUG - 4].strip("-") or "imported"
            slug, count = stem, 1
            while slug in taken:
                count += 1
                slug = f"{stem}-{count}"
            taken.add(slug)
        found[name] = slug
    return found


def _schedule(moved: Moved, rota: Rota, addresses: Sequence[str], slugs: Mapping[str, str]) -> Values:
    lose = _losing(moved, f"schedule {rota.name}")
    layers = lose(rota.layers, LAYERS, "layers")
    return {
        "kind": "Schedule",
        "name": rota.name,
        "zone": str(rota.zone),
        "layers": [_layer(each, addresses, lose) for each in layers],
        **({"team": slugs[rota.team]} if rota.team is not None and rota.team in slugs else {}),
    }


def _layer(layer: Layer, addresses: Sequence[str], lose: Callable[..., Sequence[Any]]) -> Values:
    told: Values = {
        "name": layer.name,
        "participants": [addresses[place] for place in lose(layer.participants, PEOPLE, "people in a layer")],
        "kind": layer.kind.value,
        "length": layer.length,
        "start": layer.start.isoformat(),
        "hand_over": layer.hand_over.isoformat("minutes"),
    }
    if layer.end is not None:
        told["end"] = layer.end.isoformat()
    if layer.windows:
        told["windows"] = [_window(each) for each in lose(layer.windows, WINDOWS, "windows")]
    return told


def _window(window: Window) -> Values:
    told: Values = {"start": window.start.isoformat("minutes"), "end": window.end.isoformat("minutes")}
    if window.days:
        told["days"] = [day + 1 for day in sorted(window.days)]
    if window.until_day is not None:
        told["until_day"] = window.until_day + 1
    return told


def _policy(moved: Moved, policy: Policy, slugs: Mapping[str, str]) -> Values:
    what = f"escalation policy {policy.name}"
    lose = _losing(moved, what)
    if policy.repeat > REPEATS:
        moved.lose(what, f"It is repeated {policy.repeat} times: here {REPEATS}.")
    return {
        "kind": "EscalationPolicy",
        "name": policy.name,
        "steps": [_step(moved, what, each, slugs, lose) for each in lose(policy.steps, STEPS, "steps")],
        "repeat": max(0, min(policy.repeat, REPEATS)),
        **({"team": slugs[policy.team]} if policy.team is not None and policy.team in slugs else {}),
    }


def _step(moved: Moved, what: str, step: Step, slugs: Mapping[str, str], lose: Callable[..., Sequence[Any]]) -> Values:
    minutes = max(1, min(step.after_minutes, LONGEST))
    if minutes != step.after_minutes:
        moved.lose(what, f"A step lasts {step.after_minutes} min: here {minutes}.")
    targets: list[Target] = list(dict.fromkeys(step.targets))
    told = [
        {each.kind: slugs[each.key] if each.kind == "team" else each.key} for each in lose(targets, TARGETS, "targets")
    ]
    return {"after_minutes": minutes, "targets": told}


def _losing(moved: Moved, what: str) -> Callable[[Sequence[T], int, str], Sequence[T]]:
    def cut(found: Sequence[T], most: int, noun: str) -> Sequence[T]:
        if len(found) > most:
            moved.lose(what, f"It has {len(found)} {noun}: here the first {most}.")
        return found[:most]

    return cut
