"""The directory's door as a directory uses it: `await scim.post("/Users", {…})`, with a service account's token."""

import httpx
import pytest

from auth.token import issue_token
from models.access import ServiceAccount
from models.words import AccessRole
from server.asgi import build_app
from tests.schema.client import HOST, runtime_of

BASE = "/scim/v2"


class Directory:
    """Sends requests with a token. Answers are checked against what all answers have in common."""

    def __init__(self, http, token):
        self.http, self.token = http, token

    async def send(self, method, path, body=None, *, token=True, **more):
        headers = {"content-type": "application/scim+json", **more.pop("headers", {})}
        if token:
            headers["authorization"] = f"Bearer {self.token if token is True else token}"
        answer = await self.http.request(method, f"{BASE}{path}", json=body, headers=headers, **more)
        if answer.content:
            assert answer.headers["content-type"].startswith("application/scim+json"), answer.text
        return answer

    async def ok(self, method, path, body=None, status=200, **more):
        answer = await self.send(method, path, body, **more)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def refused(self, method, path, body=None, **more):
        """The status and the scimType of a refusal."""
        answer = await self.send(method, path, body, **more)
        said = answer.json()
        assert said["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
        assert said["status"] == str(answer.status_code)
        assert said["detail"]
        return answer.status_code, said.get("scimType")

    async def user(self, email="fay@quillhaven.example", status=201, **more):
        return await self.ok("POST", "/Users", {"userName": email, "displayName": "Fay Moss", **more}, status)

    async def group(self, name="Data", members=(), **more):
        given = {"displayName": name, "members": [{"value": each} for each in members], **more}
        return await self.ok("POST", "/Groups", given, 201)

    async def patch(self, path, *operations, status=200, **more):
        schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
        return await self.ok("PATCH", path, {"schemas": [schema], "Operations": list(operations)}, status, **more)

    async def found(self, path, filter_, **more):
        answer = await self.ok("GET", path, params={"filter": filter_, **more})
        return [each["id"] for each in answer["Resources"]]


async def account_token(world, scopes=("admin:people",), **bounds):
    """A token of a new service account that may do what the scopes say."""
    async with world.database.unit_of_work() as session:
        account = ServiceAccount(name="Okta", access_role=AccessRole.ADMIN, created_at=world.clock.now())
        session.add(account)
        await session.flush()
        secret, _ = await issue_token(
            session,
            world.clock,
            name="scim",
            access_role=AccessRole.ADMIN,
            account=account,
            scopes=None if scopes is None else list(scopes),
            **bounds,
        )
        return secret


@pytest.fixture
def runtime(database):
    return runtime_of(database)


@pytest.fixture
def app(runtime):
    return build_app(runtime)


@pytest.fixture
async def scim(world, app):
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as http:
        yield Directory(http, await account_token(world))
