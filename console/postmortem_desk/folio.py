"""What the page of a postmortem shows: read once in a snapshot, by the resolvers of the API."""

from dataclasses import dataclass

from console.postmortem_desk.leaf import Leaf, read_leaves
from core.errors import not_found
from models.incident import Incident
from models.learning import ContributingFactor, FactorKind
from models.person import Team, User
from models.postmortem import ActionItem, Postmortem
from models.public_postmortem import PublicPostmortem
from models.words import PostmortemStatus, ReviewDecision
from models.writing import PostmortemReviewer
from resolvers import incidents, learning, people, rights, writing
from resolvers.context import Context
from resolvers.rows import by_key

MOST_ITEMS = 100


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who reviews it, and what they say."""

    row: PostmortemReviewer
    name: str
    mine: bool

    @property
    def waiting(self) -> bool:
        """Whether they have not said anything yet."""
        return self.row.decision is None

    @property
    def objects(self) -> bool:
        """Whether they ask for changes."""
        return self.row.decision is ReviewDecision.CHANGES_REQUESTED


@dataclass(frozen=True, slots=True)
class Item:
    """An action item, whose it is, and who does it."""

    row: ActionItem
    owner: str
    assignee: str | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What the forms choose from."""

    kinds: list[FactorKind]
    people: list[User]
    teams: list[Team]


@dataclass(frozen=True, slots=True)
class Folio:
    """A postmortem with all that hangs on it, as its viewer may see it."""

    incident: Incident
    postmortem: Postmortem
    leaves: list[Leaf]
    reviewers: list[Reviewer]
    factors: list[ContributingFactor]
    items: list[Item]
    public: PublicPostmortem | None
    public_url: str | None
    choices: Choices
    can: frozenset[str]
    """The mutations that the viewer may carry out on it now, by name."""

    @property
    def published(self) -> bool:
        """Whether it is finished."""
        return self.postmortem.status is PostmortemStatus.PUBLISHED

    def leaf(self, key: str) -> Leaf | None:
        """A section by its key."""
        return next((leaf for leaf in self.leaves if leaf.key == key), None)


async def find(ctx: Context, reference: str) -> tuple[Incident, Postmortem | None]:
    """An incident and its postmortem, if it is drafted. NOT_FOUND also for an incident that the viewer may not see."""
    incident = await incidents.incident(ctx, ref=reference)
    if incident is None:
        raise not_found("incident", "incident", reference)
    [postmortem] = await incidents.postmortems(ctx, [incident])
    return incident, postmortem


async def drafted(ctx: Context, reference: str) -> tuple[Incident, Postmortem]:
    """The same. NOT_FOUND, too, where nothing is drafted yet."""
    incident, postmortem = await find(ctx, reference)
    if postmortem is None:
        raise not_found("incident", "postmortem of", incident.reference)
    return incident, postmortem


async def read_folio(ctx: Context, incident: Incident, postmortem: Postmortem) -> Folio:
    """All of it, in a number of statements that does not depend on how much there is."""
    [can] = await rights.allowed_actions(ctx, [incident])
    [factors] = await learning.factors(ctx, [postmortem])
    [public] = await incidents.public_postmortems(ctx, [incident])
    [public_url] = await incidents.public_urls(ctx, [incident])
    return Folio(
        incident=incident,
        postmortem=postmortem,
        leaves=await read_leaves(ctx, incident, postmortem),
        reviewers=await _reviewers(ctx, postmortem),
        factors=factors,
        items=await _items(ctx, incident),
        public=public,
        public_url=public_url,
        choices=await _choices(ctx, incident),
        can=frozenset(can),
    )


async def _reviewers(ctx: Context, postmortem: Postmortem) -> list[Reviewer]:
    [rows] = await writing.reviewers(ctx, [postmortem])
    users = await by_key(ctx, User, (row.user_id for row in rows))
    return [Reviewer(row, users[row.user_id].name, row.user_id == ctx.actor.user_id) for row in rows]


async def _items(ctx: Context, incident: Incident) -> list[Item]:
    [page] = await learning.action_items_of_incidents(ctx, [incident], first=MOST_ITEMS)
    teams = await by_key(ctx, Team, (row.owner_id for row in page.nodes))
    users = await by_key(ctx, User, (row.assignee_id for row in page.nodes))
    return [
        Item(row, teams[row.owner_id].name, users[row.assignee_id].name if row.assignee_id in users else None)
        for row in page.nodes
    ]


async def _choices(ctx: Context, incident: Incident) -> Choices:
    """Who may be asked to review a private incident's are its members."""
    [members] = await incidents.members(ctx, [incident]) if incident.private else [await people.users(ctx)]
    return Choices(
        [kind for kind in await learning.factor_kinds(ctx) if not kind.archived],
        [user for user in members if not user.archived],
        [team for team in await people.teams(ctx) if not team.archived],
    )
