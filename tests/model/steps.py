"""The steps of a story that are about incidents: by anyone, in any order, legal or not."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.model.nouns import MOMENTS
from tests.model.story import (
    AGO,
    EDITED,
    KEY,
    LABELS,
    MOST,
    PICK,
    REASON,
    ROLE,
    SERVICES,
    SEVERITY,
    STAGE,
    TITLE,
    USER,
    USERS,
    VISIBILITY,
    WHO,
    Story,
)


class Steps(Story):
    """What moves an incident, and what is known of it."""

    @initialize(private=st.booleans(), drill=st.booleans())
    def begin(self, private, drill):
        """What most stories need: incidents, somebody in charge, something said and something to do."""
        hide = ("ORGANISATION", "PRIVATE")[private]
        lead = [{"role": "commander", "user": self.user("ben")}]
        self.do("ben", "declareIncident", title="Checkout is down", severity="SEV1", roles=lead)
        self.do("chi", "reportIncident", title="Search is slow", visibility=hide)
        given = {"title": "Keys leaked", "severity": "SEV3", "visibility": hide, "kind": ("REAL", "DRILL")[drill]}
        self.do("dov", "declareIncident", **given, members=[self.user("chi")])
        said = {"audience": "PUBLIC", "status": "MONITORING", "body": "We look at it.", "notify": False}
        self.do("ben", "publishUpdate", incident=self.incident(2), **said)
        self.do("dov", "addTask", incident=self.incident(0), title="Rotate the keys")

    @rule(seconds=st.sampled_from([30, 600, 7200, 25 * 3600]))
    def time_passes(self, seconds):
        self.both.wait(seconds)

    @precondition(lambda self: len(self.company.incidents) < MOST)
    @rule(who=WHO, title=TITLE, services=SERVICES, labels=LABELS, ago=AGO, hide=VISIBILITY, users=USERS, key=KEY)
    def report(self, who, title, services, labels, ago, hide, users, key):
        more = {"detectedAt": self.moment(ago), "members": [self.user(u) for u in users] or None}
        given = {"title": title, "services": services, "labels": labels, "visibility": hide, "idempotencyKey": key}
        self.do(who, "reportIncident", **given, **more)

    @precondition(lambda self: len(self.company.incidents) < MOST)
    @rule(
        who=WHO,
        title=st.one_of(TITLE, st.none()),
        severity=SEVERITY,
        kind=st.sampled_from(["REAL", "REAL", "DRILL", "BACKFILLED"]),
        hide=VISIBILITY,
        agos=st.tuples(AGO, AGO, st.one_of(st.none(), AGO)),
        roles=st.lists(st.tuples(ROLE, USER), max_size=2),
        services=SERVICES,
        key=KEY,
    )
    def declare(self, who, title, severity, kind, hide, agos, roles, services, key):
        moments = dict(zip(("impactStartedAt", "detectedAt", "declaredAt"), map(self.moment, agos), strict=True))
        given = {"title": title, "severity": severity, "kind": kind, "visibility": hide, "services": services}
        given["roles"] = [{"role": role, "user": self.user(user)} for role, user in roles] or None
        self.do(who, "declareIncident", **given, **moments, idempotencyKey=key)

    @precondition(lambda self: any(i.stage in ("DETECTION", "TRIAGE") for i in self.company.incidents))
    @rule(
        who=WHO,
        at=PICK,
        severity=SEVERITY,
        title=st.one_of(st.none(), TITLE),
        hide=VISIBILITY,
        agos=st.tuples(AGO, AGO),
        labels=LABELS,
        users=USERS,
        kind=st.sampled_from(["REAL", "REAL", "REAL", "DRILL"]),
    )
    def declare_reported(self, who, at, severity, title, hide, agos, labels, users, kind):
        given = {"incident": self.incident(at), "title": title, "severity": severity, "visibility": hide, "kind": kind}
        moments = dict(zip(("impactStartedAt", "detectedAt"), map(self.moment, agos), strict=True))
        members = [self.user(user) for user in users] or None
        self.do(who, "declareIncident", **given, **moments, labels=labels, members=members)

    @precondition(lambda self: any(i.stage == "DETECTION" for i in self.company.incidents))
    @rule(who=WHO, at=PICK, key=KEY)
    def acknowledge(self, who, at, key):
        self.do(who, "acknowledgeIncident", incident=self.incident(at), idempotencyKey=key)

    @rule(
        who=WHO,
        at=PICK,
        how=st.sampled_from(["declineIncident", "cancelIncident", "reopenIncident", "reopenIncident"]),
        reason=REASON,
        key=KEY,
    )
    def end_or_reopen(self, who, at, how, reason, key):
        self.do(who, how, incident=self.incident(at), reason=reason, idempotencyKey=key)

    @rule(who=WHO, at=PICK, stage=STAGE, ago=AGO, off=EDITED, key=KEY)
    def change_stage(self, who, at, stage, ago, off, key):
        given = {"occurredAt": self.moment(ago), "expectedVersion": self.version(at, off), "idempotencyKey": key}
        self.do(who, "changeStage", incident=self.incident(at), stage=stage, **given)

    @rule(who=WHO, at=PICK, severity=SEVERITY, off=EDITED)
    def change_severity(self, who, at, severity, off):
        version = self.version(at, off)
        self.do(who, "changeSeverity", incident=self.incident(at), severity=severity, expectedVersion=version)

    @rule(who=WHO, at=PICK, title=TITLE, other=TITLE, services=SERVICES, labels=LABELS, off=EDITED)
    def edit(self, who, at, title, other, services, labels, off):
        texts = {"title": title, "publicTitle": other, "expectedVersion": self.version(at, off)}
        self.do(who, "editIncident", incident=self.incident(at), **texts, services=services, labels=labels)

    @rule(who=WHO, at=PICK, moment=st.sampled_from(MOMENTS), ago=AGO.filter(lambda x: x is not None), reason=REASON)
    def correct(self, who, at, moment, ago, reason):
        given = {"timestamp": moment, "value": self.moment(ago), "reason": reason}
        self.do(who, "correctTimestamp", incident=self.incident(at), **given)

    @rule(who=WHO, at=PICK, into=PICK, key=KEY)
    def merge(self, who, at, into, key):
        self.do(who, "mergeIncident", incident=self.incident(at), into=self.incident(into), idempotencyKey=key)
