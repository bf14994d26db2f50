"""`/console/incidents/{reference}/postmortem`: the page on which a team writes a postmortem together."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from starlette.responses import Response

from actions.postmortems.factors import MOST as MOST_FACTORS
from actions.postmortems.reviewing import MOST as MOST_REVIEWERS
from console.desk import UNFIT, Desk
from console.fields import Fields, asked
from console.incident.items import BOXES
from console.lists.learning import STATES
from console.posting import Refused, do, to
from console.postmortem_desk import public, reassembly
from console.postmortem_desk.deeds import DEEDS, Doing, rows_of
from console.postmortem_desk.folio import Folio, drafted, find, read_folio
from console.postmortem_desk.owed import owed
from core.errors import DomainError, TextConflictError, not_found
from core.ids import encode
from models.incident import Incident
from models.words import ActionItemKind, PostmortemStatus
from resolvers import learning

STEPS = (
    (PostmortemStatus.DRAFT, "Draft"),
    (PostmortemStatus.IN_REVIEW, "In review"),
    (PostmortemStatus.PUBLISHED, "Published"),
)
KINDS = {
    ActionItemKind.PREVENT: "Prevents it",
    ActionItemKind.DETECT: "Detects it earlier",
    ActionItemKind.MITIGATE: "Makes it smaller",
    ActionItemKind.PROCESS: "Betters how we work",
}
FREE_ROWS = 2
"""Rows for factors that are offered beside those chosen."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a form left to be shown: that it was refused; or, of a section's text, only how it would read."""

    refused: Refused | None = None
    preview: str | None = None


async def show(desk: Desk) -> Response:
    """The page; what will stand there, where nothing is drafted yet. NOT_FOUND also for what one may not see."""
    incident, postmortem = await find(desk.ctx, desk.request.path_params["reference"])
    if postmortem is None:
        return await desk.page("postmortem_desk/none.html", incident=incident, refused=None)
    return await page(desk)


async def page(desk: Desk, shown: Shown = Shown(), *, status: int = 200) -> Response:
    """The page, with a form that came back if there is one."""
    folio = await read_folio(desk.ctx, *await drafted(desk.ctx, desk.request.path_params["reference"]))
    hints = await _hints(desk, folio, shown.preview) if shown.preview else None
    return await desk.page(
        "postmortem_desk/page.html",
        status=status,
        **vars_of(folio),
        needs=owed(folio, await desk.times()),
        steps=[(name, _step(folio, each)) for each, name in STEPS],
        mode=_mode(desk, folio, shown.refused),
        rows=_rows(folio, shown.refused),
        item_kinds=[(kind.value, words) for kind, words in KINDS.items()],
        item_kinds_by={kind.value: words for kind, words in KINDS.items()},
        item_boxes=BOXES,
        item_states=STATES,
        people_choices=[(encode("User", each.id), each.name) for each in folio.choices.people],
        team_choices=[(each.slug, each.name) for each in folio.choices.teams],
        most_reviewers=MOST_REVIEWERS,
        homeless=_homeless(folio, shown.refused),
        written=WRITTEN,
        refused=shown.refused,
        preview=shown.preview,
        preview_hints=hints,
    )


def vars_of(folio: Folio) -> dict[str, Any]:
    """What every template of these pages has at hand."""
    reference = folio.incident.reference
    return {
        "folio": folio,
        "incident": folio.incident,
        "postmortem": folio.postmortem,
        "can": folio.can,
        "here": f"/console/incidents/{reference}/postmortem",
        "files": f"/postmortems/{reference}",
    }


def _step(folio: Folio, status: PostmortemStatus) -> str:
    order = [step for step, _ in STEPS]
    at, own = order.index(folio.postmortem.status), order.index(status)
    return "done" if own < at else "now" if own == at else "next"


def _mode(desk: Desk, folio: Folio, refused: Refused | None) -> tuple[str, str]:
    """Which section is being edited or reworded, as (`edit` or `suggest`, its key); two empty words: none is."""
    if refused is not None and not _homeless(folio, refused):
        verb, _, key = refused.form.partition("-")
        if verb in OPENED:
            return verb, key
    given = asked(desk.request)
    for verb, mutation in OPENED.items():
        wanted = given.text(verb)
        if wanted and folio.leaf(wanted) is not None and mutation in folio.can:
            return verb, wanted
    return "", ""


OPENED = {"edit": "editPostmortem", "suggest": "suggestPostmortemEdit"}
"""What opens a section's text in place, and the mutation that it leads to."""
OF_SECTIONS = {*OPENED, "decide", "comment", "resolve"}
"""The forms that each section has of its own."""
WRITTEN = ("markdown", "body", "note", "title", "reason")
"""The fields in which people write."""


def _homeless(folio: Folio, refused: Refused | None) -> bool:
    """Whether a form that came back has no place on the page (any more): what was written is shown at its head then."""
    if refused is None:
        return False
    verb, _, key = refused.form.partition("-")
    leaf = folio.leaf(key)
    if DEEDS[verb].mutation not in folio.can or (verb in OF_SECTIONS and leaf is None):
        return True
    return (verb == "decide" and not leaf.wordings) or (verb == "resolve" and not leaf.remarks) if leaf else False


def _rows(folio: Folio, refused: Refused | None) -> list[tuple[str, str]]:
    """What stands in the rows of the form of factors: (key of the kind, note)."""
    if refused is not None and refused.form == "factors":
        last = max([*rows_of(refused.fields), len(folio.factors) + FREE_ROWS - 1])
        return [(refused.fields.text(f"kind-{row}"), refused.fields.text(f"note-{row}")) for row in range(last + 1)]
    keys = {kind.id: kind.key for kind in folio.choices.kinds}
    chosen = [(keys[each.kind_id], each.note or "") for each in folio.factors if each.kind_id in keys]
    return [*chosen, *[("", "")] * FREE_ROWS][:MOST_FACTORS]


async def _hints(desk: Desk, folio: Folio, preview: str) -> Any:
    """What the lint says of a text that is not saved."""
    row = cast("Any", folio.leaves[0].row)._replace(edited=preview)
    [found] = await learning.blame(desk.ctx, [row])
    return found


Again = Callable[[Desk, Incident, Refused], Awaitable[Response]]
ELSEWHERE: dict[str, Again] = {"/reassembly": reassembly.again, "/public": public.again}
"""Pages of their own on which forms stand (Doing.page), and what shows those again."""


async def act(desk: Desk, fields: Fields) -> Response:
    """Do what a form asks for; its page again with the reason, if that is refused."""
    name = desk.request.path_params["deed"]
    doing = DEEDS.get(name)
    if doing is None:
        raise not_found("deed", "form", name)
    incident, _ = await drafted(desk.ctx, desk.request.path_params["reference"])
    section = fields.text("section")
    form = f"{name}-{section}" if name in OF_SECTIONS else name
    if name in OPENED and fields.text("_do") == "preview":
        return await page(desk, Shown(Refused(form, fields, None), fields.text("markdown")))
    if name in public.PREVIEWED and not public.looked_at(fields):
        return await public.preview(desk, incident, Refused(name, fields, None))
    try:
        await _do(desk, fields, incident, doing)
    except DomainError as error:
        refused = _told(form, fields, error)
        if doing.page:
            return await ELSEWHERE[doing.page](desk, incident, refused)
        return await page(desk, Shown(refused), status=UNFIT)
    return to(f"/console/incidents/{incident.reference}/postmortem#{doing.anchor or f's-{section}'}")


async def _do(desk: Desk, fields: Fields, incident: Incident, doing: Doing) -> object:
    given = doing.given(fields)
    return await do(desk, fields, doing.mutation, doing.action, incident=incident.reference, **given)


def _told(form: str, fields: Fields, error: DomainError) -> Refused:
    """A refusal in the words of the page. After a conflict, what is sent next stands against the text shown now."""
    if isinstance(error, TextConflictError):
        error.message = "Somebody changed this section meanwhile. Yours is not saved, and not lost."
        if form.startswith("decide-"):
            error.hint = "The suggestion was made from an older text. Edit the section by hand, or decline it."
            return Refused(form, fields, error)
        error.hint = "Put the two together below, and save."
        fields = Fields([*fields.items(), ("expected_version", str(error.version))])
    elif form == "factors" and error.field and error.field.startswith("factors."):
        _, place, name = error.field.split(".")
        error.field = f"{name}-{rows_of(fields)[int(place)]}"
    return Refused(form, fields, error)
