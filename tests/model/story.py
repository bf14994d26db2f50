"""What the steps of a story choose from, and how they name what there is."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from core import ids
from tests.model.comparison import Comparison

MOST = 7
"""Incidents in one story; more are not looked at in one request."""

WHO = st.sampled_from(["ben", "chi", "dov", "ada"] * 4 + ["bot", "bot", "eve", None])
USER = st.sampled_from(["ben", "chi", "dov", "eve", "ada"] * 3 + ["ghost"])
USERS = st.lists(USER, max_size=2)
NONE = 23
PICK = st.integers(0, NONE)
"""Which of those that there are, the newest first; NONE means one that there is not."""
ROLE = st.sampled_from(["commander", "scribe", "liaison", "commander", "technical_lead"] * 3 + ["cook"])
SEVERITY = st.sampled_from(["SEV1", "SEV2", "SEV3"] * 4 + ["SEV9"])
REASON = st.sampled_from(["a reason", "another reason"] * 6 + ["  "])
TITLE = st.sampled_from(["Checkout is down", "Search is slow", "Keys leaked"] * 4 + [" "])
VISIBILITY = st.sampled_from(["ORGANISATION", "PRIVATE"])
SERVICES = st.sampled_from(
    [None, [], ["checkout-api"], ["search-api", "checkout-api"], ["search-api"]] * 3 + [["nothing"]]
)
LABELS = st.sampled_from([None, {"region": "eu"}, {"region": "us", "tier": "1"}])
AGO = st.sampled_from([None, None, None, 0, 5, 90, 600, 7200] * 2 + [-30, -3600])
"""Seconds before now; below 0 it is the future, and from -60 on it is a client's clock."""
EDITED = st.sampled_from([None] * 5 + [0] * 3 + [1])
"""expectedVersion: none, the present one, or another."""
KEY = st.sampled_from([None, None, None, "k1", "k2"])
STAGES = ["RESPONSE", "MITIGATION", "RESOLUTION", "POSTMORTEM", "CLOSED"]
STAGE = st.sampled_from([*STAGES * 3, "MITIGATION", "RESOLUTION", "RESOLUTION", "TRIAGE", "DECLINED", "MERGED"])
STATUS = st.sampled_from(["INVESTIGATING", "MONITORING", "RESOLVED", "RESOLVED", None])
CLAIMS = st.dictionaries(
    st.integers(0, 1), st.sampled_from(["DEGRADED_PERFORMANCE", "MAJOR_OUTAGE", "OPERATIONAL"]), max_size=2
)


class Story(RuleBasedStateMachine):
    """A comparison that goes on by steps. Given: an event loop's runner and the product."""

    def __init__(self, runner, product):
        super().__init__()
        self.both = Comparison(runner, product)
        self.given = []

    def teardown(self):
        self.both.compare_past()

    # What a step refers to

    @property
    def company(self):
        return self.both.company

    def incident(self, at):
        found = self.company.incidents
        if at == NONE or not found:
            return "nonsense" if self.both.steps % 3 == 0 else "INC-99999"
        chosen = found[-1 - at % len(found)]
        return [f"INC-{chosen.number}", str(chosen.number), chosen.id][at % 3]

    def user(self, name):
        return self.company.people[name].id if name != "ghost" else ids.encode("User", 99999)

    def one(self, things, at, noun):
        return things[-1 - at % len(things)].id if things and at != NONE else ids.encode(noun, 99999)

    def moment(self, ago):
        return (self.company.now + timedelta(seconds=1 - ago)).isoformat() if ago is not None else None

    def version(self, at, off):
        """expectedVersion of the incident that `at` means."""
        found = self.company.incidents
        return found[-1 - at % len(found)].version + off if off is not None and found else None

    def do(self, who, mutation, **given):
        given = {name: value for name, value in given.items() if value is not None}
        if "idempotencyKey" in given:
            self.given.append((who, mutation, given))
        self.both.do(who, mutation, **given)
