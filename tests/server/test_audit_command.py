"""`muster audit verify`, as an operator runs it."""

from actions.audit_chain import chain
from tests.actions.test_audit_chain import happen, tamper
from tests.server.processes import muster


async def test_verify_prints_the_head_and_names_what_was_tampered_with(database, database_url):
    await happen(database, 4)
    await chain(database)
    await happen(database, 1)
    done = muster("audit", "verify", DATABASE_URL=database_url)
    assert done.returncode == 0, done.stderr
    said, head = done.stdout.splitlines()
    assert said == "The audit trail is as it was written: 4 events. Not linked yet: 1."
    digest = head.split()[1]
    await chain(database)
    again = muster("audit", "verify", "--head", digest, "--from", "2", DATABASE_URL=database_url)
    assert again.returncode == 0, again.stderr
    other = muster("audit", "verify", "--head", "ab" * 32, DATABASE_URL=database_url)
    assert other.returncode == 1
    assert "cut off or written anew" in other.stderr
    await tamper(database, "update event set actor_id = 9 where id = 3")
    found = muster("audit", "verify", DATABASE_URL=database_url)
    assert found.returncode == 1
    assert "tampered with: event 3 (access.granted)" in found.stderr
    assert "Traceback" not in found.stderr
