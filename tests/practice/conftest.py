"""Tests of the practice ask the real doors, with the tokens of people of the world."""

import httpx
import pytest

from server.asgi import build_app
from tests.schema.client import HOST, Client, runtime_of

AUDIT = """query ($input: PracticeAuditInput!) { practiceAudit(input: $input) {
  cursor quarter firstDay lastDay beforeFirstDay timeZone incidentCount
  checks { key verdict passed failed unknown notApplicable share trend check { version enabled limit target }
    before { verdict passed failed unknown notApplicable share }
    failing: incidents { nodes { reference } }
    passing: incidents(verdict: PASS) { nodes { reference } } } } }"""
FINDINGS = """query ($ref: String!, $checks: [String!]) { incident(ref: $ref) { practice(checks: $checks) {
  check { key } verdict evidence { sentence eventNumbers actionItemIds } } } }"""


class Practice(Client):
    """`await practice.audit(quarter="2026-Q4")` has the checks by key; `await practice.of(incident)` its findings."""

    async def audit(self, *, by="ben", **given):
        found = (await self.ask(AUDIT, {"input": {"timeZone": "UTC", **given}}, by=by))["practiceAudit"]
        return {**found, **{each["key"]: each for each in found["checks"]}}

    async def of(self, incident, *checks, by="ben"):
        given = {"ref": incident.reference, "checks": list(checks) or None}
        rows = (await self.ask(FINDINGS, given, by=by))["incident"]["practice"]
        return {each["check"]["key"]: {"verdict": each["verdict"], **each["evidence"]} for each in rows}

    async def tune(self, *, by="ada", **given):
        tuned = "check { key enabled limit target tuning { version reason tunedAt } }"
        text = f"mutation ($input: TuneCheckInput!) {{ tuneCheck(input: $input) {{ cursor {tuned} }} }}"
        return await self.answer(text, {"input": {"reason": "We agreed on it.", **given}}, by=by)

    async def get(self, path, *, by="ben", **given):
        headers = {"authorization": f"Bearer {await self.token_of(by)}"} if by else {}
        return await self.http.get(path, params=given, headers=headers)


@pytest.fixture
async def practice(world, database):
    runtime = runtime_of(database)
    transport = httpx.ASGITransport(build_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as http:
        yield Practice(world, http, runtime)
