"""What admins say of the organisation and of how its public page looks and speaks."""

import strawberry

from models.logo import LogoTheme
from schema.inputs.given import SEEN, Repeatable, default, needed, optional

ACCENT = (
    "The colour of links and buttons on {} paper, `#rrggbb`; null: ours. INVALID_INPUT, with a colour near it that"
    " would do, if its contrast is below 4.5:1."
)


@strawberry.input(description="A phrase that blames, and what to say instead.")
class BlamePhraseInput:
    phrase: str = needed("The words, in at most 120 characters. Their case and the spaces between them don't matter.")
    suggestion: str = needed("What to say instead, in at most 500 characters.")


@strawberry.input(description="What is wanted of a metric, week by week or month by month.")
class MetricAimInput:
    metric: str = needed(
        "Its key: `mtta`, `mttd`, `mttm`, `mttr`, `promises_kept`, `action_items_in_time`, `reopen_rate`."
    )
    value: float = needed("In the metric's unit: seconds above 0, or a share above 0 and up to 1.")


@strawberry.input(
    description="Changes of the organisation; what is left out stays. Needs the permission to administer."
)
class SaveOrganisationInput(Repeatable):
    name: str | None = optional("Its name, in at most 120 characters.")
    time_zone: str | None = optional("The IANA name of a time zone, such as Europe/Berlin.")
    support_url: str | None = optional("Where customers reach it: https:// or mailto:; null: nowhere.")
    language: str | None = optional("What the public page and mails to its subscribers speak: `en` or `de`.")
    accent_light: str | None = optional(ACCENT.format("light"))
    accent_dark: str | None = optional(ACCENT.format("dark"))
    blameless: bool | None = optional(
        "Whether what is generated for postmortems calls people by their roles, not by names."
    )
    blame_phrases: list[BlamePhraseInput] | None = optional(
        "Phrases that `PostmortemSection.blame` marks beside those that come with Muster, at most 200; the list"
        " replaces the list."
    )
    aims: list[MetricAimInput] | None = optional(
        "What is wanted of metrics, one for each at most; the dashboard draws it. The list replaces the list."
    )
    storm_incidents: int | None = optional(
        "More incidents than this that alerts would open within a minute are one alert storm: 1 to 10,000 (50); 0:"
        " never."
    )
    expected_version: int | None = optional(SEEN)


@strawberry.input(description="A logo for a public page. Needs the permission to administer.")
class SaveLogoInput(Repeatable):
    image: str | None = needed(
        "A PNG or an SVG as base64, of at most 65,536 bytes; null takes it away. INVALID_INPUT, with the reason, for an"
        " SVG that could do more than be looked at."
    )
    theme: LogoTheme = default(
        LogoTheme.LIGHT, "On which paper it stands. Without one for dark paper, the light one stands on a light ground."
    )
    page: strawberry.ID | None = optional(
        "Of which status page beside the organisation's own. With one of its own, it shows none of the organisation's."
    )
