"""The model's state: people, incidents, alerts, and who may see what."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.model.nouns import (
    FORBIDDEN,
    INVALID,
    NOT_FOUND,
    OPEN,
    UNAUTHENTICATED,
    VERSION,
    WORST_LAST,
    Alert,
    Holding,
    Incident,
    Line,
    Person,
    Task,
    refuse,
)

RIGHTS = {
    "VIEWER": {"READ"},
    "RESPONDER": {"READ", "RESPOND"},
    "MANAGER": {"READ", "RESPOND", "ASSIGN", "AUDIT"},
    "ADMIN": {"READ", "RESPOND", "ASSIGN", "AUDIT", "ADMINISTER"},
}
"""READ; RESPOND (report, work on incidents, publish); ASSIGN (act for others); AUDIT; ADMINISTER."""

SKEW = timedelta(seconds=60)
"""How far ahead a client's clock may be before its "now" is the future."""


@dataclass
class Company:
    people: dict[str, Person]
    """By name, the script `bot` and the alert source `monitor` included."""
    services: set[str]
    components: dict[str, str]
    """Their names by id."""
    archived_roles: dict[str, bool]
    now: datetime
    incidents: list[Incident] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    groups: dict[str, Incident] = field(default_factory=dict)
    """The incident that a group of alerts last became."""
    fresh: list[Line] = field(default_factory=list)
    """What this step wrote."""
    shown: dict[str, str] = field(default_factory=dict)
    """The state of components as customers are told, by id; operational where it is not here."""

    # Who may

    def permit(self, who, right="RESPOND"):
        """Refuse those who are nobody (or left), and those whose access does not reach so far."""
        refuse((who is None or who.archived or who.locked_out, UNAUTHENTICATED, None))
        refuse((right not in RIGHTS[who.access], FORBIDDEN, None))

    def may(self, who, right):
        return who is not None and not who.archived and not who.locked_out and right in RIGHTS[who.access]

    def sees(self, who, incident):
        """Whether somebody may see an incident today; a merged one is seen by those who see where it went on."""
        return self.may(who, "READ") and (not incident.private or who in incident.head.members)

    def sees_line(self, who, line):
        if line.incident is not None:
            return self.sees(who, line.incident)
        return self.may(who, "AUDIT" if line.audited else "READ")

    # What inputs refer to

    def incident(self, who, ref):
        """The incident that somebody means and may see; None: there is none for them."""
        plain = ref.removeprefix("INC-")
        found = next((i for i in self.incidents if ref == i.id or plain == str(i.number)), None)
        return found if found is not None and self.sees(who, found) else None

    def no_incident(self, found, ref, where="incident"):
        """The reason that a reference to an incident leads nowhere."""
        return found is None, INVALID if ref == "nonsense" else NOT_FOUND, where

    def person(self, ref):
        return next((p for p in self.people.values() if p.kind == "USER" and p.id == ref), None)

    def no_person(self, ref, where="user"):
        """The reason that a person can't be given anything."""
        found = self.person(ref)
        return found is None or found.archived, INVALID if found else NOT_FOUND, where

    def no_people(self, refs, where="members"):
        return [self.no_person(ref, f"{where}.{i}") for i, ref in enumerate(refs or [])]

    def no_role(self, ref, where="role", *, archived_too=False):
        unknown = ref not in self.archived_roles
        gone = not unknown and self.archived_roles[ref] and not archived_too
        return unknown or gone, NOT_FOUND if unknown else INVALID, where

    def no_severity(self, ref):
        return ref not in ("SEV1", "SEV2", "SEV3"), NOT_FOUND, "severity"

    def no_services(self, refs):
        return [(ref not in self.services, NOT_FOUND, f"services.{i}") for i, ref in enumerate(refs or [])]

    def stale(self, incident, given):
        """The reason that an edit was made against another version."""
        expected = given.get("expectedVersion")
        return incident and expected is not None and expected != incident.version, VERSION, "expectedVersion"

    def past(self, given, name):
        """A moment of an input, by our clock at the latest; None where it was not given."""
        text = given.get(name)
        return min(datetime.fromisoformat(text), self.now) if text else None

    def in_future(self, given, name):
        """The reason that a moment has not come yet."""
        text = given.get(name)
        return text and datetime.fromisoformat(text) > self.now + SKEW, INVALID, name

    # What verbs do

    def log(self, who, kind, incident=None, *, at=None, **more):
        """Write an event down."""
        line = Line(kind, who, at or self.now, self.now, incident, **more)
        if incident is not None:
            incident.lines.append(line)
            line.number = len(incident.lines)
        self.fresh.append(line)
        return line

    def join(self, incident, who, *, by=None):
        """Make somebody a member; with an event if somebody else (`by`) does that to a person."""
        if who in incident.members or who.kind == "INTEGRATION":
            return
        incident.members.append(who)
        if by is not None and who.kind == "USER":
            self.log(by, "member.added", incident)

    def followers(self, incident):
        """What was merged into an incident."""
        return [i for i in self.incidents if i.into is incident]

    def family(self, incident):
        return [incident, *self.followers(incident)]

    def show_as(self, who, family, visibility):
        """Give an incident, with what was merged into it, a visibility; whoever does that stays in."""
        self.join(family[0], who)
        for incident in family:
            if incident.visibility != visibility:
                incident.visibility = visibility
                self.log(who, "incident.visibility_changed", incident)

    def hand(self, who, incident, role, user, at=None):
        """Give a role to a person, who becomes a member; the holder before is relieved."""
        held = incident.holder(role)
        if held is not None and held.user is user:
            return
        moment = at or self.now
        if held is not None:
            held.until = max(moment, held.since)
        incident.holdings.append(Holding(role, user, moment))
        self.join(incident, user)
        self.log(who, "role.assigned", incident, at=at)

    def duties(self, user):
        """The open incidents in which a person holds a role."""
        return [
            i for i in self.incidents if i.stage in OPEN and any(h.user is user and h.until is None for h in i.holdings)
        ]

    def tasks_of(self, incident):
        return [task for task in self.tasks if task.incident is incident]

    def alerts_of(self, incident):
        return [alert for alert in self.alerts if alert.incident is incident]

    def retell(self, who, incident):
        """Let components follow what customers are told: the worst of every open public thread's last word."""
        for key in self.components:
            said = [i.claims[key] for i in self.incidents if key in i.claims and i.kind != "DRILL"]
            worst = max(said, key=WORST_LAST.index, default="OPERATIONAL")
            if worst != self.shown.get(key, "OPERATIONAL"):
                self.shown[key] = worst
                self.log(who, "component.status_changed", None if incident.private else incident)
