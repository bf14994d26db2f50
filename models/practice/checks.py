"""Every check that there is (docs/guides/practice.md). A change of one is a further version, at the end of its list."""

from core.errors import invalid, not_found
from models.practice.definition import Check
from models.practice.words import LimitUnit

LONGEST_KEY = 100
SEVERITY_SAYS = "by default as its severity obliges"

_RESPONSE = (
    Check(
        key="roles_filled",
        version=1,
        name="Roles filled in time",
        source="The first responder gives out the four roles at the moment of declaration.",
        rule="Passes if every role that the severity demands was taken in time after the declaration. Unknown while"
        " there is time left. Does not apply where the severity demands none.",
        closes="Name the roles in declareIncident, or let a workflow give them out (assign_role).",
        guide="docs/guides/workflows.md",
        limit_is=f"Minutes from the declaration to the last role; {SEVERITY_SAYS}.",
        unit=LimitUnit.MINUTES,
    ),
    Check(
        key="severity_at_declaration",
        version=1,
        name="Declared with a severity, in time",
        source="Response is entered when the incident is declared with a severity; triage only judges the impact.",
        rule="Passes if it was declared with a severity within the limit after somebody took it. Unknown while there is"
        " time left, or nobody has taken it.",
        closes="Set a severity by routing rule, so that whoever takes an alert only has to confirm it.",
        guide="docs/guides/alertmanager.md",
        limit_is="Minutes from the acknowledgement to the declaration.",
        unit=LimitUnit.MINUTES,
        limit=30,
    ),
    Check(
        key="commander_not_fixing",
        version=1,
        name="The commander commands",
        source="The Incident Commander does not fix things with own hands; the Technical Lead does.",
        rule="Fails if one person was Incident Commander and Technical Lead at once, or claimed more tasks than the"
        " limit while commanding. Unknown where nobody commanded.",
        closes="Hand one of the roles over with assignRole, and let others claim the tasks.",
        guide="docs/guides/practice.md#roles",
        limit_is="Tasks that a commander may claim.",
        unit=LimitUnit.TIMES,
        limit=0,
    ),
    Check(
        key="timeline_by_scribe",
        version=1,
        name="The scribe keeps the timeline",
        source="The Scribe keeps the timestamped record of events, decisions and actions.",
        rule="Passes if the scribe wrote, or marked in the channel, as many entries as the limit. Unknown while it is"
        " open. Does not apply where the severity demands no scribe and nobody was one.",
        closes="Write entries from the incident's channel, or with addEntry; chat messages can be marked.",
        guide="docs/guides/slack.md",
        limit_is="Entries that the scribe must have written.",
        unit=LimitUnit.TIMES,
        limit=1,
    ),
    Check(
        key="mitigated_before_resolved",
        version=1,
        name="Mitigated before resolved",
        source="Mitigation comes first: customers no longer hurt, even if the cause remains.",
        rule="Passes if the end of the impact was noted before the lasting fix. Unknown until it is resolved.",
        closes="Move the incident to MITIGATION as soon as the impact stops; correctTimestamp mends it afterwards.",
        guide="docs/guides/practice.md#stages",
    ),
    Check(
        key="runbook_linked",
        version=1,
        name="Worked by a runbook",
        source="Roles and first steps are written down in runbooks.",
        rule="Passes if a runbook was opened on it. Unknown while it is open.",
        closes="Write a runbook for the service; workflows open what fits by themselves.",
        guide="docs/guides/runbooks.md",
        target=0.7,
    ),
)

_COMMUNICATION = (
    *(
        Check(
            key=f"first_{audience}_update",
            version=1,
            name=f"First {audience} update in time",
            source=f"The Communications Lead is the one voice: {audience} updates on time.",
            rule=f"Passes if the first {audience} update was written in time after the declaration. Unknown while there"
            f" is time left. Does not apply where the severity owes none{more}.",
            closes="Prepare templates, or let a workflow publish one, so that the first update takes a minute.",
            guide="docs/guides/publishing.md",
            limit_is=f"Minutes from the declaration to the update; {SEVERITY_SAYS}.",
            unit=LimitUnit.MINUTES,
        )
        for audience, more in (("internal", ""), ("public", ", and to private incidents"))
    ),
    Check(
        key="promises_kept",
        version=1,
        name="Update promises kept",
        source="Updates come when they were promised; silence is worse than no news.",
        rule="Fails if a promised update came later than the limit, or not at all. Unknown while the first is not due."
        " Does not apply where none was promised.",
        closes="Promise what you can keep with nextUpdateBy; the reminder goes to the Communications Lead.",
        guide="docs/guides/publishing.md",
        limit_is="Minutes late that still count as kept.",
        unit=LimitUnit.MINUTES,
        limit=0,
    ),
)

_LEARNING = (
    Check(
        key="postmortem_in_time",
        version=1,
        name="Postmortem published in time",
        source="The team learns what contributed; data is gathered automatically so that a draft exists in seconds.",
        rule="Passes if the postmortem was published in time after the resolution. Unknown until it is due. Does not"
        " apply where the severity requires none.",
        closes="The draft is there at the resolution: review it, and publish it before its reminder.",
        guide="docs/guides/postmortems.md",
        limit_is=f"Days from the resolution to the publication; {SEVERITY_SAYS}.",
        unit=LimitUnit.DAYS,
    ),
    Check(
        key="blameless",
        version=1,
        name="The postmortem blames nobody",
        source="Postmortems are blameless: they ask what in the system made it possible, never who.",
        rule="Fails if the published postmortem has more marked phrases than the limit. Unknown before it is published,"
        " and of those published before Muster counted.",
        closes="The editor marks the words and suggests others: PostmortemSection.blame.",
        guide="docs/guides/postmortems.md",
        limit_is="Marked phrases that may stand.",
        unit=LimitUnit.TIMES,
        limit=0,
    ),
    Check(
        key="action_items_owned",
        version=1,
        name="Action items are owned",
        source="The result of a postmortem is concrete action items that belong to teams.",
        rule="Passes if there are action items and each has an assignee and a day. Fails without any once the"
        " postmortem is published. Does not apply where no postmortem is required and there are none.",
        closes="Give each action item an assignee and a due date, and a ticket where the team works.",
        guide="docs/guides/action-items.md",
    ),
    Check(
        key="action_items_done",
        version=1,
        name="Action items are done in time",
        source="Causes that are never dealt with return as incidents.",
        rule="Fails if an item was done later than the limit after its day, or is overdue. Unknown while items are open"
        " and not due. Does not apply without items; what was given up is none.",
        closes="actionItems(overdue: true) lists what is late; tickets bring items to where the team works.",
        guide="docs/guides/action-items.md",
        limit_is="Days late that still count as in time.",
        unit=LimitUnit.DAYS,
        limit=0,
    ),
)

_READINESS = (
    Check(
        key="drills_held",
        version=1,
        name="Drills are held",
        source="All hands on deck is a known drill: teams practise before it counts.",
        rule="Passes with as many drills declared in the time as the limit. Unknown while the time is not over.",
        closes="Declare a drill: declareIncident with kind DRILL pages and asks as the real thing, and stays inside.",
        guide="docs/guides/practice.md#drills",
        limit_is="Drills that must be held in the time asked about.",
        unit=LimitUnit.TIMES,
        limit=1,
        at_least=True,
    ),
    Check(
        key="alert_noise",
        version=1,
        name="Alerts mean something",
        source="Constant low-value alerts make people deaf to the one that counts.",
        rule="An incident that an alert opened fails if it was declined, passes if it was declared, is unknown before."
        " Does not apply to what people reported.",
        closes="Change routing rules so that what is declined again and again opens no incident.",
        guide="docs/guides/alertmanager.md",
        target=0.7,
    ),
    Check(
        key="on_call_load",
        version=1,
        name="On-call load is bearable",
        source="The right people are brought in through the on-call system, without wearing them out.",
        rule="Fails if it called somebody for whom that was one call more than the limit within seven days. Unknown if"
        " nobody was called. Does not apply where the severity calls nobody.",
        closes="Lower whom severities page, share the rota among more people, and silence alerts that mean nothing.",
        guide="docs/guides/pagerduty.md",
        limit_is="Calls of one person within seven days.",
        unit=LimitUnit.TIMES,
        limit=10,
    ),
)

CHECKS: dict[str, tuple[Check, ...]] = {
    each.key: (each,) for each in (*_RESPONSE, *_COMMUNICATION, *_LEARNING, *_READINESS)
}
"""By key, the versions in their order; the last is the one in force."""


def find_check(key: str, version: int | None = None, *, field: str = "check") -> Check:
    """A check in a version, by default the one in force. NOT_FOUND, INVALID_INPUT."""
    versions = CHECKS.get(key.lower()) if key.isprintable() and len(key) <= LONGEST_KEY else None
    if versions is None:
        raise not_found("check", field, key[:LONGEST_KEY])
    if version is None:
        return versions[-1]
    found = next((each for each in versions if each.version == version), None)
    if found is None:
        known = ", ".join(str(each.version) for each in versions)
        raise invalid("version", f"{versions[0].key} has no version {version}.", f"There is: {known}.")
    return found
