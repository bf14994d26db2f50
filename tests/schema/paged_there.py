"""Muster's own paging, from a policy to an answer, and how somebody wants to be paged."""

from sqlalchemy import func, select

from actions.paging.attempts import claim, mark_delivered, mark_failed, mark_sent
from actions.paging.contact_news import note_contact, read_contact
from actions.paging.links import acknowledge_by_link, link_of, look_at_page
from actions.paging.replies import hear_delivery, hear_reply
from actions.paging.sweep import sweep_paging
from core import ids
from models.paging.contact import ContactMethod
from models.paging.run import Page, PageAttempt
from tests.schema.alerts_there import asked_there

PERSON = ids.encode("User", 5)
LEAST = {
    "saveEscalationPolicy": {"name": "Shop", "steps": [{"afterMinutes": 5, "targets": [{"team": "payments"}]}]},
    "pageSomebody": {"incident": "INC-1", "users": [PERSON]},
    "escalateNow": {"incident": "INC-1"},
    "saveContactMethod": {"way": "MAIL", "address": "fay@quillhaven.example"},
    "verifyContactMethod": {"method": ids.encode("ContactMethod", 99), "code": "AAAAAAAA"},
    "deleteContactMethod": {"method": ids.encode("ContactMethod", 99)},
    "saveNotificationRules": {"zone": "Europe/Berlin"},
    "testPage": {"method": ids.encode("ContactMethod", 99)},
}
"""What each mutation of paging needs at least."""


async def paged_there(do, database, incident: str) -> None:
    """Have people paged for an incident that is open: by a policy and by name; one of them answers."""
    steps = [{"afterMinutes": 5, "targets": [{"person": PERSON}, {"team": "data"}]}]
    policy = {"name": "Shop", "team": "data", "steps": steps, "fallback": True}
    saved = await do("saveEscalationPolicy", "escalationPolicy", **policy)
    await do("saveService", "service", slug="basket", name="Basket", escalationPolicy="shop")
    await do("saveEscalationPolicy", "escalationPolicy", id=saved["id"], repeat=1, fallback=False)
    await _contact(do, database)
    await do("pageSomebody", "incident", incident=incident, policy="Shop")
    await do("pageSomebody", "incident", incident=incident, users=[PERSON], reason="DNS")
    await do("escalateNow", "incident", incident=incident)
    await sweep_paging(database)
    async with database.reading() as reader:
        key = await reader.scalar(select(func.max(PageAttempt.id)))
        page = await reader.scalar(select(func.max(Page.id)))
    for mark in (
        lambda session: claim(session, key),
        lambda session: mark_sent(session, key, "SM1"),
        lambda session: hear_delivery(session, "SM1", "delivered", ""),
        lambda session: mark_delivered(session, key),
        lambda session: mark_failed(session, key, "Odd.", for_good=True),
        lambda session: hear_reply(session, "+15550100", "ACK"),
    ):
        async with database.unit_of_work() as session:
            await mark(session)
    await asked_there(do, database)
    token = link_of(database.keys, "", page, database.clock.now()).rpartition("/")[2]
    for look in (look_at_page, acknowledge_by_link):
        async with database.unit_of_work() as session:
            await look(session, token)


async def _contact(do, database) -> None:
    method = await do("saveContactMethod", "contactMethod", way="MAIL", address="fay@example.org")
    key = ids.decode(method["id"])[1]
    async with database.unit_of_work() as session:
        await read_contact(session, key)
        code = database.keys.open((await session.get_one(ContactMethod, key)).sealed_code)
    own = {"method": method["id"]}
    await do("verifyContactMethod", "contactMethod", **own, code=code)
    await do("testPage", "contactMethod", **own)
    async with database.unit_of_work() as session:
        await note_contact(session, key, None)
    rules = [{**own, "afterMinutes": 0}]
    await do("saveNotificationRules", "notificationRules { zone }", high=rules, quietFrom="22:00", quietUntil="06:00")
    other = await do("saveContactMethod", "contactMethod", way="MAIL", address="fay@example.com")
    await do("deleteContactMethod", "contactMethod", method=other["id"])
