"""Further status pages: of a product or a region, for everybody or for few; their links and logos."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.pages.links import create_page_link, revoke_page_links
from actions.pages.saving import save_status_page
from auth.permission import Permission, require
from console.desk import Desk, view
from console.fields import Fields
from console.posting import Refused, do, posted, to
from console.settings import choices
from console.settings.field import Field, Kind
from console.settings.form import CLOSED, confirmed, controls_of, read_all
from console.settings.frame import area_page
from console.settings.keeping import Keeping
from console.settings.ledger import Act, Cells, Ledger
from console.settings.logos import LOGO, pictures, posted_picture, save_picture
from core.errors import DomainError
from models.logo import StatusPageLogo
from models.status_page import StatusPage
from models.words import PageAccess
from resolvers import status_pages
from resolvers.context import Context

ACCESS = {
    PageAccess.PUBLIC: "Everybody",
    PageAccess.LINK: "Whoever has one of its links",
    PageAccess.MEMBERS: "Whoever may sign in here",
}
LINK_FIELDS = (
    Field("note", "For whom", "So that you know later whose link it was."),
    Field("expires_at", "Good until", "Empty: until you end all links.", Kind.MOMENT),
)


async def _cells(desk: Desk, rows: Sequence[Any]) -> list[Cells]:
    addresses = await status_pages.urls(desk.ctx, rows)
    shown = await status_pages.components(desk.ctx, rows)
    return [
        (address, ACCESS[row.access], ", ".join(each.name for each in those) or "All")
        for row, address, those in zip(rows, addresses, shown, strict=True)
    ]


async def _values(ctx: Context, row: Any) -> Mapping[str, Any]:
    (hosts,) = await status_pages.hosts(ctx, [row])
    (shown,) = await status_pages.components(ctx, [row])
    return {"hosts": hosts, "components": [choices.component_id(each) for each in shown]}


async def _more(desk: Desk, row: Any) -> Mapping[str, Any]:
    (address,) = await status_pages.urls(desk.ctx, [row])
    (links,) = await status_pages.links(desk.ctx, [row])
    start = {field.name: None for field in LINK_FIELDS}
    return {
        "shown_at": address,
        "links": links,
        "logos": await pictures(desk.ctx, StatusPageLogo, StatusPageLogo.page_id == row.id),
        "link_controls": await controls_of(desk.ctx, LINK_FIELDS, start, None, "link"),
    }


_FIELDS = (
    Field("name", "Name", "What stands in its head.", required=True),
    Field("slug", "Short name", "A part of its address where it has no host of its own: a-z, 0-9 and hyphens.",
          required=True),
    Field("hosts", "Hosts of its own", "One in each line, such as status.example.com, at most 10; its links begin"
          " with the first. Each must lead to this Muster.", Kind.LINES, rows=2),
    Field("components", "Shows the components", "None: all that are exclusive to no other page.", Kind.SEVERAL,
          choices=choices.components),
    Field("exclusive", "They are shown nowhere else", "Its components, and incidents and planned work that touch"
          " only those, are then on no page but those that name them.", Kind.FLAG),
    Field("access", "Read by", "Pages that are not for everybody send no news to subscribers.", Kind.CHOICE,
          required=True, choices=choices.words(ACCESS), of=PageAccess, start=PageAccess.PUBLIC),
    Field("language", "Language", kind=Kind.CHOICE, choices=choices.words(choices.LANGUAGES),
          blank="As the organisation's page"),
    Field("time_zone", "Time zone", kind=Kind.CHOICE, choices=choices.zones, blank="As the organisation's page"),
    Field("accent_light", "Accent on light paper", "Links and buttons, like #2d3ccb. Empty: ours."),
    Field("accent_dark", "Accent on dark paper", "The same on dark paper, like #a8b3ff. Empty: ours."),
)  # fmt: skip

STATUS_PAGES = Ledger(
    area="status-pages",
    noun="status page",
    node="StatusPage",
    model=StatusPage,
    rows=status_pages.status_pages,
    headings=("Address", "Read by", "Shows"),
    cells=_cells,
    values=_values,
    save=Act("saveStatusPage", save_status_page),
    fields=_FIELDS,
    then="Its readers see it at once.",
    empty="No further pages. Your own status page is there without; add one for a product or a region whose customers"
    " should see that alone.",
    parting="Nobody can read it any more. Its hosts stay its own, and what was exclusive to it is shown nowhere else.",
    template="settings/status_page.html",
    more=_more,
)


class StatusPagePages(Keeping):
    """The pages of status pages: also the links to one, and its logos."""

    async def link(self, desk: Desk, fields: Fields) -> Response:
        """Make a link, and show it once."""
        require(desk.actor, self.area.permission)
        row = await self.row(desk)
        try:
            given = await read_all(desk, LINK_FIELDS, fields, new=True)
            page = self.ledger.reference(row)
            made = await do(desk, fields, "createPageLink", create_page_link, page=page, **given)
        except DomainError as error:
            return await self._again(desk, row, fields, error, "link")
        (address,) = await status_pages.opening_urls(desk.ctx, [made])
        return await area_page(
            desk,
            self.area.key,
            "settings/secret.html",
            what=f"Link to {row.name}",
            secret=address,
            sample=None,
            use="Whoever has it can read the page, until it expires or you end all links.",
            back=f"{self.area.path}/{self.ledger.reference(row)}",
            back_words="Back to the page",
        )

    async def end(self, desk: Desk, fields: Fields) -> Response:
        """End all links, with what they opened."""
        require(desk.actor, self.area.permission)
        row = await self.row(desk)
        try:
            confirmed(fields, row.name)
            await do(desk, fields, "revokePageLinks", revoke_page_links, page=self.ledger.reference(row))
        except DomainError as error:
            return await self._again(desk, row, fields, error, "end")
        return to(f"{self.area.path}/{self.ledger.reference(row)}?done=ended")

    async def logo(self, desk: Desk, fields: Fields) -> Response:
        """Put a logo into its head, or take one away."""
        require(desk.actor, Permission.ADMINISTER)
        row = await self.row(desk)
        try:
            await save_picture(desk, fields, page=self.ledger.reference(row))
        except DomainError as error:
            return await self._again(desk, row, fields, error, LOGO)
        return to(f"{self.area.path}/{self.ledger.reference(row)}?done=changed")

    async def _again(self, desk: Desk, row: Any, fields: Fields, error: DomainError, form: str) -> Response:
        if error.code in CLOSED:
            raise error
        refused = Refused(form, fields, error)
        start = {field.name: None for field in LINK_FIELDS}
        controls = await controls_of(desk.ctx, LINK_FIELDS, start, refused, "link")
        return await self.of_row(desk, row, refused, link_controls=controls)

    def routes(self) -> list[BaseRoute]:
        """Those of a list, and the steps."""
        one = f"{self.area.path}/{{id}}"
        steps = {"link": posted(self.link), "links": posted(self.end), "logo": posted_picture(self.logo)}
        made: list[BaseRoute] = [Route(f"{one}/{name}", step, methods=["POST"]) for name, step in steps.items()]
        return [*super().routes(), *made, *(Route(f"{one}/{name}", view(self.back)) for name in steps)]
