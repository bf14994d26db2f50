"""Components and their groups, as Atlassian Statuspage lists them: a group is a component that holds others."""

from datetime import datetime
from typing import Any

from statuspage.atlassian.values import COMPONENT, moment
from statuspage.opaque import opaque
from statuspage.read import Part, Site
from statuspage.words import line

PAGE = opaque("Page", 1)
"""The id of our own page."""


def page_key(site: Site) -> str:
    """The id of a page."""
    return PAGE if site.page_id is None else opaque("StatusPage", site.page_id)


def component_id(part: Part) -> str:
    """The id of a component."""
    return opaque("Component", part.id)


def group_id(name: str) -> str:
    """The id of a group: there is no row of it, only its name."""
    return opaque("Group", name)


def full_name(part: Part) -> str:
    """`Shop - Checkout`: what an update calls a component that is in a group."""
    return f"{line(part.group)} - {line(part.name)}" if part.group else line(part.name)


def listed(site: Site) -> list[dict[str, Any]]:
    """Every component in the order of the page, each group before its members. Places count from 1, in groups anew."""
    groups: dict[str | None, list[Part]] = {}
    for part in site.shown:
        groups.setdefault(part.group or f"\0{part.id}", []).append(part)
    found: list[dict[str, Any]] = []
    for place, parts in enumerate(groups.values(), 1):
        if parts[0].group:
            found.append(_group(parts, place, site))
            found += [component(part, site, inner) for inner, part in enumerate(parts, 1)]
        else:
            found.append(component(parts[0], site, place))
    return found


def places(site: Site) -> dict[int, int]:
    """The place of each component, archived ones included, which stand last."""
    counts: dict[str | None, int] = {}
    found = {}
    for part in sorted(site.components, key=lambda part: part.archived):
        counts[part.group] = counts.get(part.group, 0) + 1
        found[part.id] = counts[part.group]
    return found


def component(part: Part, site: Site, place: int) -> dict[str, Any]:
    """One component."""
    return {
        "id": component_id(part),
        "name": line(part.name),
        "status": COMPONENT[part.status],
        "created_at": moment(part.created_at, site.time_zone),
        "updated_at": moment(_changed_at(part), site.time_zone),
        "position": place,
        "description": line(part.description) if part.description else None,
        "showcase": True,
        "start_date": f"{part.created_at:%Y-%m-%d}",
        "group_id": group_id(part.group) if part.group else None,
        "page_id": page_key(site),
        "group": False,
        "only_show_if_degraded": False,
    }


def _group(parts: list[Part], place: int, site: Site) -> dict[str, Any]:
    name = parts[0].group or ""
    return {
        "id": group_id(name),
        "name": line(name),
        "status": COMPONENT[max((part.status for part in parts), key=lambda status: status.rank)],
        "created_at": moment(min(part.created_at for part in parts), site.time_zone),
        "updated_at": moment(max(map(_changed_at, parts)), site.time_zone),
        "position": place,
        "description": None,
        "showcase": False,
        "start_date": None,
        "group_id": None,
        "page_id": page_key(site),
        "group": True,
        "only_show_if_degraded": False,
        "components": [component_id(part) for part in parts],
    }


def _changed_at(part: Part) -> datetime:
    """When the state of a component last changed."""
    return part.spans[-1].started_at if part.spans else part.created_at
