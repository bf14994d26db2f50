"""The API as clients see it: one call is one HTTP request to /graphql with a bearer token of a person of the world."""

import httpx
from starlette.applications import Starlette

from auth.token import issue_token
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from schema import endpoint
from server.offers import OFFERS


class Doorway:
    """`await api.ask("ben", "mutation { … }")` is (data, refusals); a refusal is (path, code, field)."""

    def __init__(self, world, client):
        self.world = world
        self._client = client
        self._tokens = {}

    @classmethod
    def open(cls, world, folder):
        settings = Settings(data_dir=folder, rate_cost_per_minute=0)
        runtime = Runtime(settings, world.database, Live(world.database), offers=dict(OFFERS))
        app = Starlette(routes=endpoint.routes(runtime))
        transport = httpx.ASGITransport(app, raise_app_exceptions=True)
        return cls(world, httpx.AsyncClient(transport=transport, base_url=settings.base_url))

    async def close(self):
        await self._client.aclose()

    async def post(self, person, document, **variables):
        """The response of a person's request; of nobody's, without a person."""
        headers = {"Accept": "application/graphql-response+json"}
        if person is not None:
            headers["Authorization"] = f"Bearer {await self._token(person)}"
        body = {"query": document, "variables": variables}
        return await self._client.post("/graphql", json=body, headers=headers)

    async def ask(self, person, document, **variables):
        answer = (await self.post(person, document, **variables)).json()
        refusals = [
            (".".join(map(str, e.get("path") or [])), e["extensions"]["code"], e["extensions"].get("field"))
            for e in answer.get("errors", [])
        ]
        return answer.get("data"), refusals

    async def do(self, person, mutation, selection, **given):
        """Carry out one mutation that is not refused; its payload."""
        data, refusals = await self.ask(person, document_of(mutation, selection), input=given)
        assert refusals == []
        return data[mutation]

    async def refused(self, person, mutation, **given):
        """Carry out one mutation that is refused; its code and field. Its data is null, its path exact."""
        data, refusals = await self.ask(person, document_of(mutation, "cursor"), input=given)
        assert data == {mutation: None}
        ((path, code, field),) = refusals
        assert path == mutation
        return code, field

    async def _token(self, person):
        if person not in self._tokens:
            async with self.world.database.unit_of_work() as session:
                user = self.world.users[person]
                secret, _ = await issue_token(
                    session, self.world.clock, name="test", access_role=user.access_role, user=user
                )
            self._tokens[person] = secret
        return self._tokens[person]


def document_of(mutation, selection):
    kind = mutation[0].upper() + mutation[1:]
    named = INPUTS.get(mutation, f"{kind}Input")
    return f"mutation ($input: {named}!) {{ {mutation}(input: $input) {{ {selection} }} }}"


INPUTS = {
    "acknowledgeIncident": "IncidentInput",
    "declineIncident": "ReasonInput",
    "cancelIncident": "ReasonInput",
    "reopenIncident": "ReasonInput",
    "addMember": "MemberInput",
    "removeMember": "MemberInput",
    "startMaintenance": "MaintenanceStepInput",
    "completeMaintenance": "MaintenanceStepInput",
    "cancelMaintenance": "MaintenanceStepInput",
    "claimTask": "TaskInput",
    "releaseTask": "TaskInput",
    "completeTask": "TaskInput",
    "dropTask": "TaskInput",
    "acknowledgeAlert": "AlertInput",
    "resolveAlert": "AlertInput",
    "publishPostmortem": "IncidentInput",
    "deleteRoutingRule": "DeleteInput",
    "deleteWebhook": "DeleteInput",
    "retryJobs": "JobsInput",
    "discardJobs": "JobsInput",
}
"""The inputs that several mutations share; any other mutation's is named after it."""
