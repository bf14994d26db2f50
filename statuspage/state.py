"""How things stand, in one plain sentence: the banner of the status page (looks: one message first)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from models.words import ComponentStatus, PublicStatus
from statuspage.language import N_, Language, language_of
from statuspage.read import Part, Said, Site, Thread, affected
from statuspage.words import Calendar, line, minute
from statuspage.works import until_of

UNKNOWN = N_("We can't confirm the current state.")
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
    ComponentStatus.OPERATIONAL: N_("Operational"),
    ComponentStatus.UNDER_MAINTENANCE: N_("Maintenance"),
    ComponentStatus.DEGRADED_PERFORMANCE: N_("Degraded performance"),
    ComponentStatus.PARTIAL_OUTAGE: N_("Partial outage"),
    ComponentStatus.MAJOR_OUTAGE: N_("Major outage"),
}

STATUS_WITHIN = {
    ComponentStatus.OPERATIONAL: N_("operational"),
    ComponentStatus.UNDER_MAINTENANCE: N_("maintenance"),
    ComponentStatus.DEGRADED_PERFORMANCE: N_("degraded performance"),
    ComponentStatus.PARTIAL_OUTAGE: N_("partial outage"),
    ComponentStatus.MAJOR_OUTAGE: N_("major outage"),
}
"""The same within a sentence: not every language may just write them small."""

SAID_WORDS = {
    PublicStatus.INVESTIGATING: N_("We are investigating"),
    PublicStatus.IDENTIFIED: N_("Cause found"),
    PublicStatus.MONITORING: N_("We are watching the fix"),
    PublicStatus.RESOLVED: N_("Resolved"),
}

SAID_WITHIN = {
    PublicStatus.INVESTIGATING: N_("we are investigating"),
    PublicStatus.IDENTIFIED: N_("cause found"),
    PublicStatus.MONITORING: N_("we are watching the fix"),
    PublicStatus.RESOLVED: N_("resolved"),
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
    names, language = [line(part.name) for part in affected(thread, site)], language_of(site.language)
    return language.say("Disruption of %(names)s", names=language.listed(names)) if names else _unnamed(language)


def _unnamed(language: Language) -> str:
    return language.say("Service disruption")


def next_promise(thread: Thread, calendar: Calendar) -> Promise | None:
    """The promise of the next update: still due, or missed and said so. None where none was made."""
    due = thread.promise
    if due is None:
        return None
    if calendar.now < due:
        return Promise("due", promised(due, calendar))
    late = calendar.now - minute(due)
    words = calendar.say("We promised an update by %(moment)s and have not posted it yet.", moment=calendar.moment(due))
    if late.total_seconds() >= 60:  # noqa: PLR2004 (a minute)
        words += " " + calendar.say("%(length)s late.", length=calendar.language.duration(late))
    return Promise("late", words)


def promised(due: datetime, calendar: Calendar) -> str:
    """The promise of the next update."""
    return calendar.say("Next update by %(moment)s", moment=calendar.moment(due))


def kept_promise(said: Said, thread: Thread, calendar: Calendar) -> Promise | None:
    """Whether an update came when the one before had promised it.

    The first one keeps no promise to customers, and one that is dated back keeps none at all.
    """
    if said.promised_by is None or said.recorded_at is not None or said.number == thread.standing[0].number:
        return None
    hour = calendar.hour(said.promised_by)
    late = minute(said.published_at) - minute(said.promised_by)
    if late.total_seconds() <= 0:
        return Promise("kept", calendar.say("Promised by %(hour)s, kept", hour=hour))
    length = calendar.language.duration(late)
    return Promise("late", calendar.say("Promised by %(hour)s, posted %(length)s late.", hour=hour, length=length))


def banner(site: Site, calendar: Calendar, *, confirmed: bool = True) -> Banner:
    """How things stand over all. Not `confirmed`: what is shown may be old, and nothing else is said."""
    if not confirmed:
        return Banner(
            "unknown",
            "UNKNOWN",
            calendar.say(UNKNOWN),
            kicker=calendar.say(
                "Last checked %(moment)s; what is shown may be old", moment=calendar.moment(site.read_at)
            ),
        )
    worst = max((part.status for part in site.shown), key=lambda s: s.rank, default=ComponentStatus.OPERATIONAL)
    promise = _most_pressing(site, calendar)
    if worst is not ComponentStatus.OPERATIONAL:
        return _trouble(site, worst, calendar, promise)
    if site.open_threads:
        return _incident_without_components(site, calendar, promise)
    count = len(site.shown)
    all_well = calendar.language.count(
        "%(number)d component is operational.", "All %(number)d components are operational.", count
    )
    sentence = calendar.say("Everything is working.")
    return Banner("operational", worst.value, sentence, detail=all_well if count > 1 else None)


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
    kicker = calendar.say(STATUS_WORDS[worst])
    until = until_of(site.works, calendar) if worst is ComponentStatus.UNDER_MAINTENANCE else None
    if until is not None:
        kicker = until
    elif since is not None:
        length = calendar.language.between(since, calendar.now)
        kicker = calendar.say(
            "%(state)s since %(moment)s, %(length)s", state=kicker, moment=calendar.moment(since), length=length
        )
    return Banner(
        SHAPE[worst],
        worst.value,
        _sentence(site, worst, [line(part.name) for part in hit], calendar.language),
        kicker=kicker,
        since=since,
        detail=_rest(site, hit if len(hit) <= NAMED else [], calendar.language),
        promise=promise,
    )


def _sentence(site: Site, worst: ComponentStatus, names: list[str], language: Language) -> str:
    """What a customer notices, in one sentence; the specific wins over the general."""
    few, everything = len(names) <= NAMED, len(names) == len(site.shown)
    name, number = (language.listed(names), len(names)) if few else (line(site.name), 1)
    if worst is ComponentStatus.MAJOR_OUTAGE:
        if few or everything:
            return language.count("%(names)s is down.", "%(names)s are down.", number, names=name)
        return language.say("Much of %(name)s is down.", name=name)
    if worst is ComponentStatus.PARTIAL_OUTAGE:
        return language.count(
            "Part of %(names)s isn't working.", "Part of %(names)s isn't working.", number, names=name
        )
    if worst is ComponentStatus.DEGRADED_PERFORMANCE:
        if few:
            return language.count("%(names)s is slow.", "%(names)s are slow.", number, names=name)
        return language.say("Some things are slow.")
    return language.say("Planned work is under way.")


def _rest(site: Site, named: list[Part], language: Language) -> str | None:
    """What else is touched, and how much is well."""
    troubled = [part for part in site.shown if part.status is not ComponentStatus.OPERATIONAL]
    others = sorted((part for part in troubled if part not in named), key=lambda part: -part.status.rank)
    said = [f"{line(part.name)}: {language.say(STATUS_WITHIN[part.status])}" for part in others[:LISTED]]
    if len(others) > LISTED:
        said.append(language.count("%(number)d more", "%(number)d more", len(others) - LISTED))
    sentences = [f"{'; '.join(said)}."] if said else []
    well = len(site.shown) - len(troubled)
    if well:
        sentences.append(
            language.count("The other component is operational.", "The other %(number)d are operational.", well)
        )
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
        calendar.say("A fix is in place, and we are watching it.")
        if watching
        else calendar.say("We are looking into a problem."),
        kicker=calendar.say("%(title)s, since %(moment)s", title=title_of(thread, site), moment=calendar.moment(since)),
        since=since,
        promise=promise,
    )
