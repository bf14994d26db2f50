"""`muster person erase`, as an operator runs it: first the report, then the deed."""

from actions.audit_chain import chain
from actions.audit_verify import verify
from actions.reports import report_incident
from actions.roles import assign_role
from tests.erasing.person import EMAIL, NAME, Life
from tests.server.processes import muster


async def test_a_person_is_shown_then_erased(world, database_url):
    life = await Life.lived(world)
    about = ("person", "erase", EMAIL.upper())
    shown = muster(*about, "--dry-run", DATABASE_URL=database_url)
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[0] == f"{NAME} <{EMAIL}>"
    assert lines[-1] == "Nothing was done."
    assert "  1\tidentities of providers" in lines
    assert f"  incident.title\t{life.incident.id}\t{life.incident.reference}" in lines
    assert any(line.startswith("  event_text.body") and "\teraseText event: " in line for line in lines)
    assert any("docs/guides/privacy.md" in line for line in lines)

    assert "--reason" in muster(*about, DATABASE_URL=database_url).stderr
    asked = muster(*about, "--reason", "Request 4711", DATABASE_URL=database_url)
    assert asked.returncode == 1, "nobody is there to say yes"
    named = muster(*about, "--reason", f"{NAME} asked", "--yes", DATABASE_URL=database_url)
    assert "names the person" in named.stderr
    done = muster(*about, "--reason", "Request 4711", "--yes", DATABASE_URL=database_url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"They are “Erased person {life.key}” from now on."
    assert "no user" in muster(*about, "--dry-run", DATABASE_URL=database_url).stderr.lower()
    again = muster("person", "erase", str(life.key), "--reason", "Again", "--yes", DATABASE_URL=database_url)
    assert "erased before" in again.stderr
    await chain(world.database)
    assert (await verify(world.database)).fault is None


async def test_who_is_needed_is_named_with_the_places(world, database_url):
    incident = await world.do(report_incident, world.ben, title="Odd")
    about = {"incident": incident.reference, "role": "scribe", "user": world.id_of("chi")}
    await world.do(assign_role, world.ada, **about)
    given = ("person", "erase", world.id_of("chi"), "--reason", "They asked", "--yes")
    refused = muster(*given, DATABASE_URL=database_url)
    assert refused.returncode == 1
    assert f"Scribe of {incident.reference}" in refused.stderr
