"""The pages that can be gone to by words."""

from typing import NamedTuple

from auth.permission import Permission
from console.settings.areas import AREAS


class Place(NamedTuple):
    """A page: what it is called, what else people call it, and what one needs to be let in."""

    name: str
    href: str
    words: str
    needs: Permission = Permission.READ


PLACES = (
    Place("Incidents", "/console/incidents", "open over list"),
    Place("Declare an incident", "/console/declare", "new report start raise", Permission.REPORT),
    Place("Alerts", "/console/alerts", "monitoring firing inbox"),
    Place("On call", "/console/on-call", "pager rota who roster schedule"),
    Place("Learning", "/console/learning", "action items postmortems follow-up"),
    Place("My action items", "/console/learning?assignee=me", "mine todo owed"),
    Place("Dashboard", "/console/dashboard", "metrics numbers mttr mtta"),
    Place("Practice report", "/practice.html", "audit quarter checks gaps"),
    Place("Settings", "/console/settings", "configuration administration catalogue"),
    Place("Time zone and theme", "/console/look", "preferences dark light utc"),
    Place("Status page", "/", "customers public components"),
    Place("GraphiQL", "/console/graphiql", "api graphql query"),
)
"""In the order in which they are offered. Whoever adds a page that people look for adds its line here."""

KEPT = tuple(Place(area.title, area.path, f"settings {area.sentence}", area.sees) for area in AREAS)
"""The areas of Settings: found by what they are for."""


def fitting(words: list[str]) -> list[Place]:
    """The pages that have all of these words, as beginnings of words of theirs."""

    def has(place: Place, word: str) -> bool:
        return any(each.startswith(word) for each in f"{place.name} {place.words}".lower().split())

    return [place for place in (*PLACES, *KEPT) if all(has(place, word) for word in words)]
