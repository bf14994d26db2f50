"""Nights: a hand-over, reminders that find the one who leads now, and two people who reach for the same task."""

import asyncio

ROLES = """query($ref: String!) { incident(ref: $ref) {
  commander { name }
  now: roles { role { key } user { name } }
  history: roles(current: false) { role { key } user { name } assumedAt relinquishedAt }
  timeline(last: 1, kinds: ["role.assigned"]) { nodes { text } }
} }"""


async def test_a_hand_over_in_the_night(muster):
    ben, chi = muster.ben, muster.chi
    ref = (
        await ben.does(
            "declareIncident", title="Search is slow", severity="SEV2", roles=[{"role": "commander", "user": ben.id}]
        )
    )["incident"]["reference"]

    # At six Ben goes to bed. Chi takes over in one step: nobody leads twice, and nobody not at all.
    muster.clock.advance(hours=3)
    await ben.does("assignRole", incident=ref, role="commander", user=chi.id)
    incident = (await chi.asks(ROLES, ref=ref))["incident"]
    assert incident["commander"] == {"name": "Chi Tran"}
    assert incident["now"] == [{"role": {"key": "commander"}, "user": {"name": "Chi Tran"}}]
    (before, after) = incident["history"]
    assert (before["user"]["name"], after["user"]["name"]) == ("Ben Silva", "Chi Tran")
    assert before["relinquishedAt"] == after["assumedAt"]
    assert incident["timeline"]["nodes"][0]["text"] == "Ben Silva handed Incident Commander over to Chi Tran."

    # Chi is told by mail; Ben, who knows, is not.
    def chi_is_told():
        return [mail for mail in muster.mails(to="chi") if "Incident Commander" in mail.as_string()]

    await muster.eventually(chi_is_told, "the mail to the new commander")

    # Asking again changes nothing: no event, no mail.
    numbers = """query($ref: String!) {
      incident(ref: $ref) { timeline(last: 1, kinds: ["role.assigned"]) { nodes { number } } } }"""
    last = await ben.asks(numbers, ref=ref)
    await ben.does("assignRole", incident=ref, role="commander", user=chi.id)
    assert await ben.asks(numbers, ref=ref) == last


async def test_nobody_speaks_and_the_one_who_leads_now_is_reminded(muster):
    ben, chi = muster.ben, muster.chi
    declared = await ben.does(
        "declareIncident",
        title="Search is slow",
        severity="SEV2",
        roles=[{"role": "commander", "user": ben.id}],
        answer="incident { reference unfilledRoles { key } nextUpdateDueAt(audience: INTERNAL) }",
    )
    ref = declared["incident"]["reference"]
    assert [role["key"] for role in declared["incident"]["unfilledRoles"]] == ["technical_lead", "communications_lead"]
    await ben.does("assignRole", incident=ref, role="commander", user=chi.id)

    # Ten minutes: two roles are still vacant. Thirty: the internal update that was promised has not come.
    muster.clock.advance(minutes=31)
    reminders = "query($ref: String!) { incident(ref: $ref) { timeline(first: 100) { nodes { kind text } } } }"

    async def reminded():
        nodes = (await ben.asks(reminders, ref=ref))["incident"]["timeline"]["nodes"]
        return {node["kind"]: node["text"] for node in nodes if node["kind"].startswith("reminder.")}

    async def both():
        found = await reminded()
        return found if len(found) == 2 else None

    assert await muster.eventually(both, "the reminders") == {
        "reminder.roles_unfilled": "Still vacant: Technical Lead, Communications Lead.",
        "reminder.update_overdue": "The promised internal update is overdue.",
    }
    await muster.quiet()
    overdue = [mail for mail in muster.mails() if "overdue" in mail["Subject"].lower()]
    assert [mail["To"] for mail in overdue] == ["chi@quillhaven.example"], "no Communications Lead: the commander"

    # Once is enough: a reminder is not repeated.
    muster.clock.advance(minutes=5)
    await ben.does("addEntry", incident=ref, kind="NOTE", text="Still looking")
    await muster.quiet()
    kinds = [event.kind for event in await muster.world.events() if event.kind.startswith("reminder.")]
    assert sorted(kinds) == ["reminder.roles_unfilled", "reminder.update_overdue"]


async def test_two_responders_reach_for_one_task(muster):
    ben, chi = muster.ben, muster.chi
    ref = (await ben.does("declareIncident", title="Search is slow", severity="SEV2"))["incident"]["reference"]
    task = (await ben.does("addTask", incident=ref, title="Restart the index"))["task"]["id"]
    claim = "mutation($input: TaskInput!) { claimTask(input: $input) { task { state claimedBy { name } } } }"
    answers = await asyncio.gather(*(who.answer(claim, input={"task": task}) for who in (ben, chi)))
    (won,) = [answer for answer in answers if not answer.get("errors")]
    (lost,) = [answer for answer in answers if answer.get("errors")]
    holder = won["data"]["claimTask"]["task"]["claimedBy"]["name"]
    (error,) = lost["errors"]
    assert error["extensions"]["code"] == "CONFLICT"
    assert error["path"] == ["claimTask"]
    assert holder in error["message"]
    assert len(await muster.world.events(None, "task.claimed")) == 1
