"""Working on an incident from the command line, end to end, against a server on a real socket."""

import json

from actions.declarations import declare_incident
from models.words import Stage, Visibility

LINE = {
    *("reference", "title", "stage", "kind", "visibility", "severity", "commander", "services", "labels", "detectedAt"),
    *("declaredAt", "mitigatedAt", "resolvedAt", "closedAt", "url", "publicUrl"),
}


def said(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def error_of(done):
    assert done.stdout == ""
    return json.loads(done.stderr)["error"]


async def test_an_incident_from_its_declaration_to_its_end(cli, world):
    declared = await cli(
        *("incident", "declare", "Checkout fails", "--severity", "sev1", "--service", "checkout-api"),
        *("--summary", "502 for everybody", "--label", "region=eu-1", "--role", "commander=me", "--json"),
    )
    incident = said(declared)["incident"]
    assert set(incident) == LINE | {"unfilledRoles", "similar"}
    ref = incident["reference"]
    assert (incident["commander"]["name"], incident["labels"]) == ("Ben Silva", {"region": "eu-1"})

    given = await cli("incident", "role", ref, "scribe", "chi@quillhaven.example")
    assert given.stdout == f"Chi Tran is scribe of {ref}.\n"
    assert (await cli("incident", "role", ref, "scribe", "--clear")).stdout == f"Nobody is scribe of {ref} now.\n"
    noted = said(
        await cli(
            "incident", "note", ref, "Roll back.", "--kind", "decision", "--pin", "--at", "2026-11-24T03:00Z", "--json"
        )
    )
    assert (noted["event"]["entryKind"], noted["event"]["pinned"]) == ("DECISION", True)
    internal = said(await cli("incident", "update", ref, "We roll back.", "--json"))
    assert internal["update"]["audience"] == "INTERNAL"
    public = said(
        await cli(
            *("incident", "update", ref, "Payments fail.", "--public", "--status", "identified", "--title", "Payments"),
            *("--component", "checkout=major-outage", "--json"),
        )
    )
    assert public["update"]["components"] == [
        {"component": {"name": "Checkout"}, "from": "OPERATIONAL", "to": "MAJOR_OUTAGE"}
    ]
    stages = [
        await cli("incident", "stage", ref, stage, *more)
        for stage, more in (
            ("mitigation", ["--note", "4.11 is back"]),
            ("resolution", []),
            ("response", ["--reason", "Again"]),
        )
    ]
    assert [done.stdout for done in stages] == [
        f"{ref} is in {stage}: Checkout fails\n" for stage in ("MITIGATION", "RESOLUTION", "RESPONSE")
    ]

    shown = said(await cli("incident", "show", ref, "--json", "--events", "100"))
    assert set(shown) == {"incident", "cursor"}
    kinds = [event["kind"] for event in shown["incident"]["timeline"]]
    expected = ("incident.declared", "role.assigned", "entry.added", "update.published", "incident.reopened")
    assert set(expected) <= set(kinds)
    assert [role["role"]["key"] for role in shown["incident"]["roles"]] == ["commander"]
    plain = await cli("incident", "show", ref)
    assert "Stage\tRESPONSE\n" in plain.stdout
    assert (await cli("incident", "stage", ref, "cancelled", "--reason", "It was a drill")).returncode == 0
    (event,) = await world.events(None, "incident.cancelled")
    assert (await world.incident(event.incident_id)).stage is Stage.CANCELLED


async def test_what_was_reported_is_taken_up_and_declared(cli):
    reported = said(await cli("incident", "declare", "It is slow", "--severity", "SEV3", "--drill", "--json"))
    assert reported["incident"]["kind"] == "DRILL"
    again = await cli("incident", "declare", "--incident", reported["incident"]["reference"], "-s", "SEV1", "--json")
    assert error_of(again)["code"] == "ILLEGAL_TRANSITION"
    assert (await cli("incident", "stage", reported["incident"]["reference"], "TRIAGE")).returncode == 1


async def test_lists_are_filtered_paged_and_plain_where_nobody_looks(cli, world):
    for number in range(130):
        await world.do(
            declare_incident,
            world.ben,
            title=f"Thing {number}\tis \x1b[31mred",
            severity="SEV2" if number % 2 else "SEV3",
            services=["search-api"] if number < 3 else [],
            labels={"region": "eu-1"} if number == 7 else {},
        )
    everything = said(await cli("incident", "list", "--all", "--json"))
    assert len(everything["incidents"]) == 130
    assert everything["cursor"] is None
    assert set(everything["incidents"][0]) == LINE
    first = said(await cli("incident", "list", "--limit", "100", "--order", "oldest", "--json"))
    rest = said(
        await cli("incident", "list", "--limit", "100", "--order", "oldest", "--after", first["cursor"], "--json")
    )
    both = [each["reference"] for page in (first, rest) for each in page["incidents"]]
    assert len(both) == len(set(both)) == 130
    assert rest["cursor"] is None
    assert both[::-1] == [each["reference"] for each in everything["incidents"]]

    async def found(*filters):
        arguments = [word for each in filters for word in ("--filter", each)]
        return said(await cli("incident", "list", *arguments, "--all", "--json"))["incidents"]

    assert len(await found("severities=SEV2")) == 65
    assert len(await found("service=search-api", "stage=response,mitigation", "open=true", "kind=real")) == 3
    assert len(await found("labels.region=eu-1", "text=Thing")) == 1
    assert await found("commander=me") == []
    assert await found("declared_before=2026-01-01T00:00Z") == []
    assert len(await found("declaredAfter=2026-01-01 00:00", "visibility=organisation")) == 130

    plain = await cli("incident", "list")
    lines = plain.stdout.splitlines()
    assert len(lines) == 25
    assert lines[0].split("\t")[-1] == "Thing 129 is [31mred", "tabs would part fields, and escapes steer the terminal"
    assert "\x1b" not in plain.stdout
    for wrong in ("stages=NOWHERE", "colour=red", "labels=eu-1", "open=perhaps", "declaredAfter=soon"):
        refused = await cli("incident", "list", "--filter", wrong, "--json")
        assert refused.returncode == 2
        assert error_of(refused)["code"] == "USAGE"


async def test_a_private_incident_is_nowhere_for_others(cli):
    made = said(await cli("incident", "declare", "Leak", "-s", "SEV1", "--private", "--member", "Chi Tran", "--json"))[
        "incident"
    ]
    assert made["visibility"] == Visibility.PRIVATE
    assert said(await cli("incident", "show", made["reference"], "--json", who="chi"))["incident"]["title"] == "Leak"
    hidden = await cli("incident", "show", made["reference"], "--json", who="dov")
    assert (hidden.returncode, error_of(hidden)["code"]) == (1, "NOT_FOUND")
    assert said(await cli("incident", "list", "--json", who="dov"))["incidents"] == []
    assert (await cli("incident", "watch", made["reference"], who="dov")).returncode == 1


async def test_people_are_named_in_words_and_nobody_is_guessed(cli, world):
    ref = said(await cli("incident", "declare", "X", "-s", "SEV3", "--json"))["incident"]["reference"]
    async with world.database.unit_of_work() as session:
        session.add(
            type(world.users["ben"])(
                name="Ben Smith", email="bs@quillhaven.example", access_role="RESPONDER", created_at=world.clock.now()
            )
        )
    unsure = await cli("incident", "role", ref, "commander", "ben", "--json")
    assert unsure.returncode == 2
    assert "Ben Smith <bs@quillhaven.example>" in error_of(unsure)["message"]
    lone = await cli("incident", "role", ref, "commander", "chi", "--json")
    assert lone.returncode == 2
    assert "may be Chi Tran <chi@" in error_of(lone)["message"], "a part of a name is never enough"
    nobody = await cli("incident", "role", ref, "commander", "zoe", "--json")
    assert (nobody.returncode, error_of(nobody)["code"]) == (2, "NOT_FOUND")
    for person in ("Ben Silva", "BEN@quillhaven.example", world.id_of("ben"), "me"):
        done = await cli("incident", "role", ref, "commander", person)
        assert done.stdout == f"Ben Silva is commander of {ref}.\n", done.stderr
