"""The rule that was found for an alert is that of all that say the same of what rules look at, and of no others."""

from dataclasses import replace
from itertools import product
from types import SimpleNamespace

from actions.alerts.routes_known import LONGEST_SAID, MOST, KnownRoutes
from actions.alerts.routing import Route, route_of
from tests.actions.alerting import firing


def route(**fields):
    given = {"name": "", "matchers": {}, "condition": None, **fields}
    return Route(SimpleNamespace(id=len(given), **given), None, None)


ROUTES = [
    route(matchers={"job": "=~web|api"}, condition='annotations["team"] == "core"'),
    route(matchers={"zone": ""}, condition='source == "b"'),
    route(matchers={"zone": "x"}, condition='title.startsWith("disk")'),
    route(matchers={}, condition='service == "shop" || url == "https://example.org/"'),
    route(matchers={"zone": "!=x"}),
]
LABELS = [{}, {"job": "web"}, {"zone": ""}, {"zone": "x", "job": "api"}, {"service": "shop", "zone": "x"}]


def found(routes):
    known = KnownRoutes(routes)
    for _ in range(2):
        for labels, team, source, title, url in product(
            LABELS, (None, "core"), "ab", ("disk", "host"), (None, "https://example.org/")
        ):
            told = {"team": team} if team else {}
            alert = replace(firing("f", **labels), annotations=told, title=title, url=url)
            assert known.of(alert, source) is route_of(routes, alert, source)
            yield known.of(alert, source)


def test_it_is_the_rule_that_the_long_way_finds():
    assert {id(each) for each in found(ROUTES)} == {id(each) for each in (*ROUTES, None)}


def test_a_condition_that_looks_at_all_labels_is_asked_each_time():
    asking = route(condition='labels.exists(name, name == "zone")')
    assert asking in list(found([asking, *ROUTES]))


def test_no_more_is_remembered_than_fits():
    known = KnownRoutes([route(matchers={"host": "=~a.*"})])
    for n in range(MOST + 1):
        assert known.of(firing("f", host=f"a{n}"), "s") is known.routes[0]
        assert known.of(firing("f", host=f"b{n}"), "s") is None
    assert 0 < len(known) <= MOST
    before = len(known)
    assert known.of(firing("f", host="a" * (LONGEST_SAID + 1)), "s") is known.routes[0]
    assert len(known) == before
