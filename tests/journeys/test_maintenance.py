"""A maintenance night: planned, reminded of, begun and ended on time, with real trouble in the middle of it."""

EVENTS = "subscription($after: Cursor) { incidentEvents(after: $after) { kind data } }"


async def test_a_maintenance_runs_on_time_and_a_real_incident_in_it_wins(muster):
    ada, ben, dov = muster.ada, muster.ben, muster.dov
    made = await ada.does("saveComponent", name="Payments")
    component, other = made["component"]["id"], (await ada.does("saveComponent", name="Mail"))["component"]["id"]
    muster.clock.advance(hours=1)
    seen = dov.watches(EVENTS, after=made["cursor"])
    async with seen as watch:
        # Dov plans it: everybody can read of it at once.
        work = {"title": "New disks", "body": "Payments **pause** for a minute.", "components": [component]}
        times = {"startsAt": "2026-11-24T06:00:00Z", "endsAt": "2026-11-24T08:00:00Z", "remindMinutes": 60}
        planned = await dov.does("scheduleMaintenance", **work, **times)
        ref = planned["maintenance"]["reference"]
        assert (await ben.is_refused("scheduleMaintenance", **work, **times))["code"] == "FORBIDDEN"
        again = await dov.is_refused("scheduleMaintenance", **work, **times)
        assert (again["code"], again["field"]) == ("CONFLICT", "startsAt")
        assert ref in again["message"]
        home = (await muster.sees("/")).text
        assert f'href="/maintenance/{ref}"' in home
        assert "Everything is working." in home

        async def comes(kind):
            found = await muster.eventually(lambda: [each for each in watch.seen if each["kind"] == kind], kind)
            return found[-1]["data"]

        # An hour before, subscribers are to be reminded; at six it begins by itself.
        muster.clock.moment = muster.clock.moment.replace(hour=5, minute=0, second=1)
        assert (await comes("maintenance.reminded"))["notify"] is True
        muster.clock.moment = muster.clock.moment.replace(hour=6, minute=0, second=1)
        assert (await comes("maintenance.started"))["notify"] is True

        async def shows(words, path="/"):
            async def there():
                text = (await muster.sees(path)).text
                return text if words in text else None

            return await muster.eventually(there, words)

        await shows("Planned work is under way.")
        page = await shows("Until 08:00\u00a0UTC")
        assert "Payments <strong>pause</strong> for a minute." in page
        assert (await muster.sees("/status.json")).json()["state"] == "UNDER_MAINTENANCE"

        # Something real breaks meanwhile: the worst is what customers read, and it stays until that is over.
        incident = await ben.does("declareIncident", title="Disk lost", severity="SEV1")
        about = {"incident": incident["incident"]["reference"], "audience": "PUBLIC"}
        down = [{"component": component, "status": "MAJOR_OUTAGE"}]
        await ben.does("publishUpdate", **about, status="INVESTIGATING", body="We look.", components=down)
        page = await shows("Payments is down.")
        assert f'href="/maintenance/{ref}"' in page
        muster.clock.advance(minutes=30)
        await ben.does("publishUpdate", **about, status="RESOLVED", body="Well again.")
        await shows("Planned work is under way.")

        # It is over on time, as planned; uptime counts the outage and not the work.
        await dov.does("publishMaintenanceUpdate", maintenance=ref, body="Nearly done.", status="VERIFYING")
        muster.clock.moment = muster.clock.moment.replace(hour=8, minute=0, second=1)
        assert (await comes("maintenance.completed"))["notify"] is True
        page = await shows("Everything is working.")
        assert "Completed after 2 h." in page.replace("\u00a0", " ")
        assert "Nearly done." in (await shows("Completed after", f"/maintenance/{ref}"))
        components = (await muster.sees("/status.json")).json()["components"]
        uptimes = {each["id"]: each["uptime90Days"] for each in components}
        assert uptimes[other] == 100
        # Made at 03:00: five hours, of which half an hour was an outage (and seconds until it was published).
        assert 89.9 < uptimes[component] <= 90.0
