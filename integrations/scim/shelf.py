"""What can be done with resources of one type (RFC 7644 §3.3 to §3.6): users and groups alike."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from scim2_models import Context, Resource
from starlette.responses import Response

from actions.directory.groups import change_group, dissolve_group, found_group
from actions.directory.listed import Listed, ListedGroup
from actions.directory.people import change_person, enrol_person, strike_person
from core import ids
from core.db import Reader
from integrations.scim import groups, people
from integrations.scim.answers import CREATED, listed, resource
from integrations.scim.door import Visit
from integrations.scim.patch import group_patch, user_patch
from integrations.scim.query import Search, read_search
from integrations.scim.reading import find_groups, find_users, read_group, read_user
from integrations.scim.resources import POLICY, Group, User, WrittenGroup, WrittenUser

WRITTEN = Context.RESOURCE_REPLACEMENT_REQUEST
"""How POST and PUT are read: what may only be read is passed over (RFC 7644 §3.3, §3.5.1)."""
NO_CONTENT = 204

L = TypeVar("L", Listed, ListedGroup)


@dataclass(frozen=True, slots=True)
class Shelf(Generic[L]):
    """The resources of one type: how they are read, and which actions change them."""

    noun: str
    """Ours, for ids."""
    model: type[Resource[Any]]
    find: Callable[[Reader, Search, str], Awaitable[tuple[int, list[Any]]]]
    read: Callable[[Reader, str, str, Search], Awaitable[Resource[Any]]]
    written: Callable[[dict[str, Any]], Callable[[L | None], L]]
    """From a body to what it says, given what was said before."""
    patch: Callable[[dict[str, Any], str], Callable[[L], L]]
    add: Callable[..., Awaitable[Any]]
    change: Callable[..., Awaitable[Any]]
    drop: Callable[..., Awaitable[Any]]

    async def query(self, visit: Visit) -> Response:
        """Resources by filter, order and page (§3.4.2)."""
        return await self._found(visit, self._shape(visit))

    async def search(self, visit: Visit) -> Response:
        """The same, asked for in a body (§3.4.3)."""
        return await self._found(visit, read_search(await visit.body(), self.model))

    async def get(self, visit: Visit) -> Response:
        """One resource (§3.4.1); 304 if the client has it."""
        return visit.unmodified(await self._one(visit, visit.id, self._shape(visit)))

    async def post(self, visit: Visit) -> Response:
        """A new resource (§3.3)."""
        shape, said = self._shape(visit), self.written(await visit.body())
        async with visit.changing() as session:
            made = await self.add(session, visit.actor, listed=said(None))
        return await self._one(visit, ids.encode(self.noun, made.id), shape, CREATED)

    async def put(self, visit: Visit) -> Response:
        """A resource replaced (§3.5.1)."""
        return await self._changed(visit, self.written(await visit.body()))

    async def modify(self, visit: Visit) -> Response:
        """A resource changed in part (§3.5.2)."""
        return await self._changed(visit, self.patch(await visit.body(), visit.id))

    async def delete(self, visit: Visit) -> Response:
        """A resource gone, for the directory (§3.6)."""
        async with visit.changing() as session:
            await self.drop(session, visit.actor, reference=visit.id, current=visit.current())
        return Response(status_code=NO_CONTENT)

    async def _changed(self, visit: Visit, change: Callable[[L], L]) -> Response:
        shape = self._shape(visit)
        async with visit.changing() as session:
            await self.change(session, visit.actor, reference=visit.id, change=change, current=visit.current())
        return await self._one(visit, visit.id, shape)

    async def _found(self, visit: Visit, search: Search) -> Response:
        async with visit.reading() as reader:
            total, found = await self.find(reader, search, visit.base)
        return listed(total, found, search)

    async def _one(self, visit: Visit, key: str, shape: Search, status: int = 200) -> Response:
        async with visit.reading() as reader:
            return resource(await self.read(reader, key, visit.base, shape), shape, status)

    def _shape(self, visit: Visit) -> Search:
        return read_search(visit.request.query_params, self.model)


def _read(model: type[WrittenUser] | type[WrittenGroup], given: dict[str, Any]) -> Any:
    return model.model_validate(given, scim_ctx=WRITTEN, scim_policy=POLICY)


def _user(given: dict[str, Any]) -> Callable[[Listed | None], Listed]:
    written: WrittenUser = _read(WrittenUser, given)
    return lambda before: people.listed_of(written, before)


def _group(given: dict[str, Any]) -> Callable[[ListedGroup | None], ListedGroup]:
    written: WrittenGroup = _read(WrittenGroup, given)
    return lambda before: groups.listed_of(written, before)


USERS: Shelf[Listed] = Shelf(
    "User", User, find_users, read_user, _user, user_patch, enrol_person, change_person, strike_person
)
GROUPS: Shelf[ListedGroup] = Shelf(
    "Team", Group, find_groups, read_group, _group, group_patch, found_group, change_group, dissolve_group
)
