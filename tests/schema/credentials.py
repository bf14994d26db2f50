"""Tokens made through the API, and requests that are sent with any secret from anywhere."""

import httpx

from tests.schema.client import GRAPHQL, HOST, app_of
from tests.schema.doorway import document_of

TOKEN = "token { id name hint accessRole scopes networks documents createdAt expiresAt rotatedAt revokedAt } secret"
WHO = "{ viewer { kind name } }"


class Scripts:
    """Sends documents with any secret, from any address."""

    def __init__(self, api, runtime):
        self.api = api
        self._app = app_of(runtime)

    async def send(self, secret, document=WHO, *, address="127.0.0.1", accept=GRAPHQL, **variables):
        """The response to a document sent with a token."""
        transport = httpx.ASGITransport(self._app, client=(address, 1))
        headers = {"authorization": f"Bearer {secret}", "accept": accept}
        async with httpx.AsyncClient(transport=transport, base_url=HOST) as http:
            return await http.post("/graphql", json={"query": document, "variables": variables}, headers=headers)

    async def code(self, secret, document=WHO, **more):
        """The HTTP status, and the code of the first error if there is one."""
        response = await self.send(secret, document, **more)
        errors = response.json().get("errors")
        return response.status_code, errors and errors[0]["extensions"]["code"]

    async def does(self, secret, mutation, selection="cursor", **given):
        """The payload of a mutation by a token, or the code and field of its refusal."""
        answer = (await self.send(secret, document_of(mutation, selection), input=given)).json()
        if "errors" in answer:
            told = answer["errors"][0]["extensions"]
            return told["code"], told.get("field")
        return answer["data"][mutation]

    async def token(self, person="ada", **given):
        """A new token and its secret: `name` and `accessRole` have defaults."""
        made = await self.api.do(person, "createToken", TOKEN, **{"name": "CI", "accessRole": "VIEWER", **given})
        return made["token"], made["secret"]

    async def account(self, role="ADMIN"):
        """The id of a new service account."""
        made = await self.api.do(
            "ada", "createServiceAccount", "serviceAccount { id }", name="Deploys", accessRole=role
        )
        return made["serviceAccount"]["id"]

    async def script(self, role="ADMIN", **given):
        """A token of a new service account as strong as it, and its secret."""
        return await self.token(serviceAccount=await self.account(role), **{"accessRole": role, **given})
