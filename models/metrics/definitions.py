"""Every metric that there is (docs/guides/metrics.md). A change of one is a further version, at the end of its list."""

from core.errors import invalid, not_found
from models.metrics.definition import Definition, Hours, Matter
from models.response_times import DEFINITIONS as RESPONSE_TIMES
from models.response_times import in_words
from models.words import MetricUnit, Stage

EXCLUDED = (
    "Drills and incidents that were written down afterwards; declined, cancelled and merged ones; and those that you"
    " may not see."
)
DETECTED = "When the incident was detected."
GOES_ON = "Not counted: the incident that it goes on as is."
LAST = "Counts by the last time: reopening takes the moment back until it comes again."

DETECTION_TO_POSTMORTEM = {
    Stage.DETECTION: "until somebody took it",
    Stage.TRIAGE: "until it was declared",
    Stage.RESPONSE: "until the impact had stopped",
    Stage.MITIGATION: "until the lasting fix was verified",
    Stage.RESOLUTION: "until the postmortem was begun, or it was closed",
    Stage.POSTMORTEM: "until it was closed",
}


def _response_times() -> list[Definition]:
    return [
        Definition(
            key=each.key.lower(),
            version=1,
            name=each.name,
            unit=MetricUnit.SECONDS,
            matter=Matter.DURATION,
            value=f"{in_words(each.start)} to {in_words(each.end)}.".capitalize(),
            counted_at=DETECTED,
            population=f"Incidents of which both moments are known. {each.rule}",
            reopened=LAST if each.key in ("MTTM", "MTTR") else "Counts as it was at first: reopening changes neither.",
            merged=GOES_ON,
            exclusions=EXCLUDED,
            start=each.start,
            end=each.end,
            through_detection=each.key == "MTTA",
        )
        for each in RESPONSE_TIMES
    ]


def _times_in_stages() -> list[Definition]:
    return [
        Definition(
            key=f"time_in_{stage.lower()}",
            version=1,
            name=f"Time in {stage.lower()}",
            unit=MetricUnit.SECONDS,
            matter=Matter.STAGE,
            value=f"From the event that entered {stage} to the one that left it: {until}.",
            counted_at=DETECTED,
            population=f"Incidents that were in {stage} and left it. Moments that were corrected later move nothing"
            " here: the events say when the stage was entered.",
            reopened="All stays in the stage are added up; none counts while one lasts.",
            merged=GOES_ON,
            exclusions=EXCLUDED,
            stage=stage,
        )
        for stage, until in DETECTION_TO_POSTMORTEM.items()
    ]


def _pages() -> list[Definition]:
    when = {
        Hours.ANY: ("pages_per_person", "Pages per person", ""),
        Hours.NIGHT: ("pages_at_night", "Pages at night per person", " between 22:00 and 07:00"),
        Hours.WEEKEND: ("pages_at_weekends", "Pages at weekends per person", " on a Saturday or a Sunday"),
    }
    return [
        Definition(
            key=key,
            version=1,
            name=name,
            unit=MetricUnit.PAGES,
            matter=Matter.PAGE,
            value=f"How often one person was called to incidents{clock}: each message to one person that a severity"
            " calls them by, when an incident is declared or becomes worse. Night and weekend are the organisation's.",
            counted_at="When the message was made.",
            population="People who were called at least once in the bucket; `count` is how many they are.",
            reopened="Reopening calls nobody.",
            merged="Not counted, with the incident.",
            exclusions=EXCLUDED,
            hours=hours,
        )
        for hours, (key, name, clock) in when.items()
    ]


_ALL = (
    *_response_times(),
    *_times_in_stages(),
    Definition(
        key="time_to_fill_roles",
        version=1,
        name="Time to fill roles",
        unit=MetricUnit.SECONDS,
        matter=Matter.ROLE,
        value="From the declaration to the first time that somebody took a role that the severity demands; 0 if"
        " somebody had it before.",
        counted_at=DETECTED,
        population="The demanded roles of declared incidents, each on its own, by the severity that they have.",
        reopened="The first time counts.",
        merged=GOES_ON,
        exclusions=EXCLUDED,
    ),
    Definition(
        key="promises_kept",
        version=1,
        name="Update promises kept",
        unit=MetricUnit.SHARE,
        matter=Matter.PROMISE,
        value="Whether the promised update, internal or public, was written by the promised moment.",
        counted_at="The promised moment.",
        population="Promises that an update answered, in time or late, and those of which a reminder had to be sent."
        " One that is not due, or was dropped because nothing was owed any more, is none.",
        reopened="The promises of both times count.",
        merged="Not counted, with the incident.",
        exclusions=EXCLUDED,
    ),
    *_pages(),
    Definition(
        key="responder_hours",
        version=1,
        name="Responder hours",
        unit=MetricUnit.HOURS,
        matter=Matter.HOURS,
        value="The hours for which people held roles, of each person once however many they held, until the"
        " incident was resolved.",
        counted_at=DETECTED,
        population="Incidents that are resolved; one in which nobody held a role counts as 0.",
        reopened="Until the last resolution, whatever lay between.",
        merged=GOES_ON,
        exclusions=EXCLUDED,
    ),
    Definition(
        key="incidents",
        version=1,
        name="Incidents",
        unit=MetricUnit.INCIDENTS,
        matter=Matter.INCIDENT,
        value="How many incidents there were.",
        counted_at=DETECTED,
        population="Incidents, open ones included.",
        reopened="Counts once.",
        merged=GOES_ON,
        exclusions=EXCLUDED,
    ),
    Definition(
        key="action_items_in_time",
        version=1,
        name="Action items done in time",
        unit=MetricUnit.SHARE,
        matter=Matter.ACTION_ITEM,
        value="Whether the item was done by the end of the day on which it was due (UTC).",
        counted_at="The day on which it was due.",
        population="Items with such a day that has passed, or that are done. What was given up (WONT_DO) is none; what"
        " belongs to no incident counts. The present day is that of the newest event.",
        reopened="No matter.",
        merged="Not counted, with the incident.",
        exclusions=EXCLUDED,
    ),
    Definition(
        key="reopen_rate",
        version=1,
        name="Reopen rate",
        unit=MetricUnit.SHARE,
        matter=Matter.REOPENING,
        value="Whether the incident was reopened after it had been resolved.",
        counted_at=DETECTED,
        population="Incidents that were resolved at least once.",
        reopened="However often, once.",
        merged=GOES_ON,
        exclusions=EXCLUDED,
    ),
)

DEFINITIONS: dict[str, tuple[Definition, ...]] = {each.key: (each,) for each in _ALL}
"""By key, the versions in their order; the last is the one in force."""


def definition(key: str, version: int | None = None) -> Definition:
    """The definition of a metric in a version, by default the one in force. NOT_FOUND, INVALID_INPUT."""
    versions = DEFINITIONS.get(key)
    if versions is None:
        raise not_found("metric", "metric", key)
    if version is None:
        return versions[-1]
    found = next((each for each in versions if each.version == version), None)
    if found is None:
        known = ", ".join(str(each.version) for each in versions)
        raise invalid("version", f"{key} has no version {version}.", f"There is: {known}.")
    return found
