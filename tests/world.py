"""A small organisation for tests, and shorthand to act on it and to look at what happened."""

from dataclasses import dataclass, field

from sqlalchemy import inspect, select
from sqlalchemy.orm import make_transient_to_detached

from auth.actor import Actor
from core import ids
from core.db import Database
from models.event import Event, EventText
from models.incident import Incident
from models.job import Job
from models.person import Team, TeamMember, User
from models.service import Component, Service, ServiceComponent
from models.words import AccessRole, ActorKind

PEOPLE = {
    "ada": ("Ada Okafor", AccessRole.ADMIN),
    "ben": ("Ben Silva", AccessRole.RESPONDER),
    "chi": ("Chi Tran", AccessRole.RESPONDER),
    "dov": ("Dov Levi", AccessRole.MANAGER),
    "eve": ("Eve Novak", AccessRole.VIEWER),
}

NOUNS = ("users", "teams", "services", "components")


@dataclass
class World:
    """`world.ben` is an Actor, `world.id_of("ben")` the opaque id of that person, `world.teams["payments"]` a row."""

    database: Database
    clock: object
    users: dict[str, User] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    components: dict[str, Component] = field(default_factory=dict)

    @classmethod
    async def create(cls, database: Database, clock) -> "World":
        world = cls(database, clock)
        now = clock.now()
        async with database.unit_of_work() as session:
            for key, (name, role) in PEOPLE.items():
                user = User(name=name, email=f"{key}@quillhaven.example", access_role=role, created_at=now)
                world.users[key] = user
            world.teams["payments"] = Team(slug="payments", name="Payments", created_at=now)
            world.teams["platform"] = Team(slug="platform", name="Platform", created_at=now)
            for position, name in enumerate(("Checkout", "Search")):
                world.components[name.lower()] = Component(name=name, group="Shop", position=position, created_at=now)
            session.add_all([*world.users.values(), *world.teams.values(), *world.components.values()])
            await session.flush()
            payments = world.teams["payments"].id
            world.services["checkout-api"] = Service(
                slug="checkout-api", name="Checkout API", owner_id=payments, created_at=now
            )
            world.services["search-api"] = Service(slug="search-api", name="Search API", created_at=now)
            session.add_all(world.services.values())
            await session.flush()
            checkout = world.components["checkout"].id
            session.add_all(
                [
                    TeamMember(team_id=payments, user_id=world.users["ben"].id),
                    TeamMember(team_id=payments, user_id=world.users["chi"].id),
                    ServiceComponent(service_id=world.services["checkout-api"].id, component_id=checkout),
                ]
            )
        return world

    def copy(self, database: Database, clock) -> "World":
        """The same organisation in a copy of its database, with rows of its own."""
        kept = {name: {key: _detached(row) for key, row in getattr(self, name).items()} for name in NOUNS}
        return World(database, clock, **kept)

    def __getattr__(self, name: str) -> Actor:
        try:
            user = self.__dict__["users"][name]
        except KeyError:
            raise AttributeError(name) from None
        return Actor(ActorKind.USER, user.id, user.name, user.access_role)

    def id_of(self, person: str) -> str:
        return ids.encode("User", self.users[person].id)

    async def do(self, action, *args, **kwargs):
        """Carry out one action in a unit of work of its own: `await world.do(add_entry, world.ben, incident=…)`."""
        async with self.database.unit_of_work() as session:
            return await action(session, *args, **kwargs)

    async def incident(self, key: int) -> Incident:
        async with self.database.reading() as reader:
            found = await reader.row(Incident, select(Incident).where(Incident.id == key))
        assert found is not None
        return found

    async def events(self, incident_id: int | None = None, *kinds: str) -> list[Event]:
        """Events in the order of the feed, of one incident and some kinds if given."""
        statement = select(Event).order_by(Event.id)
        if incident_id is not None:
            statement = statement.where(Event.incident_id == incident_id)
        if kinds:
            statement = statement.where(Event.kind.in_(kinds))
        async with self.database.reading() as reader:
            return await reader.rows(Event, statement)

    async def text_of(self, event_id: int) -> str | None:
        async with self.database.reading() as reader:
            return await reader.scalar(select(EventText.body).where(EventText.event_id == event_id))

    async def jobs(self, name: str | None = None) -> list[Job]:
        """Jobs that wait, in the order in which they were queued."""
        statement = select(Job).order_by(Job.id)
        async with self.database.reading() as reader:
            return await reader.rows(Job, statement.where(Job.name == name) if name else statement)


def _detached(row):
    """A row of a session that has ended, as another object."""
    columns = {attribute.key: getattr(row, attribute.key) for attribute in inspect(row).mapper.column_attrs}
    made = type(row)(**columns)
    make_transient_to_detached(made)
    return made
