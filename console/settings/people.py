"""People: who works here, what each may do, and the ways in that they have."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.catalogue.people import save_user
from actions.sessions import invite, revoke_session, revoke_sessions
from auth.permission import Permission, require
from console.desk import Desk, view
from console.fields import Fields
from console.posting import Refused, do, posted, to
from console.settings import choices, person_erasure
from console.settings.areas import area_of
from console.settings.field import Field, Kind
from console.settings.form import CLOSED
from console.settings.frame import area_page
from console.settings.keeping import Keeping
from console.settings.ledger import Act, Cells, Ledger
from console.settings.service_accounts import ROLES
from core.errors import DomainError, invalid
from core.ids import encode
from models.person import User
from models.words import AccessRole
from resolvers import access, people
from resolvers.mutations.fields import link_urls
from resolvers.mutations.perform import Given, Outcome

INVITE = "invite"


async def _cells(desk: Desk, rows: Sequence[Any]) -> list[Cells]:
    teams = await people.teams_of_users(desk.ctx, rows)
    return [
        (
            row.shown_email or "Erased",
            row.access_role.capitalize() + (", sees private incidents" if row.sees_private else ""),
            ", ".join(team.name for team in those),
        )
        for row, those in zip(rows, teams, strict=True)
    ]


async def _more(desk: Desk, row: Any) -> Mapping[str, Any]:
    (teams,) = await people.teams_of_users(desk.ctx, [row])
    known = {"teams": [(encode("Team", team.id), team.name) for team in teams], "sessions": [], "gone": row.erased}
    if not desk.may("administer_people"):
        return known
    sessions = await access.sessions(desk.ctx, user=encode("User", row.id))  # type: ignore[arg-type]
    current = await access.is_current_session(desk.ctx, sessions)
    own = [(encode("Session", each.id), each, here) for each, here in zip(sessions, current, strict=True)]
    return {**known, "sessions": own}


def _given(read: Given) -> Given:
    if read["sees_private"] and read["access_role"] is not AccessRole.ADMIN:
        raise invalid("sees_private", "Only an admin can have this right.", "Make this person an admin, or untick it.")
    return read


async def _added(desk: Desk, fields: Fields, outcome: Outcome) -> Response:
    """Where a person was invited, the link, once; else their page."""
    user = encode("User", outcome.key)
    if not fields.flag(INVITE):
        return to(f"{PEOPLE_PATH}/{user}?done=added")
    return await _link(desk, fields, user)


async def _link(desk: Desk, fields: Fields, user: str) -> Response:
    made = await do(desk, fields, "createSignInLink", invite, user=user)
    (address,) = await link_urls(desk.ctx, [made])
    return await area_page(
        desk,
        PEOPLE.area,
        "settings/secret.html",
        what="Sign-in link",
        secret=address,
        sample=None,
        use="It signs this person in once, within 24 hours; links made before it have ended. Send it by a way that"
        " nobody else reads.",
        back=f"{PEOPLE_PATH}/{user}",
        back_words="Back to the person",
    )


PEOPLE_PATH = area_of("people").path

_FIELDS = (
    Field("name", "Name", "As colleagues call them.", required=True),
    Field("email", "E-mail", "Pages and reminders go there; it also says who signs in by your identity provider.",
          required=True, input_type="email"),
    Field("access_role", "May do", "Everywhere. A role in an incident allows more on that incident.", Kind.CHOICE,
          required=True, choices=choices.words(ROLES), of=AccessRole, start=AccessRole.RESPONDER),
    Field("sees_private", "Sees private incidents", "Without being a member of them. For single admins only: give"
          " it with care, and with a reason.", Kind.FLAG, start=False),
    Field(INVITE, "Make a sign-in link now", "It is shown once, on the next page.", Kind.FLAG, start=True,
          once=True, aside=True),
)  # fmt: skip

PEOPLE = Ledger(
    area="people",
    noun="person",
    node="User",
    model=User,
    rows=people.users,
    headings=("E-mail", "May do", "Teams"),
    cells=_cells,
    given=_given,
    save=Act("saveUser", save_user),
    added=_added,
    fields=_FIELDS,
    empty="Nobody is here yet.",
    parting="They are signed out everywhere, and their tokens and links end in the same moment. What they did stays on"
    " record under their name.",
    template="settings/person.html",
    more=_more,
)


class PeoplePages(Keeping):
    """The pages of people: also their sign-in links, and the browsers that they are signed in with."""

    async def link(self, desk: Desk, fields: Fields) -> Response:
        """Make a link, and show it once."""
        return await self._step(desk, fields, "link", lambda user: _link(desk, fields, user))

    async def end(self, desk: Desk, fields: Fields) -> Response:
        """End one browser session, or all of them."""

        async def ending(user: str) -> Response:
            session = fields.optional("session")
            if session is None:
                await do(desk, fields, "endSessions", revoke_sessions, user=user)
            else:
                await do(desk, fields, "endSession", revoke_session, session=session)
            return to(f"{PEOPLE_PATH}/{user}?done=ended")

        return await self._step(desk, fields, "sessions", ending)

    async def _step(self, desk: Desk, fields: Fields, form: str, step: Any) -> Response:
        require(desk.actor, Permission.ADMINISTER_PEOPLE)
        row = await self.row(desk)
        try:
            done: Response = await step(self.ledger.reference(row))
        except DomainError as error:
            if error.code in CLOSED:
                raise
            return await self.of_row(desk, row, Refused(form, fields, error))
        return done

    async def erasure(self, desk: Desk) -> Response:
        """What erasing somebody would do, and the form."""
        return await person_erasure.show(desk, await self.row(desk))

    async def erase(self, desk: Desk, fields: Fields) -> Response:
        """Erase them."""
        return await person_erasure.erase(desk, fields, await self.row(desk))

    def routes(self) -> list[BaseRoute]:
        """Those of a list, the two steps, and erasing."""
        one = f"{self.area.path}/{{id}}"
        steps = [("link", self.link), ("sessions", self.end)]
        made: list[BaseRoute] = [
            Route(f"{one}/{name}", posted(step), methods=["POST"]) for name, step in steps
        ]  # fmt: skip
        made.append(Route(f"{one}/erase", view(self.erasure)))
        made.append(Route(f"{one}/erase", posted(self.erase), methods=["POST"]))
        return [*super().routes(), *made, *(Route(f"{one}/{name}", view(self.back)) for name, _ in steps)]
