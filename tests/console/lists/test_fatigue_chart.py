"""The chart of the report on fatigue: bars that people can tell apart."""

from types import SimpleNamespace

from console.lists.fatigue_chart import chart_of


def told(rule, source, acted, alerts):
    return SimpleNamespace(rule=rule, source=source, acted=acted, alerts=alerts)


def test_rules_of_one_name_are_told_apart_by_their_monitor():
    rules = [told("Down", "Grafana", 0, 8), told("Down", "Prometheus", 1, 7), told("Disk", "Grafana", 2, 2)]
    drawn = chart_of(SimpleNamespace(rules=rules))
    assert "Down · Grafana 0 of 8, Down · Prometheus 1 of 7, Disk 2 of 2" in drawn.finding
    assert "Down · Prometheus" in drawn.body


def test_there_is_none_without_alerts():
    assert chart_of(SimpleNamespace(rules=[])) is None
