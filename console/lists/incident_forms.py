"""The forms of the list of incidents: taking several that were reported, and keeping filters."""

from starlette.responses import Response

from actions.reports import acknowledge_incident
from actions.saved_filters import delete_filter, save_filter
from console.desk import Desk
from console.fields import Fields
from console.lists.addresses import address
from console.lists.each import do_each, ticked
from console.lists.incident_query import at_field, pairs, read_order, read_query
from console.lists.incidents import FORM, PATH, page
from console.posting import Refused, do, to
from core.errors import DomainError
from resolvers.incident_filter import read_filter
from resolvers.mutations.perform import keywords, of_input


async def acknowledge(desk: Desk, fields: Fields) -> Response:
    """Take each incident that is ticked; where one can't be taken, the list says why beside what was."""
    try:
        references = ticked(fields, "incident", "incident")
    except DomainError as error:
        return await page(desk, fields, refused=Refused("acknowledge", fields, error))
    lines = await do_each(desk, fields, "acknowledgeIncident", acknowledge_incident, "incident", references)
    if any(line.error for line in lines):
        return await page(desk, fields, lines=lines)
    return to(address(PATH, pairs(fields)))


async def save(desk: Desk, fields: Fields) -> Response:
    """Keep the filter that the list shows, under a name."""
    try:
        wanted, order = await read_query(desk, fields), read_order(fields)
        await read_filter(desk.ctx, wanted)
        await do(desk, fields, "saveFilter", save_filter, name=fields["name"], filter=keywords(wanted), order_by=order)
    except DomainError as error:
        named = at_field(error)
        if named is not None:
            error.field = named
        return await page(desk, fields, refused=Refused(FORM if named else "save", fields, error))
    return to(address(PATH, pairs(fields)))


async def forget(desk: Desk, fields: Fields) -> Response:
    """Forget a filter of the viewer's."""
    try:
        await do(desk, fields, "deleteFilter", delete_filter, key=of_input("id"), id=fields["id"])
    except DomainError as error:
        return await page(desk, Fields([]), refused=Refused("forget", fields, error))
    return to(PATH)
