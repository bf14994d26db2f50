"""The organisation, and how its public page looks and speaks."""

import strawberry

from models import organisation
from models.logo import LogoTheme
from resolvers import branding
from resolvers.fields import batched, column
from schema.node import Node, identity, is_row_of


@strawberry.type(description="A logo of a public page.")
class Logo:
    theme: LogoTheme = column("On which paper it stands.")
    path: str = column("Where it stands on the host of the page.")
    width: int = column("In pixels; of an SVG in its own units.")
    height: int = column("In pixels; of an SVG in its own units.")


@strawberry.type(description="A phrase that blames, and what to say instead.")
class BlamePhrase:
    phrase: str = column("The words.")
    suggestion: str = column("What to say instead.")


@strawberry.type(description="What is wanted of a metric, week by week or month by month.")
class MetricAim:
    metric: str = column("The metric's key: see metricDefinitions.")
    value: float = column("What is wanted, in the metric's unit: seconds, or a share of 1.")
    at_most: bool = column("Whether it is the most that is wanted; else it is the least.")


@strawberry.type(description="The organisation that runs this Muster. Its public page shows all of this.")
class Organisation(Node):
    id: strawberry.ID = identity("Organisation")
    name: str = column("Its name, on the public page and in mails.")
    time_zone: str = column("The IANA name of the zone in which public times are shown.")
    support_url: str | None = column("Where customers reach it.")
    language: str = column("What the public page and mails to its subscribers speak: `en` or `de`.")
    accent_light: str | None = column("The colour of links and buttons on light paper, `#rrggbb`; null: ours.")
    accent_dark: str | None = column("The colour of links and buttons on dark paper, `#rrggbb`; null: ours.")
    version: int = column("How often it or a logo was saved, counted from 1: pass it as `expectedVersion`.")
    blameless: bool = column("Whether what is generated for postmortems calls people by their roles.")
    blame_phrases: list[BlamePhrase] = batched(
        branding.blame_phrases, description="Phrases of its own that the lint of postmortems marks."
    )
    aims: list[MetricAim] = batched(branding.aims, description="What is wanted of metrics; the dashboard draws it.")
    storm_incidents: int = column(
        "More incidents than this that alerts would open within a minute are one alert storm; 0: never."
    )
    logos: list[Logo] = batched(branding.logos, description="The logos, that for light paper first.")

    is_type_of = is_row_of(organisation.Organisation)
