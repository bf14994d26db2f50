"""`/console/learning`: action items, what is overdue first, and the postmortems that are still to be written."""

from typing import Any, NamedTuple

from starlette.responses import Response
from strawberry import ID

from auth.visibility import visible_action_items
from console.desk import UNFIT, Desk
from console.fields import Fields, asked
from console.lists.addresses import Pairs, Place, Ways, address, cut
from console.lists.incident_query import word
from console.lists.item_rows import Row, read_owed, read_rows
from console.lists.persons import ME, person_of
from console.posting import Refused
from core.errors import DomainError
from models.person import Team, User
from models.postmortem import ActionItem
from models.words import ActionItemKind, ActionItemState
from resolvers import people
from resolvers.action_items import action_items
from resolvers.rows import by_key

PATH = "/console/learning"
SIZE = 25
NAMES = ("team", "assignee", "kind", "state")
ONLY = "only"
"""The number of the one action item that is shown: mails and tickets lead to it."""
DIGITS = 18
NOBODY = "nobody"
STATES = {
    ActionItemState.OPEN: "Open",
    ActionItemState.IN_PROGRESS: "In progress",
    ActionItemState.DONE: "Done",
    ActionItemState.WONT_DO: "Won't do",
}


class Part(NamedTuple):
    """One list of action items."""

    key: str
    title: str
    rows: list[Row]
    ways: Ways


async def show(desk: Desk) -> Response:
    """The lists that the address asks for; a filter that can't be used stands there with the reason."""
    return await page(desk, asked(desk.request))


async def page(desk: Desk, fields: Fields, *, refused: Refused | None = None) -> Response:
    """The page for parameters, with a form of it that came back."""
    wrong = False
    try:
        parts = await _parts(desk, fields)
    except DomainError as error:
        name = {"owner": "team"}.get(error.field or "", error.field)
        if name not in NAMES:
            raise
        error.field, wrong = name, True
        refused = refused or Refused("filter", fields, error)
        parts = await _parts(desk, Fields([]))
    return await desk.page(
        "lists/learning.html",
        status=UNFIT if wrong else refused.status if refused else 200,
        refused=refused,
        fields=fields,
        given=pairs(fields),
        wrong=wrong,
        parts=parts,
        ticking=any(row.may for part in parts for row in part.rows),
        owed=await read_owed(desk.ctx),
        states=[(state.value, words) for state, words in STATES.items()],
        kinds=[(kind.value, kind.capitalize()) for kind in ActionItemKind],
        **await _chips(desk, fields),
    )


def pairs(fields: Fields) -> Pairs:
    """What of an address belongs to the filter."""
    return [(name, fields.text(name)) for name in (*NAMES, ONLY) if name in fields]


async def _parts(desk: Desk, fields: Fields) -> list[Part]:
    """Without a state: what is overdue, then what is being done, then what waits. With one: what is in it."""
    if ONLY in fields:
        return [await _one(desk, fields.text(ONLY).strip())]
    state = word(fields["state"], ActionItemState, "state") if "state" in fields else None
    wanted: list[tuple[str, str, dict[str, Any]]] = [
        ("late", "Overdue", {"overdue": True}),
        ("doing", "In progress", {"overdue": False, "state": ActionItemState.IN_PROGRESS}),
        ("waiting", "To do", {"overdue": False, "state": ActionItemState.OPEN}),
    ]
    if state is not None:
        wanted = [("all", STATES[state], {"state": state})]
    common = await _common(desk, fields)
    found = []
    for key, title, lines in wanted:
        listed = await action_items(desk.ctx, **common, **lines, **cut(fields, SIZE, f"{key}_"))
        found.append((key, title, listed))
    items = [item for _, _, listed in found for item in listed.nodes]
    rows = {row.item.id: row for row in await read_rows(desk.ctx, items, desk.now.date())}
    place = Place(PATH, [*pairs(fields), *_cursors(fields, [key for key, _, _ in wanted])])
    return [
        Part(key, title, [rows[item.id] for item in listed.nodes], place.ways(listed, f"{key}_"))
        for key, title, listed in found
    ]


async def _one(desk: Desk, number: str) -> Part:
    """One action item alone; none if it is not there, or hidden from the viewer."""
    key = int(number) if number.isascii() and number.isdecimal() and len(number) <= DIGITS else 0
    known = await by_key(desk.ctx, ActionItem, [key], visible_action_items(desk.actor))
    rows = await read_rows(desk.ctx, list(known.values()), desk.now.date())
    return Part("all", f"ITEM-{key}", rows, Ways(None, None))


def _cursors(fields: Fields, keys: list[str]) -> Pairs:
    names = [f"{key}_{side}" for key in keys for side in ("after", "before")]
    return [(name, fields.text(name)) for name in names if name in fields]


async def _common(desk: Desk, fields: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {"owner": fields.optional("team")}
    if "kind" in fields:
        found["kind"] = word(fields["kind"], ActionItemKind, "kind")
    if fields.text("assignee").strip().lower() == NOBODY:
        found["assigned"] = False
    elif "assignee" in fields:
        found["assignee"] = ID(await person_of(desk, fields["assignee"], "assignee"))
    return found


async def _chips(desk: Desk, fields: Fields) -> dict[str, Any]:
    """The short ways: one's own, and those of one's teams; and all teams to choose from."""
    me = await by_key(desk.ctx, User, [desk.actor.id])
    own: list[Team] = [team for teams in await people.teams_of_users(desk.ctx, list(me.values())) for team in teams]
    now = pairs(fields)
    ways: list[tuple[str, Pairs]] = [("Everybody\N{RIGHT SINGLE QUOTATION MARK}s", []), ("Mine", [("assignee", ME)])]
    ways += [(team.name, [("team", team.slug)]) for team in own]
    teams = [team for team in await people.teams(desk.ctx) if not team.archived]
    return {
        "chips": [(words, address(PATH, given), given == now) for words, given in ways],
        "teams": [(team.slug, team.name) for team in teams],
    }
