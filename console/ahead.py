"""The page of an incident, read and drawn once while a server starts, for nobody.

So the first person who opens one does not wait until its statements are compiled and what incidents are compared by is
read. A tenth of a second of processor time becomes a third of it otherwise.
"""

import logging
from types import SimpleNamespace

from sqlalchemy import select
from starlette.requests import Request

from auth.actor import Actor
from auth.identify import Identity
from auth.visibility import visible_to
from console.desk import Desk
from console.incident.page import page
from core.outage import outage_of
from core.runtime import Runtime
from models.incident import Incident
from models.words import AccessRole, ActorKind

ANYBODY = Actor(ActorKind.USER, 0, "Anybody", AccessRole.RESPONDER)
"""As most people are: a member of nothing, since nobody has this key."""

log = logging.getLogger("muster")


async def look_ahead(runtime: Runtime) -> None:
    """Draw the page of the newest incident that is not private, if there is one. Nothing that goes wrong is raised."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/console/incidents",
        "query_string": b"",
        "headers": [(b"accept-encoding", b"br")],
        "app": SimpleNamespace(state=SimpleNamespace(runtime=runtime)),
    }
    desk = Desk(Request(scope), Identity(ANYBODY))
    try:
        newest = select(Incident).where(visible_to(ANYBODY)).order_by(Incident.id.desc()).limit(1)
        incident = await desk.ctx.reader.row(Incident, newest)
        if incident is not None:
            await page(desk, incident)
    except Exception as error:
        if outage_of(error) is None:
            log.exception("could not draw a page ahead")
    finally:
        await desk.ctx.close()
