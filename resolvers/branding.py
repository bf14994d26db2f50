"""The organisation, and how its public page looks."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from models.learning import BlamePhrase
from models.logo import LogoTheme, PageLogo, logo_path
from models.metrics.aims import AT_MOST
from models.organisation import Organisation
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class LogoSeen:
    """A logo without its bytes."""

    theme: LogoTheme
    path: str
    width: int
    height: int


def logo_seen(theme: LogoTheme, digest: str, media_type: str, width: int, height: int) -> LogoSeen:
    """A logo from its columns without its bytes."""
    return LogoSeen(theme, logo_path(digest, media_type), width, height)


async def organisation(ctx: Context) -> Organisation | None:
    """The one that runs this Muster."""
    return await ctx.reader.row(Organisation, select(Organisation))


async def blame_phrases(ctx: Context, organisations: Sequence[Organisation]) -> list[list[BlamePhrase]]:
    """The phrases that its lint marks beside those that come with the product."""
    found = await ctx.reader.rows(BlamePhrase, select(BlamePhrase).order_by(BlamePhrase.id))
    return [found for _ in organisations]


@dataclass(frozen=True, slots=True)
class Aim:
    """What is wanted of a metric."""

    metric: str
    value: float
    at_most: bool


async def aims(_: Context, organisations: Sequence[Organisation]) -> list[list[Aim]]:
    """What each wants of its metrics, in the order in which these are listed."""
    return [
        [Aim(key, each.aims[key], most) for key, most in AT_MOST.items() if key in each.aims] for each in organisations
    ]


async def logos(ctx: Context, organisations: Sequence[Organisation]) -> list[list[LogoSeen]]:
    """The logos of the public page, that for light paper first."""
    columns = (PageLogo.theme, PageLogo.digest, PageLogo.media_type, PageLogo.width, PageLogo.height)
    rows = await ctx.reader.execute(select(*columns).order_by(PageLogo.theme.desc()))
    found = [logo_seen(*row) for row in rows]
    return [found for _ in organisations]
