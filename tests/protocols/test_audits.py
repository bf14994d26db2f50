"""GraphQL over HTTP as its authors audit it: npm's graphql-http."""

import asyncio
import json
from collections import Counter

import pytest

from bench.figures import note
from tests.npm.tools import node, package

AUDITS = {"MUST": 13, "SHOULD": 23, "MAY": 25}
"""How many there are of each kind in the version that is installed: a run that audits nothing must not pass."""


@pytest.mark.slow
async def test_no_audit_of_graphql_over_http_fails(api, token):
    package("graphql-http")
    run = await asyncio.to_thread(node, "audits.mjs", f"{api.address}/graphql", token)
    assert run.returncode == 0, run.stderr
    audits = json.loads(run.stdout)
    found = Counter(audit["name"].split()[0] for audit in audits)
    assert found == AUDITS
    passed = Counter(audit["name"].split()[0] for audit in audits if audit["status"] == "ok")
    for kind, count in AUDITS.items():
        note(f"protocols.audits.{kind.lower()}", f"{passed[kind]} of {count}")
    assert [audit for audit in audits if audit["status"] != "ok"] == []
