"""Conditions in CEL: what they say of an alert, and what is refused before it is ever evaluated."""

import pytest

from models.condition import LONGEST, context, evaluate, fault, variables_of

ALERT = variables_of(
    title="disk full on db-1",
    labels={"severity": "critical", "cluster": "eu-1", "service": "search-api"},
    annotations={"summary": "90 %"},
    source="Prometheus",
    url=None,
)


@pytest.mark.parametrize(
    "condition",
    [
        'labels.severity == "critical" && labels["cluster"].startsWith("eu-")',
        'title.matches("db-[0-9]+$")',
        'labels.exists(name, labels[name] == "eu-1")',
        'source == "Prometheus" && service == "search-api" && url == ""',
        'labels.nope == "x" || annotations.summary.contains("90")',
        '!has(labels.team) // "matches(" in words is no call\n&& !("team" in labels)',
    ],
)
def test_it_holds(condition):
    assert fault(condition) is None
    assert evaluate(condition, context(**ALERT)).holds


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ('labels.team == "web"', "There is no 'team' here."),
        ("title > 5", None),
        ("labels.severity", "It is not true or false."),
        ('labels.severity == "warning"', None),
    ],
)
def test_what_can_not_be_told_does_not_hold_and_says_why(condition, words):
    held = evaluate(condition, context(**ALERT))
    assert not held.holds
    if words is not None or condition == 'labels.severity == "warning"':
        assert held.words == words


@pytest.mark.parametrize(
    ("condition", "place", "said"),
    [
        ("", (1, 1), "Nothing stands here"),
        ('labels.a == "1" &&', (1, 19), "can't be read"),
        ('labels.a == "1"\n&& lables.b == "2"', (2, 4), "nothing called 'lables'"),
        ("title.reverse()", (1, 7), "no function 'reverse'"),
        ("size(labels)", (1, 1), "not true or false"),
        ('title.matches("(")', (1, 15), "unclosed group"),
        ("title.matches(labels.a)", (1, 7), "a text that stands here"),
        ('matches(title, "a")', (1, 1), "a text that stands here"),
        ('title.matchin("a")', (1, 7), "no function 'matchin'"),
        ("labels.exists(a, labels.exists(b, a == b))", (1, 25), "inside of another"),
        ('labels.exists(a, a.matches("x"))', (1, 20), "can't stand here"),
        ("(" * 13 + "true" + ")" * 13, (1, 13), "too deep"),
        ("true || " * LONGEST, (1, 1), "characters"),
        (r'title.matches("(\\w{9}\\W?){30}z")', (1, 15), "size limit"),
        (" && ".join(['title.matches("a")'] * 6), (1, 117), "more than 5"),
    ],
)
def test_what_is_wrong_or_could_take_long_is_refused_with_its_place(condition, place, said):
    found = fault(condition)
    assert found is not None
    assert said in found.message
    assert (found.line, found.column) == place
    assert found.hint
