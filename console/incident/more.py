"""What else can be done with an incident: everything that is not needed in the first minute."""

from dataclasses import dataclass

from actions.outward.vendors import Port, ports_of
from console.incident.scene import Scene
from core.ids import encode
from models.incident import Incident
from models.integration import Integration
from models.person import User
from models.words import IncidentTimestamp
from resolvers import catalogue, incidents, outward, people, workflows
from resolvers.context import Context

Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class More:
    """The choices of the forms in the fold “More”."""

    services: Choices
    chosen: list[str]
    labels: str
    members: list[tuple[str, str]]
    moments: Choices
    ports: dict[str, Choices]
    """Integrations by what they can do: `chat`, `bridge`, `ticket`, `pager`, `announcement`."""
    workflows: Choices


async def more_of(ctx: Context, scene: Scene) -> More:
    """The choices as they are now."""
    incident = scene.incident
    services = [(row.slug, row.name) for row in await catalogue.services(ctx) if not row.archived]
    [members] = await incidents.members(ctx, [incident]) if incident.private else [[]]
    return More(
        services,
        [each.slug for each in scene.services],
        "\n".join(f"{name}={value}" for name, value in sorted(incident.labels.items())),
        [(encode("User", each.id), each.name) for each in members],
        [(each.value, each.value.replace("_", " ").capitalize()) for each in IncidentTimestamp if _has(incident, each)],
        _by_port(await outward.integrations(ctx)),
        [(row.key, row.name) for row in await workflows.workflows(ctx) if not row.archived],
    )


def _has(incident: Incident, stamp: IncidentTimestamp) -> bool:
    """Whether a moment can be corrected: stages set those that have not come yet; the impact's start is ours to say."""
    return stamp is IncidentTimestamp.IMPACT_STARTED or getattr(incident, f"{stamp.value.lower()}_at") is not None


def _by_port(rows: list[Integration]) -> dict[str, Choices]:
    found: dict[str, Choices] = {port.value.lower(): [] for port in Port}
    for row in rows:
        for port in () if row.archived else ports_of(row.vendor, row.configuration):
            found[port.value.lower()].append((row.key, row.name))
    return found


async def everybody(ctx: Context) -> list[User]:
    """Everybody who may be given something to do, by name."""
    return [row for row in await people.users(ctx) if not row.archived]
