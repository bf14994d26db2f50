"""Stories that chance tells seldom, told to the model and the product alike; every step is compared in full."""

import asyncio

import pytest

from tests.model.comparison import Comparison
from tests.model.product import Product


@pytest.fixture
def both(database_url):
    """A comparison; at its end every snapshot is held against the past as the product rebuilds it."""
    with asyncio.Runner() as runner:
        product = runner.run(Product.open(database_url))
        try:
            comparison = Comparison(runner, product)
            yield comparison
            comparison.compare_past()
        finally:
            runner.run(product.close())


def declared(both, key="ben", **more):
    return both.do(key, "declareIncident", **{"title": "Checkout is down", "severity": "SEV2", **more})


def ref(incident):
    return f"INC-{incident.number}"


def test_a_task_of_an_incident_that_has_ended_is_not_claimed_but_may_be_finished(both):
    incident = declared(both)
    held = both.do("ben", "addTask", incident=ref(incident), title="Fail over")
    free = both.do("ben", "addTask", incident=ref(incident), title="Call the bank")
    both.do("ben", "claimTask", task=held.id)
    both.do("ben", "cancelIncident", incident=ref(incident), reason="It was a test.")
    both.do("chi", "claimTask", task=free.id)
    both.do("chi", "completeTask", task=held.id)
    both.do("dov", "completeTask", task=held.id, user=both.company.people["ben"].id)
    both.do("chi", "completeTask", task=free.id)
    both.do("chi", "dropTask", task=free.id)


def test_a_chain_of_merges_is_one_family_that_becomes_private_and_visible_together(both):
    first, second, third = declared(both), declared(both, "chi"), declared(both, "dov")
    task = both.do("chi", "addTask", incident=ref(first), title="Look at the logs")
    both.do("chi", "claimTask", task=task.id)
    both.do("ben", "mergeIncident", incident=ref(first), into=ref(second))
    both.do("ben", "mergeIncident", incident=ref(second), into=ref(first))
    both.do("ben", "mergeIncident", incident=ref(second), into=ref(second))
    both.do("chi", "mergeIncident", incident=ref(second), into=ref(third), reason="The same cause.")
    both.do("dov", "changeVisibility", incident=ref(third), visibility="PRIVATE", reason="An attack.", members=[])
    both.do("chi", "addEntry", incident=ref(third), kind="NOTE", text="I still see it?")
    both.do("chi", "pinEvent", event=first.lines[0].id, pinned=True)
    both.do("dov", "pinEvent", event=first.lines[0].id, pinned=True)
    both.do("dov", "addMember", incident=ref(first), user=both.company.people["eve"].id)
    both.do("dov", "addMember", incident=ref(third), user=both.company.people["chi"].id)
    both.do("chi", "releaseTask", task=task.id)
    both.do("chi", "changeVisibility", incident=ref(third), visibility="ORGANISATION", reason="It was none.")


def test_what_customers_read_about_is_not_hidden_nor_merged_into_what_is_hidden(both):
    public, hidden = declared(both), declared(both, visibility="PRIVATE")
    component = next(iter(both.company.components))
    said = {"incident": ref(public), "audience": "PUBLIC", "body": "Payments fail.", "status": "INVESTIGATING"}
    update = both.do("ben", "publishUpdate", **said, components=[{"component": component, "status": "MAJOR_OUTAGE"}])
    both.do("ben", "mergeIncident", incident=ref(public), into=ref(hidden))
    both.do("ben", "mergeIncident", incident=ref(hidden), into=ref(public))
    both.do("ben", "changeVisibility", incident=ref(public), visibility="PRIVATE", reason="An attack.")
    both.do("ben", "publishUpdate", **{**said, "incident": ref(hidden)})
    final = both.do("ben", "publishUpdate", **{**said, "status": "RESOLVED", "body": "It is over."})
    both.do("ben", "changeVisibility", incident=ref(public), visibility="PRIVATE", reason="An attack.")
    both.do("ben", "withdrawUpdate", update=final.id, reason="It was not over.")
    both.do("ben", "withdrawUpdate", update=update.id, reason="It told too much.")
    both.do("ben", "withdrawUpdate", update=final.id, reason="It was not over.")


def test_a_merged_incident_says_its_last_word_and_nothing_else(both):
    first, second = declared(both), declared(both)
    said = {"incident": ref(first), "audience": "PUBLIC", "body": "Payments fail.", "status": "INVESTIGATING"}
    component = list(both.company.components)[-1]
    both.do("ben", "publishUpdate", **said, components=[{"component": component, "status": "PARTIAL_OUTAGE"}])
    both.do("ben", "mergeIncident", incident=ref(first), into=ref(second))
    both.do("ben", "publishUpdate", **said)
    both.do("ben", "publishUpdate", **{**said, "audience": "INTERNAL"})
    both.do("ben", "publishUpdate", **{**said, "status": "RESOLVED"})
    both.do("ben", "publishUpdate", **{**said, "status": "RESOLVED"})


def test_drills_and_what_really_happened_are_not_mixed(both):
    drill, real, past = declared(both, kind="DRILL"), declared(both), declared(both, kind="BACKFILLED")
    both.do("ben", "mergeIncident", incident=ref(drill), into=ref(real))
    both.do("ben", "publishUpdate", incident=ref(drill), audience="PUBLIC", body="Down.", status="INVESTIGATING")
    both.do("ben", "mergeIncident", incident=ref(past), into=ref(real))


def test_a_repeated_request_is_answered_as_the_first_time_unless_its_result_is_hidden_by_now(both):
    incident = declared(both)
    key = {"idempotencyKey": "k"}
    both.do("chi", "addTask", incident=ref(incident), title="Fail over", **key)
    both.do("chi", "addTask", incident=ref(incident), title="Fail over", **key)
    both.do("chi", "addTask", incident=ref(incident), title="Roll back", **key)
    both.do("ben", "addTask", incident=ref(incident), title="Roll back", **key)
    both.do("ben", "changeVisibility", incident=ref(incident), visibility="PRIVATE", reason="An attack.", members=[])
    both.do("chi", "addTask", incident=ref(incident), title="Fail over", **key)
    both.wait(25 * 3600)
    both.do("chi", "addTask", incident=ref(incident), title="Fail over", **key)
    both.do("ben", "addTask", incident=ref(incident), title="Roll back", **key)


def test_nobody_is_locked_out_of_a_private_incident_by_accident(both):
    people = both.company.people
    incident = declared(both, visibility="PRIVATE", members=[people["chi"].id])
    both.do("ben", "removeMember", incident=ref(incident), user=people["ben"].id)
    both.do("ben", "assignRole", incident=ref(incident), role="scribe", user=people["chi"].id)
    both.do("ben", "removeMember", incident=ref(incident), user=people["chi"].id)
    both.do("ada", "saveUser", id=people["chi"].id, archived=True)
    both.do("ben", "relinquishRole", incident=ref(incident), role="scribe")
    both.do("ada", "saveUser", id=people["chi"].id, archived=True)
    both.do("chi", "addEntry", incident=ref(incident), kind="NOTE", text="I left.")
    both.do("ben", "removeMember", incident=ref(incident), user=people["chi"].id)
    script = declared(both, "bot", visibility="PRIVATE", members=[people["dov"].id])
    both.do("bot", "removeMember", incident=ref(script), user=people["dov"].id)
    both.do("ada", "saveUser", id=people["ada"].id, archived=True)


def test_an_incident_that_comes_back_is_declared_anew_and_its_end_forgotten(both):
    incident = both.do("chi", "reportIncident", title="Search is slow")
    both.do("chi", "declineIncident", incident=ref(incident), reason="Nothing found.")
    both.do("ben", "reopenIncident", incident=ref(incident), reason="It is back.")
    both.do("ben", "changeSeverity", incident=ref(incident), severity="SEV1")
    both.wait(600)
    past = both.company.now.isoformat()
    both.wait(600)
    both.do("ben", "changeStage", incident=ref(incident), stage="RESOLUTION", occurredAt=past)
    later = both.company.now.isoformat()
    given = {"timestamp": "MITIGATED", "reason": "The graph says so."}
    both.do("ben", "correctTimestamp", incident=ref(incident), value=later, **given)
    both.do("ben", "changeStage", incident=ref(incident), stage="CLOSED", occurredAt=past)
    both.do("ben", "reopenIncident", incident=ref(incident), reason="Again.")
    both.do("ben", "changeStage", incident=ref(incident), stage="MITIGATION", occurredAt=past)
    both.do("ben", "changeStage", incident=ref(incident), stage="MITIGATION")
    both.do("ben", "changeStage", incident=ref(incident), stage="RESPONSE")
    both.do("ben", "changeStage", incident=ref(incident), stage="MITIGATION")
    both.wait(600)
    both.do("ben", "changeStage", incident=ref(incident), stage="RESOLUTION", note="The fix is verified.")
    both.do("ben", "changeStage", incident=ref(incident), stage="POSTMORTEM")
    both.do("ben", "changeStage", incident=ref(incident), stage="RESPONSE")
    both.do("ben", "changeStage", incident=ref(incident), stage="CLOSED")
