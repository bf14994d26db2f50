"""Host names of status pages, as admins write them."""

import re
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from core.errors import conflict, invalid
from models.status_page import StatusPage, StatusPageHost

MOST = 10
"""Hosts of one page."""

LONGEST = 253
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
"""RFC 1123 §2.1; names in other scripts are written by IDNA."""


def read_hosts(given: Sequence[str], own: Collection[str]) -> list[str]:
    """Host names in lower case and in ASCII, each once, in the order given.

    INVALID_INPUT on `hosts.0` for one that is none, or that is among `own`, where the API or our own page answers.
    """
    check.few(given, "hosts", limit=MOST)
    return list(dict.fromkeys(_host(text, f"hosts.{place}", own) for place, text in enumerate(given)))


def _host(text: str, field: str, own: Collection[str]) -> str:
    plain = check.text(text, field, limit=LONGEST).lower().rstrip(".")
    try:
        host = plain if plain.isascii() else plain.encode("idna").decode()
    except UnicodeError:
        host = ""
    labels = host.split(".")
    if len(host) > LONGEST or len(labels) < 2 or not all(map(LABEL.fullmatch, labels)) or labels[-1].isdigit():  # noqa: PLR2004 (a name and where it is)
        hint = "Write the name alone, without https:// and without a port: status.example.com."
        raise invalid(field, f"{text[:80]!r} is not a host name.", hint)
    if host in own:
        raise invalid(
            field,
            f"{host} is where this Muster itself answers.",
            "Give the page a name of its own, and have its DNS lead here.",
        )
    return host


async def refuse_taken(session: AsyncSession, hosts: Collection[str], page_id: int) -> None:
    """CONFLICT for a host that another page has, an archived one too: its readers must not come to see this one."""
    taken = (
        select(StatusPageHost.host, StatusPage.name)
        .join(StatusPage, StatusPage.id == StatusPageHost.page_id)
        .where(StatusPageHost.host.in_(hosts), StatusPageHost.page_id != page_id)
        .order_by(StatusPageHost.host)
    )
    found = (await session.execute(taken)).first()
    if found is not None:
        raise conflict(
            f"{found.host} is a host of the status page {found.name!r}.",
            field="hosts",
            hint="Choose another one, or take it from that page first.",
        )
