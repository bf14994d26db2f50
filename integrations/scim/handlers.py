"""What answers at each address of the directory's door, by method."""

from collections.abc import Sequence
from typing import Any

from scim2_models import ForbiddenException, Meta, NotFoundException, NotImplementedException, Resource
from starlette.responses import Response

from integrations.scim.addresses import PREFIX
from integrations.scim.answers import listed, resource
from integrations.scim.door import Handler, Visit
from integrations.scim.resources import CONFIG, PROVIDER
from integrations.scim.shelf import GROUPS, USERS, Shelf


async def config(visit: Visit) -> Response:
    """What is supported (RFC 7643 §5)."""
    return resource(_described(visit, CONFIG, "ServiceProviderConfig"))


def described(kind: str, every: Sequence[Resource[Any]]) -> dict[str, dict[str, Handler]]:
    """The routes of what describes the resources (RFC 7644 §4): all of a kind, and one by its id."""

    async def collection(visit: Visit) -> Response:
        if "filter" in visit.request.query_params:
            raise ForbiddenException(detail="What describes the resources can't be filtered (RFC 7644 §4).")
        return listed(len(every), [_described(visit, each, kind, each.id) for each in every])

    async def one(visit: Visit) -> Response:
        found = next((each for each in every if (each.id or "").lower() == visit.id.lower()), None)
        if found is None:
            raise NotFoundException(detail=f"There is nothing with the id {visit.id[:80]!r}.")
        return resource(_described(visit, found, kind, found.id))

    return {f"/{kind}s": {"GET": collection}, f"/{kind}s/{{id}}": {"GET": one}}


def _described(visit: Visit, what: Resource[Any], kind: str, key: str | None = None) -> Resource[Any]:
    place = kind if key is None else f"{kind}s/{key}"
    return what.model_copy(update={"meta": Meta(resource_type=kind, location=f"{visit.base}{PREFIX}/{place}")})


def kept(place: str, shelf: Shelf[Any]) -> dict[str, dict[str, Handler]]:
    """The routes of resources of one type."""
    return {
        place: {"GET": shelf.query, "POST": shelf.post},
        f"{place}/.search": {"POST": shelf.search},
        f"{place}/{{id}}": {"GET": shelf.get, "PUT": shelf.put, "PATCH": shelf.modify, "DELETE": shelf.delete},
    }


async def unsupported(_: Visit) -> Response:
    """What the configuration says is not there: bulk, searches over all types, `/Me`."""
    raise NotImplementedException(detail="This is not supported: see ServiceProviderConfig.")


async def nothing(_: Visit) -> Response:
    """Any other address."""
    raise NotFoundException(detail="There is nothing at this address.")


HANDLERS: dict[str, dict[str, Handler]] = {
    "/ServiceProviderConfig": {"GET": config},
    **described("ResourceType", PROVIDER.resource_types),
    **described("Schema", PROVIDER.schemas),
    **kept("/Users", USERS),
    **kept("/Groups", GROUPS),
    **{place: {"*": unsupported} for place in ("/Bulk", "/Me", "/.search")},
    "/{path:path}": {"*": nothing},
}
"""What answers where, by method; `*` answers for every method."""
