"""What customers are owed: the next update when it was promised, and the last word when it is over for us."""

TIMELINE = """query($ref: String!) { incident(ref: $ref) { timeline(first: 100) { nodes { kind } } } }"""


async def test_customers_are_owed_the_last_word(muster):
    ben, chi, dov = muster.ben, muster.chi, muster.dov
    roles = [{"role": "commander", "user": ben.id}, {"role": "communications_lead", "user": dov.id}]
    declared = await ben.does("declareIncident", title="Index corrupt", severity="SEV2", roles=roles)
    ref = declared["incident"]["reference"]
    said = await dov.does(
        "publishUpdate",
        incident=ref,
        audience="PUBLIC",
        status="INVESTIGATING",
        publicTitle="Search is slow",
        body="We are looking into it.",
        answer="update { nextUpdateBy }",
    )
    assert said["update"]["nextUpdateBy"].startswith("2026-11-24T04:00:00"), "SEV2 promises an hour"

    # The hour passes. The page says so by itself, and the Communications Lead is reminded.
    muster.clock.advance(minutes=61)

    async def page_admits_it():
        return "have not posted it yet" in (await muster.sees(f"/incidents/{ref}")).text

    await muster.eventually(page_admits_it, "the overdue promise on the page", within=2)

    async def reminders():
        nodes = (await chi.asks(TIMELINE, ref=ref))["incident"]["timeline"]["nodes"]
        return [node["kind"] for node in nodes if node["kind"].startswith("reminder.")]

    async def reminded():
        return "reminder.update_overdue" in await reminders()

    await muster.eventually(reminded, "the reminder")
    await muster.quiet()
    assert [mail for mail in muster.mails(to="dov") if "overdue" in mail["Subject"].lower()]

    # It is over for us; customers still read that something is wrong, until somebody tells them.
    await ben.does("changeStage", incident=ref, stage="RESOLUTION")
    assert "Search is slow" in (await muster.sees("/")).text
    muster.clock.advance(minutes=16)

    async def last_word_owed():
        return "reminder.final_update_owed" in await reminders()

    await muster.eventually(last_word_owed, "the reminder of the last word")
    await dov.does("publishUpdate", incident=ref, audience="PUBLIC", status="RESOLVED", body="Search is fast again.")

    async def page_is_well():
        (incident,) = (await muster.sees("/status.json")).json()["incidents"]
        return incident["status"] == "RESOLVED"

    await muster.eventually(page_is_well, "the all clear", within=2)
    assert "Search is fast again." in (await muster.sees(f"/incidents/{ref}")).text
    due = "query($ref: String!) { incident(ref: $ref) { nextUpdateDueAt(audience: PUBLIC) } }"
    assert (await chi.asks(due, ref=ref))["incident"] == {"nextUpdateDueAt": None}

    # The postmortem tells what was promised and what came of it.
    async def told():
        found = await chi.asks("query($ref: String!) { incident(ref: $ref) { postmortem { markdown } } }", ref=ref)
        postmortem = found["incident"]["postmortem"]
        return postmortem["markdown"] if postmortem and "fast again" in postmortem["markdown"] else None

    markdown = await muster.eventually(told, "the postmortem")
    assert "The promised public update is overdue." in markdown
    assert "The public update of 2026-11-24 04:17 UTC came 17 min late." in markdown
