"""`/console/settings/jobs`: work that was given up, why, and what to do about it."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.dead_jobs import discard_jobs, retry_jobs
from auth.permission import Permission, require
from console.desk import Desk, view
from console.fields import Fields, asked
from console.machinery.frame import back, confirmed, machine_page
from console.posting import Refused, do, posted, to
from console.settings.areas import area_of
from core.errors import DomainError, invalid
from core.ids import encode
from resolvers import running
from resolvers.page import Cursor

AREA = "jobs"
PATH = area_of(AREA).path
CHOSEN = "chosen"
WORD = "discard"
"""What is typed to have jobs deleted: they have no name."""


async def index(desk: Desk) -> Response:
    """The jobs that were given up, the oldest first."""
    return await _page(desk)


async def _page(desk: Desk, refused: Refused | None = None) -> Response:
    given = asked(desk.request)
    before, after = given.optional("before"), given.optional("after")
    window: dict[str, Any] = {"last": 50, "before": Cursor(before)} if before else {"first": 50}
    if after and not before:
        window["after"] = Cursor(after)
    page = await running.dead_jobs(desk.ctx, **window)
    said = running.about(page.nodes)
    lines = [(job, encode("Job", job.id), words) for job, words in zip(page.nodes, said, strict=True)]
    return await machine_page(
        desk, AREA, "machinery/dead_jobs.html", refused=refused, page=page, lines=lines, word=WORD
    )


async def retry(desk: Desk, fields: Fields) -> Response:
    """Give the chosen ones another life."""
    require(desk.actor, Permission.ADMINISTER)
    try:
        await do(desk, fields, "retryJobs", retry_jobs, jobs=_chosen(fields))
    except DomainError as error:
        return await _page(desk, back(CHOSEN, fields, error))
    return to(f"{PATH}?done=retried")


async def discard(desk: Desk, fields: Fields) -> Response:
    """Delete the chosen ones for good, with the word typed."""
    require(desk.actor, Permission.ADMINISTER)
    try:
        jobs = _chosen(fields)
        confirmed(fields, WORD)
        await do(desk, fields, "discardJobs", discard_jobs, jobs=jobs)
    except DomainError as error:
        return await _page(desk, back(CHOSEN, fields, error))
    return to(f"{PATH}?done=discarded")


def _chosen(fields: Fields) -> list[str]:
    jobs = fields.all("job")
    if not jobs:
        raise invalid("job", "No job is ticked.", "Tick those that you mean.")
    return jobs


async def home(_: Desk) -> Response:
    """Where the address of a form leads when it is only looked at."""
    return to(PATH)


def routes() -> list[BaseRoute]:
    """Its routes."""
    steps = {f"{PATH}/retry": retry, f"{PATH}/discard": discard}
    return [
        Route(PATH, view(index)),
        *(Route(path, posted(act), methods=["POST"]) for path, act in steps.items()),
        *(Route(path, view(home)) for path in steps),
    ]
