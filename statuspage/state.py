"""How things stand, in one plain sentence: the banner of the status page (looks: one message first)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from models.words import ComponentStatus, PublicStatus
from statuspage.read import Part, Said, Site, Thread
from statuspage.words import Calendar, between, duration, line, listed, minute

UNKNOWN = "We can't confirm the current state."
"""What is said when the last good page is old, or there is none."""

SHAPE = {
    ComponentStatus.OPERATIONAL: "operational",
    ComponentStatus.UNDER_MAINTENANCE: "maintenance",
    ComponentStatus.DEGRADED_PERFORMANCE: "degraded",
    ComponentStatus.PARTIAL_OUTAGE: "partial",
    ComponentStatus.MAJOR_OUTAGE: "major",
}
"""The class-level state of the style sheet, which gives a component its shape and colour."""

STATUS_WORDS = {
    ComponentStatus.OPERATIONAL: "Operational",
    ComponentStatus.UNDER_MAINTENANCE: "Maintenance",
    ComponentStatus.DEGRADED_PERFORMANCE: "Degraded performance",
    ComponentStatus.PARTIAL_OUTAGE: "Partial outage",
    ComponentStatus.MAJOR_OUTAGE: "Major outage",
}

SAID_WORDS = {
    PublicStatus.INVESTIGATING: "We are investigating",
    PublicStatus.IDENTIFIED: "Cause found",
    PublicStatus.MONITORING: "We are watching the fix",
    PublicStatus.RESOLVED: "Resolved",
}

NAMED = 2
"""So many components are called by their names in the banner; more are called by the organisation's."""

LISTED = 5
"""So many more are listed below it."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise of an update, and whether it was kept. `kept`: due, kept or late."""

    kept: Literal["due", "kept", "late"]
    words: str


@dataclass(frozen=True, slots=True)
class Banner:
    """The first thing a customer reads. `shape` is the state for eye and style sheet, `state` the one for machines."""

    shape: str
    state: str
    sentence: str
    kicker: str | None = None
    since: datetime | None = None
    detail: str | None = None
    promise: Promise | None = None


def title_of(thread: Thread, site: Site) -> str:
    """What customers call an incident: its public title, else what it disrupted. Never its internal title."""
    if thread.title:
        return line(thread.title)
    names = [line(part.name) for part in affected(thread, site)]
    return f"Disruption of {listed(names)}" if names else "Service disruption"


def affected(thread: Thread, site: Site) -> list[Part]:
    """The components that an incident's updates spoke of, in the order of the page."""
    keys = {key for said in thread.standing for key, _ in said.changes}
    return [part for part in site.components if part.id in keys]


def next_promise(thread: Thread, calendar: Calendar) -> Promise | None:
    """The promise of the next update: still due, or missed and said so. None where none was made."""
    due = thread.promise
    if due is None:
        return None
    if calendar.now < due:
        return Promise("due", f"Next update by {calendar.moment(due)}")
    late = calendar.now - minute(due)
    more = f" {duration(late)} late." if late.total_seconds() >= 60 else ""  # noqa: PLR2004 (a minute)
    return Promise("late", f"We promised an update by {calendar.moment(due)} and have not posted it yet.{more}")


def kept_promise(said: Said, thread: Thread, calendar: Calendar) -> Promise | None:
    """Whether an update came when the one before had promised it. The first one keeps no promise to customers."""
    if said.promised_by is None or said.number == thread.standing[0].number:
        return None
    by = f"Promised by {calendar.hour(said.promised_by)}"
    late = minute(said.published_at) - minute(said.promised_by)
    if late.total_seconds() <= 0:
        return Promise("kept", f"{by}, kept")
    return Promise("late", f"{by}, posted {duration(late)} late.")


def banner(site: Site, calendar: Calendar, *, confirmed: bool = True) -> Banner:
    """How things stand over all. Not `confirmed`: what is shown may be old, and nothing else is said."""
    if not confirmed:
        return Banner(
            "unknown",
            "UNKNOWN",
            UNKNOWN,
            kicker=f"Last checked {calendar.moment(site.read_at)}; what is shown may be old",
        )
    worst = max((part.status for part in site.shown), key=lambda s: s.rank, default=ComponentStatus.OPERATIONAL)
    promise = _most_pressing(site, calendar)
    if worst is not ComponentStatus.OPERATIONAL:
        return _trouble(site, worst, calendar, promise)
    if site.open_threads:
        return _incident_without_components(site, calendar, promise)
    count = len(site.shown)
    detail = f"All {count} components are operational." if count > 1 else None
    return Banner("operational", worst.value, "Everything is working.", detail=detail)


def _most_pressing(site: Site, calendar: Calendar) -> Promise | None:
    """Of all promises that are open, the one that is due first."""
    promising = [thread for thread in site.open_threads if thread.promise is not None]
    first = min(promising, key=lambda thread: thread.promise or site.read_at, default=None)
    return next_promise(first, calendar) if first else None


def _trouble(site: Site, worst: ComponentStatus, calendar: Calendar, promise: Promise | None) -> Banner:
    """The banner while a component is not operational."""
    hit = [part for part in site.shown if part.status is worst]
    starts = [span.started_at for part in hit for span in part.spans if span.ended_at is None]
    since = min(starts, default=None)
    kicker = STATUS_WORDS[worst]
    if since is not None:
        kicker += f" since {calendar.moment(since)}, {between(since, calendar.now)}"
    return Banner(
        SHAPE[worst],
        worst.value,
        _sentence(site, worst, [line(part.name) for part in hit]),
        kicker=kicker,
        since=since,
        detail=_rest(site, hit if len(hit) <= NAMED else []),
        promise=promise,
    )


def _sentence(site: Site, worst: ComponentStatus, names: list[str]) -> str:
    """What a customer notices, in one sentence; the specific wins over the general."""
    name, few, everything = line(site.name), len(names) <= NAMED, len(names) == len(site.shown)
    be = "is" if len(names) == 1 else "are"
    if worst is ComponentStatus.MAJOR_OUTAGE:
        if few:
            return f"{listed(names)} {be} down."
        return f"{name} is down." if everything else f"Much of {name} is down."
    if worst is ComponentStatus.PARTIAL_OUTAGE:
        return f"Part of {listed(names) if few else name} isn't working."
    if worst is ComponentStatus.DEGRADED_PERFORMANCE:
        return f"{listed(names)} {be} slow." if few else "Some things are slow."
    return "Planned work is under way."


def _rest(site: Site, named: list[Part]) -> str | None:
    """What else is touched, and how much is well."""
    troubled = [part for part in site.shown if part.status is not ComponentStatus.OPERATIONAL]
    others = sorted((part for part in troubled if part not in named), key=lambda part: -part.status.rank)
    said = [f"{line(part.name)}: {STATUS_WORDS[part.status].lower()}" for part in others[:LISTED]]
    if len(others) > LISTED:
        said.append(f"{len(others) - LISTED} more")
    sentences = [f"{'; '.join(said)}."] if said else []
    well = len(site.shown) - len(troubled)
    if well:
        sentences.append("The other component is operational." if well == 1 else f"The other {well} are operational.")
    return " ".join(sentences) or None


def _incident_without_components(site: Site, calendar: Calendar, promise: Promise | None) -> Banner:
    """The banner while an incident is open that names no component, or whose components work again."""
    thread = site.open_threads[0]
    watching = all(each.last.status is PublicStatus.MONITORING for each in site.open_threads)
    since = min(each.began_at for each in site.open_threads)
    shape = SHAPE[ComponentStatus.OPERATIONAL if watching else ComponentStatus.DEGRADED_PERFORMANCE]
    return Banner(
        shape,
        (ComponentStatus.OPERATIONAL if watching else ComponentStatus.DEGRADED_PERFORMANCE).value,
        "A fix is in place, and we are watching it." if watching else "We are looking into a problem.",
        kicker=f"{title_of(thread, site)}, since {calendar.moment(since)}",
        since=since,
        promise=promise,
    )
