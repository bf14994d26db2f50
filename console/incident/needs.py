"""What the incident needs now: what its severity demands and is missing, what was promised, what waits for people.

Sorted by lateness (looks/README, `.needs`). Every line says what to do about it, and leads there.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from console.incident.rooms import Question, Room
from console.incident.scene import Scene
from console.times import Times, lasting
from models.words import Audience, PostmortemStatus, Stage

SOON = timedelta(minutes=5)
"""How long before its time an update becomes something that is needed now."""
ORDER = ("major", "partial", "degraded", "maintenance")


@dataclass(frozen=True, slots=True)
class Need:
    """Something to do: how urgent, in words, and what the button does (a form's action) or where the link leads."""

    state: str
    icon: str
    title: str
    text: str
    words: str | None = None
    href: str | None = None
    deed: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()


def needs(scene: Scene, rooms: list[Room], questions: list[Question], t: Times) -> list[Need]:
    """All of them, the most urgent first."""
    found = [
        *_stage(scene),
        *_roles(scene, t),
        *_update(scene, Audience.PUBLIC, t),
        *_update(scene, Audience.INTERNAL, t),
        *_final(scene),
        *(_question(each) for each in questions),
        *_trouble(rooms),
        *_postmortem(scene, t),
    ]
    return sorted(found, key=lambda need: ORDER.index(need.state))


def next_promise(scene: Scene, t: Times) -> str | None:
    """What is promised next, for when nothing is missing: `public update by 03:40`."""
    due = {
        moment: f"{audience.value.lower()} update by {t.clock(moment).striptags()}"
        for audience in Audience
        if (moment := scene.incident.next_update_due_at(audience)) is not None
    }
    return due[min(due)] if due else None


def _stage(scene: Scene) -> list[Need]:
    stage = scene.incident.stage
    if stage is Stage.DETECTION:
        act = "acknowledge" if "acknowledgeIncident" in scene.can else None
        text = "Somebody says that they look at it."
        return [Need("major", "bell", "Nobody has acknowledged it.", text, "I look at it" if act else None, deed=act)]
    if stage is Stage.TRIAGE:
        may = "declareIncident" in scene.can
        text = "Declare it with a severity, or decline it with a reason."
        return [Need("degraded", "decision", "Is it an incident?", text, "Decide" if may else None, href="#move")]
    return []


def _roles(scene: Scene, t: Times) -> list[Need]:
    due, severity = scene.incident.roles_due_at, scene.severity
    minutes = severity.fill_roles_within_minutes if severity else None
    late = due is None or due <= t.now
    demand = f"{severity.name} wants one within {minutes} min" if severity and minutes else "The severity wants one"
    found = []
    for part in scene.vacant:
        text = f"{demand}; {_by(due, t)}" if due else f"{demand}; that time is over."
        take = "assignRole" in scene.can
        found.append(
            Need(
                "major" if late else "degraded",
                "late" if late else "clock",
                f"No {part.role.name}.",
                text,
                "I take it" if take else None,
                deed="take" if take else None,
                fields={"role": part.role.key},
            )
        )
    return found


def _update(scene: Scene, audience: Audience, t: Times) -> list[Need]:
    due = scene.incident.next_update_due_at(audience)
    if due is None or due > t.now + SOON or scene.incident.final_update_owed:
        return []
    whom = "customers" if audience is Audience.PUBLIC else "colleagues"
    name = "Public" if audience is Audience.PUBLIC else "Internal"
    promised = f"Promised to {whom} for {t.clock(due).striptags()}."
    may = "publishUpdate" in scene.can
    if due <= t.now:
        title = f"{name} update overdue by {lasting(t.now - due)}."
        return [Need("major", "late", title, promised, "Write it" if may else None, href=_say(audience))]
    title = f"{name} update due in {lasting(due - t.now)}."
    return [Need("degraded", "clock", title, promised, "Write it" if may else None, href=_say(audience))]


def _say(audience: Audience) -> str:
    return f"?audience={audience.value}#say"


def _final(scene: Scene) -> list[Need]:
    if not scene.incident.final_update_owed:
        return []
    text = "Customers still read that something is wrong. Tell them that it is over."
    may = "publishUpdate" in scene.can
    href = "?audience=PUBLIC&status=RESOLVED#say"
    return [Need("major", "late", "Final public update owed.", text, "Write it" if may else None, href=href)]


def _question(question: Question) -> Need:
    choices = tuple(question.choices or ())
    return Need(
        "maintenance",
        "decision",
        question.text,
        "A workflow waits for the answer.",
        deed="answer",
        fields={"question": question.id},
        choices=choices,
    )


def _trouble(rooms: list[Room]) -> list[Need]:
    return [
        Need(
            "degraded" if room.waiting else "partial",
            "late",
            f"{room.name}: {_how(room)}.",
            room.trouble,
        )
        for room in rooms
        if room.trouble
    ]


def _how(room: Room) -> str:
    if room.waiting:
        return "not there yet"
    return "not all of it could be done" if room.url else "could not be made"


def _postmortem(scene: Scene, t: Times) -> list[Need]:
    found = scene.postmortem
    if found is None or found.status is PostmortemStatus.PUBLISHED or found.due_at is None:
        return []
    if found.due_at > t.now + timedelta(days=1):
        return []
    late = found.due_at <= t.now
    title = "Postmortem overdue." if late else "Postmortem due."
    text = f"Due {t.day(found.due_at).striptags()}."
    href = f"/console/incidents/{scene.incident.reference}/postmortem"
    return [Need("major" if late else "degraded", "late" if late else "clock", title, text, "Open it", href=href)]


def _by(due: datetime, t: Times) -> str:
    if due <= t.now:
        return f"due {t.clock(due).striptags()}, {lasting(t.now - due)} over."
    return f"due {t.clock(due).striptags()}, in {lasting(due - t.now)}."
