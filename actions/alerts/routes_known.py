"""The rule that an alert takes, found once for all alerts that say the same of what rules look at."""

from collections.abc import Sequence

from actions.alerts.group import NormalisedAlert
from actions.alerts.routing import Route, route_of
from models.condition import looks_at

MOST = 4096
"""Outcomes that are remembered; then all are forgotten."""
LONGEST_SAID = 2000
"""Characters: what says more is not remembered."""

Said = tuple[str | None, ...]


class KnownRoutes:
    """Routes in their order, and what they came to so far. They don't change: whoever saves rules makes another one."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = routes
        self._found: dict[Said, Route | None] = {}
        names = {("labels", name) for route in routes for name in route.rule.matchers}
        self._tells_all = True
        """Whether what is looked at is all that an outcome depends on."""
        for condition in {route.rule.condition for route in routes if route.rule.condition is not None}:
            wanted = looks_at(condition)
            self._tells_all &= wanted is not None
            names |= {(kind, name or kind) for kind, name in wanted or ()}
        self._labels = sorted(name for kind, name in names if kind in ("labels", "service"))
        self._annotations = sorted(name for kind, name in names if kind == "annotations")
        self._others = sorted(kind for kind, _ in names if kind in ("title", "source", "url"))

    def __len__(self) -> int:
        """How many outcomes are remembered."""
        return len(self._found)

    def of(self, alert: NormalisedAlert, source: str) -> Route | None:
        """The first route whose rule matches an alert of a source of this name; None if none does."""
        if not self._tells_all:
            return route_of(self.routes, alert, source)
        said = self._said(alert, source)
        try:
            return self._found[said]
        except KeyError:
            found = route_of(self.routes, alert, source)
        if sum(len(text) for text in said if text) <= LONGEST_SAID:
            if len(self._found) >= MOST:
                self._found.clear()
            self._found[said] = found
        return found

    def _said(self, alert: NormalisedAlert, source: str) -> Said:
        said = (*map(alert.labels.get, self._labels), *map(alert.annotations.get, self._annotations))
        if not self._others:
            return said
        others = {"title": alert.title, "source": source, "url": alert.url}
        return said + tuple(others[kind] for kind in self._others)
