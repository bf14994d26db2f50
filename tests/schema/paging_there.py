"""A page, from its order to its end, with what the vendor does in between."""

from sqlalchemy import func, select

from actions.outward.hearing import Heard, hear, page_heard_of
from actions.outward.ledger import Made, claim_action, mark_done
from actions.outward.on_call import note_no_answer, note_on_call, sweep_on_call
from core import ids
from models.integration import Integration
from models.on_call import OnCall
from models.words import PageChange

PERSON = "user-2@example.org"


async def page_there(do, database, incident: str) -> None:
    """Have whoever is on call paged for an incident that was reported; they take it there, and it ends here."""
    pager = {"routing_key": "r" * 32}
    await do("saveIntegration", "integration", vendor="pagerduty", configuration=pager)
    await sweep_on_call(database)
    async with database.unit_of_work() as session:
        key = await session.scalar(select(func.max(Integration.id)))
        await note_on_call(session, key, [OnCall("Sam", PERSON, "Shop")])
    async with database.unit_of_work() as session:
        await note_no_answer(session, key, "PagerDuty failed (500).")
    paged = await do("pageOnCall", "outwardAction", incident=incident, integration="pagerduty")
    action_id = ids.decode(paged["id"])[1]
    async with database.unit_of_work() as session:
        claimed = await claim_action(session, action_id)
    async with database.unit_of_work() as session:
        await mark_done(session, claimed, Made(claimed.arguments["mark"]))
    async with database.unit_of_work() as session:
        assert await page_heard_of(session, claimed.integration_id, _heard(database, claimed, None)) == action_id
    for change in (PageChange.ESCALATED, PageChange.ACKNOWLEDGED, PageChange.UNACKNOWLEDGED):
        async with database.unit_of_work() as session:
            assert await hear(session, action_id, _heard(database, claimed, change))
    async with database.unit_of_work() as session:
        assert await page_heard_of(session, claimed.integration_id, _heard(database, None, None)) == action_id
    await do("pageOnCall", "outwardAction", incident=incident, integration="pagerduty", target="search")
    await do("acknowledgePage", incident=incident)
    await do("pageOnCall", "outwardAction", incident=incident, integration="pagerduty", again="Nobody answers.")
    await do("declineIncident", incident=incident, reason="Nothing.")


def _heard(database, claimed, change) -> Heard:
    return Heard(
        delivery=f"event {change}",
        change=change,
        occurred_at=database.clock.now(),
        mark=claimed.arguments["mark"] if claimed else None,
        external_id="PINC001",
        url="https://acme.pagerduty.com/incidents/PINC001",
        by_person=True,
        agent_id="PUSER01",
        agent="Sam",
        email=PERSON,
        note=None,
    )
