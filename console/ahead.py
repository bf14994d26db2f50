"""The page of an incident, read and drawn once while a server starts, for nobody.

So the first person who opens one does not wait until its statements are compiled, and what incidents are compared by
is read: three times as long as drawing it.
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


async def look_ahead(runtime: Runtime) -> str | None:
    """Draw the page of the newest incident that is not private; its reference, or None if there is none to be drawn.

    Nothing that goes wrong is raised.
    """
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
        if incident is None:
            return None
        await page(desk, incident)
    except Exception as error:
        if outage_of(error) is None:
            log.exception("could not draw a page ahead")
        return None
    else:
        return incident.reference
    finally:
        await desk.ctx.close()
