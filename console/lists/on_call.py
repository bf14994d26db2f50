"""`/console/on-call`: who is asked first, now, as the pagers told it last."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from starlette.responses import Response

from actions.outward.vendors import Port
from actions.paging.reach import people_of
from auth.permission import Permission
from console.desk import Desk
from console.rota.overview import overview
from models.integration import Integration
from models.on_call import RELIABLE
from models.paging.policy import EscalationPolicy
from models.person import Team, User
from models.service import Service
from resolvers import catalogue, outward, people
from resolvers.on_call import Person, Roster, on_call
from resolvers.paging import escalations
from resolvers.rows import by_key

PATH = "/console/on-call"


class Rota(NamedTuple):
    """Who answers for something: a rota of the pager, and the service that it is for; None: all others."""

    name: str
    service: str | None
    people: list[Person]


class Pager(NamedTuple):
    """What one pager told."""

    integration: Integration
    roster: Roster | None
    rotas: list[Rota]
    old: bool
    """Whether that is too long ago to act upon it."""


class Owner(NamedTuple):
    """Who is called for a service: whom its escalation policy pages first, else the team that owns it."""

    service: Service
    team: Team | None
    policy: EscalationPolicy | None
    people: list[User]


async def show(desk: Desk) -> Response:
    """Who is on call by pager, rota and service; below, whom Muster calls by itself."""
    ctx = desk.ctx
    rows = [row for row in await outward.integrations(ctx) if not row.archived]
    ports = await outward.ports(ctx, rows)
    pagers = [row for row, can in zip(rows, ports, strict=True) if Port.PAGER in can]
    told = zip(pagers, await on_call(ctx, pagers), strict=True)
    return await desk.page(
        "lists/on_call.html",
        pagers=[_pager(row, roster) for row, roster in told],
        owners=await _owners(desk),
        settings=desk.may(Permission.ADMINISTER),
        own=await overview(desk),
    )


def _pager(row: Integration, roster: Roster | None) -> Pager:
    old = roster is not None and roster.age is not None and timedelta(seconds=roster.age) > RELIABLE
    return Pager(row, roster, rotas(roster.people) if roster else [], old)


def rotas(found: Sequence[Person]) -> list[Rota]:
    """People by what they answer for, by name; each person once, until the latest that is told."""
    own: dict[tuple[str, str | None], list[Person]] = {}
    for person in found:
        own.setdefault((person.rota, person.service), []).append(person)
    ordered = sorted(own.items(), key=lambda item: (item[0][0].lower(), item[0][1] is None, item[0][1] or ""))
    return [Rota(rota, service, persons) for (rota, service), persons in ordered]


async def _owners(desk: Desk) -> list[Owner]:
    """The services, with whom their policies page now, and the teams that own them."""
    services = [row for row in await catalogue.services(desk.ctx) if not row.archived]
    policies = await by_key(desk.ctx, EscalationPolicy, (row.escalation_policy_id for row in services))
    first = await _first(desk, [row for row in policies.values() if not row.archived])
    teams = await by_key(desk.ctx, Team, (row.owner_id for row in services))
    own = list(teams.values())
    members = dict(zip((team.id for team in own), await people.members_of_teams(desk.ctx, own), strict=True))
    found = []
    for row in services:
        team, paged = teams.get(row.owner_id or 0), row.escalation_policy_id in first
        called = first[row.escalation_policy_id or 0] if paged else members.get(row.owner_id or 0, [])
        policy = policies[row.escalation_policy_id or 0] if paged else None
        found.append(Owner(row, team, policy, [user for user in called if not user.archived]))
    return found


async def _first(desk: Desk, policies: Sequence[EscalationPolicy]) -> dict[int, list[User]]:
    """Whom the first step of each pages now, by the policy's key."""
    steps = {
        row.id: await people_of(desk.ctx.reader, escalation.steps[0].targets, desk.now)
        for row, escalation in zip(policies, await escalations(desk.ctx, policies), strict=True)
    }
    known = await by_key(desk.ctx, User, {key for keys in steps.values() for key in keys})
    return {policy: [known[key] for key in keys] for policy, keys in steps.items()}
