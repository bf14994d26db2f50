"""The small pages beside an incident's: giving a role, adding a member, who has been told, a runbook, Markdown."""

from typing import Any, NamedTuple

from sqlalchemy import select
from starlette.responses import Response

from console.desk import Desk
from console.fields import asked
from console.incident.log import Line, read_log
from console.incident.more import everybody
from console.incident.scene import Job, Scene, find, read_scene
from console.pages import SAFE
from console.posting import Refused
from core.errors import not_found
from core.ids import encode
from models.runbook import OpenedRunbook
from resolvers import people, work
from resolvers.page import Cursor

MOST_LINES = 100


async def give(desk: Desk, refused: Refused | None = None) -> Response:
    """Hand a role to somebody. NOT_FOUND for a role that there is not."""
    incident = await find(desk.ctx, desk.request.path_params["reference"])
    scene = await read_scene(desk.ctx, incident)
    key = desk.request.path_params["role"]
    part = next((each for each in scene.parts if each.role.key == key), None)
    if part is None:
        raise not_found("role", "role", key)
    then = f"{part.holder.name} is relieved, and told." if part.holder else "They are told by mail."
    return await _choose(
        desk,
        scene,
        deed="give",
        title=f"{'Hand over' if part.holder else 'Give'} {part.role.name}",
        about=part.role.duties,
        role=key,
        words="Hand over" if part.holder else "Give role",
        then=then,
        leave=part.holder is not None and "relinquishRole" in scene.can,
        refused=refused,
    )


async def member(desk: Desk, refused: Refused | None = None) -> Response:
    """Let somebody see a private incident."""
    incident = await find(desk.ctx, desk.request.path_params["reference"])
    scene = await read_scene(desk.ctx, incident)
    return await _choose(
        desk,
        scene,
        deed="add-member",
        title="Add a member",
        about="Members alone see a private incident.",
        role=None,
        words="Add member",
        then="They see everything of it.",
        leave=False,
        refused=refused,
    )


async def _choose(desk: Desk, scene: Scene, **values: Any) -> Response:
    choices = [(encode("User", each.id), each.name) for each in await everybody(desk.ctx)]
    here = f"/console/incidents/{scene.incident.reference}"
    return await desk.page("incident/give.html", incident=scene.incident, here=here, everybody=choices, **values)


class Message(NamedTuple):
    """A message that went out, or did not."""

    to: str
    channel: str
    what: str
    state: str
    why: str | None
    at: object


async def told(desk: Desk) -> Response:
    """Every message that the incident caused, the newest first."""
    incident = await find(desk.ctx, desk.request.path_params["reference"])
    given = asked(desk.request)
    after, before = given.optional("after"), given.optional("before")
    wanted = {"first": MOST_LINES, "after": Cursor(after)} if after else {"last": MOST_LINES, "before": _cursor(before)}
    [page] = await work.deliveries(desk.ctx, [incident], **wanted)
    users = {row.id: row.name for row in await people.users(desk.ctx)}
    lines = [
        Message(
            users.get(row.user_id or 0, row.to),
            row.channel,
            row.template.replace("_", " ").replace(".", " "),
            row.state.value.lower(),
            row.error or row.suppressed_because,
            row.sent_at or row.created_at,
        )
        for row in page.nodes
    ]
    return await desk.page(
        "incident/told_by_name.html",
        incident=incident,
        here=f"/console/incidents/{incident.reference}",
        lines=lines[::-1],
        older=page.start_cursor if page.has_previous_page else None,
        newer=page.end_cursor if page.has_next_page else None,
        refused=None,
    )


def _cursor(text: str | None) -> Cursor | None:
    return Cursor(text) if text else None


async def runbook(desk: Desk) -> Response:
    """A runbook as it read when it was opened for the incident."""
    incident = await find(desk.ctx, desk.request.path_params["reference"])
    key = desk.request.path_params["key"]
    theirs = select(OpenedRunbook).where(OpenedRunbook.incident_id == incident.id, OpenedRunbook.id == key)
    book = await desk.ctx.reader.row(OpenedRunbook, theirs)
    if book is None:
        raise not_found("runbook", "runbook", str(key))
    here = f"/console/incidents/{incident.reference}"
    return await desk.page("incident/runbook.html", incident=incident, here=here, book=book, refused=None)


async def markdown(desk: Desk) -> Response:
    """The incident as Markdown, to be copied elsewhere: how it stands, who does what, and its newest lines."""
    incident = await find(desk.ctx, desk.request.path_params["reference"])
    scene = await read_scene(desk.ctx, incident)
    t = await desk.times()
    log = await read_log(desk.ctx, incident)
    stands = [
        scene.severity.name if scene.severity else "",
        incident.stage.value.capitalize(),
        f"times in {t.zone_name}",
    ]
    head = [
        f"# {incident.reference} {incident.title}",
        " · ".join(filter(None, stands)),
        *([incident.summary] if incident.summary else []),
        "## Roles",
        "\n".join(f"- {part.role.name}: {part.holder.name if part.holder else 'nobody'}" for part in scene.parts),
        "## Tasks",
        "\n".join(map(_task, scene.jobs)) or "None.",
        "## Timeline",
        "\n".join(f"- {t.clock(each.event.occurred_at).striptags()} {_line(each)}" for each in log.lines[::-1]),
    ]
    return Response("\n\n".join(head) + "\n", headers=SAFE, media_type="text/markdown; charset=utf-8")


def _task(job: Job) -> str:
    return f"- [{'x' if job.task.done_at else ' '}] {job.task.title}" + (f" ({job.holder})" if job.holder else "")


def _line(line: Line) -> str:
    words = " ".join(line.text.split())
    return f"{line.author}: {words}" if line.entry else words
