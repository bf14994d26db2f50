"""The steps of a story that are about people and their work; with those of `steps`, all that may happen."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.model.steps import Steps
from tests.model.story import (
    AGO,
    CLAIMS,
    KEY,
    MOST,
    PICK,
    REASON,
    ROLE,
    STATUS,
    TITLE,
    USER,
    USERS,
    VISIBILITY,
    WHO,
)

ENTRIES = st.sampled_from(["NOTE", "DECISION", "HYPOTHESIS"])
ADMINS = st.sampled_from(["ada"] * 8 + ["dov", "ben", None])


class Machine(Steps):
    """Everything."""

    @rule(who=WHO, at=PICK, visibility=VISIBILITY, reason=REASON, users=st.one_of(st.none(), USERS), key=KEY)
    def change_visibility(self, who, at, visibility, reason, users, key):
        members = [self.user(user) for user in users] if users is not None else None
        given = {"visibility": visibility, "reason": reason, "members": members, "idempotencyKey": key}
        self.do(who, "changeVisibility", incident=self.incident(at), **given)

    @rule(who=WHO, at=PICK, user=USER, how=st.sampled_from(["addMember", "removeMember"]), key=KEY)
    def change_members(self, who, at, user, how, key):
        self.do(who, how, incident=self.incident(at), user=self.user(user), idempotencyKey=key)

    @rule(who=WHO, at=PICK, role=ROLE, user=USER, key=KEY)
    def assign(self, who, at, role, user, key):
        given = {"role": role, "user": self.user(user), "idempotencyKey": key}
        self.do(who, "assignRole", incident=self.incident(at), **given)

    @precondition(lambda self: any(i.holdings for i in self.company.incidents))
    @rule(who=WHO, at=PICK, role=ROLE)
    def relinquish(self, who, at, role):
        self.do(who, "relinquishRole", incident=self.incident(at), role=role)

    @rule(who=WHO, at=PICK, kind=ENTRIES, text=REASON, ago=AGO, pinned=st.booleans(), key=KEY)
    def write(self, who, at, kind, text, ago, pinned, key):
        given = {"kind": kind, "text": text, "occurredAt": self.moment(ago), "pinned": pinned, "idempotencyKey": key}
        self.do(who, "addEntry", incident=self.incident(at), **given)

    @rule(who=WHO, at=PICK, line=PICK, pinned=st.booleans(), key=KEY)
    def pin(self, who, at, line, pinned, key):
        lines = self.company.incidents[-1 - at % len(self.company.incidents)].lines
        self.do(who, "pinEvent", event=self.one(lines, line, "Event"), pinned=pinned, idempotencyKey=key)

    @rule(who=WHO, at=PICK, title=TITLE, key=KEY)
    def add_task(self, who, at, title, key):
        self.do(who, "addTask", incident=self.incident(at), title=title, idempotencyKey=key)

    @precondition(lambda self: self.company.tasks)
    @rule(
        who=WHO,
        at=PICK,
        how=st.sampled_from(["claimTask", "claimTask", "releaseTask", "completeTask", "dropTask"]),
        user=st.one_of(st.none(), USER),
        key=KEY,
    )
    def work(self, who, at, how, user, key):
        given = {"user": self.user(user) if user else None, "idempotencyKey": key}
        self.do(who, how, task=self.one(self.company.tasks, at, "Task"), **given)

    @rule(
        who=WHO,
        at=PICK,
        public=st.booleans(),
        status=STATUS,
        body=REASON,
        title=st.one_of(st.none(), st.none(), TITLE),
        claims=CLAIMS,
        ago=st.sampled_from([None, None, None, -600, 5]),
        key=KEY,
    )
    def publish(self, who, at, public, status, body, title, claims, ago, key):
        components = list(self.company.components)
        said = [{"component": components[n], "status": state} for n, state in sorted(claims.items())] or None
        given = {"audience": ("INTERNAL", "PUBLIC")[public], "status": status, "body": body, "publicTitle": title}
        given |= {"components": said, "nextUpdateBy": self.moment(ago), "idempotencyKey": key}
        self.do(who, "publishUpdate", incident=self.incident(at), **given, notify=False)

    @precondition(lambda self: any(i.updates for i in self.company.incidents))
    @rule(who=WHO, at=PICK, reason=REASON, reword=st.booleans(), key=KEY)
    def change_update(self, who, at, reason, reword, key):
        updates = sorted((u for i in self.company.incidents for u in i.updates), key=lambda u: u.published)
        how, text = ("editUpdate", "body") if reword else ("withdrawUpdate", "reason")
        given = {"update": self.one(updates, at, "Update"), text: reason, "idempotencyKey": key}
        self.do(who, how, **given)

    @precondition(lambda self: len(self.company.incidents) < MOST and len(self.company.alerts) < 20)
    @rule(
        group=st.sampled_from(["Down", "Slow"]), more=st.booleans(), ago=st.sampled_from([5, 600]), pages=st.booleans()
    )
    def fire(self, group, more, ago, pages):
        names = [f"f{len(self.company.alerts) + n}" for n in range(1 + more)]
        self.both.fire(group, names, self.company.now - timedelta(seconds=ago), pages=pages)

    @precondition(lambda self: self.company.alerts)
    @rule(at=PICK)
    def end(self, at):
        alert = self.company.alerts[-1 - at % len(self.company.alerts)]
        self.both.end(alert, alert.starts + timedelta(seconds=5))

    @precondition(lambda self: self.company.alerts)
    @rule(who=WHO, at=PICK, how=st.sampled_from(["acknowledgeAlert", "resolveAlert"]), key=KEY)
    def look_at_alert(self, who, at, how, key):
        self.do(who, how, alert=self.one(self.company.alerts, at, "Alert"), idempotencyKey=key)

    @precondition(lambda self: self.company.alerts)
    @rule(who=WHO, at=PICK, to=st.one_of(st.none(), PICK), key=KEY)
    def link(self, who, at, to, key):
        alert = self.one(self.company.alerts, at, "Alert")
        incident = self.incident(to) if to is not None else None
        self.do(who, "linkAlert", alert=alert, incident=incident, idempotencyKey=key)

    @precondition(lambda self: self.both.steps % 3 == 0)
    @rule(who=ADMINS, user=USER, archived=st.booleans())
    def archive_person(self, who, user, archived):
        self.do(who, "saveUser", id=self.user(user), archived=archived)

    @precondition(lambda self: self.both.steps % 4 == 0)
    @rule(who=ADMINS, role=st.sampled_from(["liaison", "liaison", "scribe"]), archived=st.booleans())
    def archive_role(self, who, role, archived):
        self.do(who, "saveRole", id=role, archived=archived)

    @precondition(lambda self: self.given)
    @rule(at=PICK, other=st.sampled_from([False, False, True]))
    def repeat(self, at, other):
        who, mutation, given = self.given[-1 - at % len(self.given)]
        texts = [name for name in ("reason", "title", "text", "body") if name in given]
        if other and texts:
            given = {**given, texts[0]: "something else"}
        self.both.do(who, mutation, **given)
