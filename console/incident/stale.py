"""A form that was filled in against an older version of the incident: what stands there now, and what was written."""

from collections.abc import Mapping
from dataclasses import replace

from console.fields import Fields
from console.incident.scene import Scene
from console.posting import Refused, late, stale
from models.words import Stage

SEEN = "expected_version"
NOTHING = "(nothing)"


def with_both(refused: Refused | None, scene: Scene, services: Mapping[str, str]) -> Refused | None:
    """The refusal with both texts, where they differ, if somebody was faster; otherwise as it was.

    `services`: names by slug, of all that can be chosen.
    """
    if refused is None or refused.error is None or not late(refused.error):
        return refused
    saved = _saved(scene)
    written = {name: value for name, value in _written(refused.fields, services).items() if name in saved}
    differing = [name for name, value in written.items() if value != saved[name]]
    if not differing:
        return refused
    error = stale(
        refused.error,
        version=scene.incident.version,
        seen=refused.fields.text(SEEN),
        theirs=_lines({name: saved[name] for name in differing}),
        yours=_lines({name: written[name] for name in differing}),
    )
    return replace(refused, error=error)


def _saved(scene: Scene) -> dict[str, str]:
    incident = scene.incident
    return {
        "Title for colleagues": incident.title,
        "Title for customers": incident.public_title or "",
        "What is known so far": incident.summary or "",
        "Services": ", ".join(sorted(each.name for each in scene.services)),
        "Labels": ", ".join(f"{name}={value}" for name, value in sorted(incident.labels.items())),
        "Stage": incident.stage.value.capitalize(),
        "Severity": scene.severity.name if scene.severity else "",
    }


def _written(fields: Fields, services: Mapping[str, str]) -> dict[str, str]:
    """What the form says, of those fields that it has."""
    if "stage" in fields:
        return {"Stage": fields.one_of("stage", {each.value: each.value.capitalize() for each in Stage})}
    if "severity" in fields:
        return {"Severity": fields.text("severity")}
    return {
        "Title for colleagues": fields.text("title").strip(),
        "Title for customers": fields.text("public_title").strip(),
        "What is known so far": fields.text("summary").replace("\r\n", "\n").strip(),
        "Services": ", ".join(sorted(services.get(slug, slug) for slug in fields.all("services"))),
        "Labels": ", ".join(sorted(filter(None, map(str.strip, fields.text("labels").splitlines())))),
    }


def _lines(values: Mapping[str, str]) -> str:
    return "\n".join(f"{name}: {value or NOTHING}" for name, value in values.items())
