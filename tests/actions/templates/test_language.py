"""The language of templates: what it says, what it refuses, and that every text of it ends soon."""

import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.check import BODY
from actions.templates.filling import ComponentWords, IncidentWords
from actions.templates.language import DEPTH, FILTERS, NODES, compiled, rendered
from core.errors import DomainError, ErrorCode
from tests.effort import effort

VALUES = {
    "incident": IncidentWords("INC-7", "Orders fail", "SEV1", 12),
    "components": [ComponentWords("Checkout", "major outage"), ComponentWords("Search", "normal operation")],
    "component_names": "Checkout and Search",
    "next_update_by": "03:40 UTC",
    "impact": "Orders {{ fail }} {% for x in y %}.",
}
NAMES = frozenset({"impact"})
CROWD = {**VALUES, "components": [ComponentWords("C" * 120, "major outage")] * 100, "impact": "x" * 2000}


def read(source, values=VALUES):
    return rendered(compiled(source, "body", NAMES), values, "body", limit=BODY)


def refused(source, values=VALUES):
    with pytest.raises(DomainError) as caught:
        read(source, values)
    assert (caught.value.code, caught.value.field, bool(caught.value.hint)) == (ErrorCode.INVALID_INPUT, "body", True)
    return caught.value.message


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("We look.", "We look."),
        ("{{ incident.reference }}, {{ incident.severity | lower }}", "INC-7, sev1"),
        ("{% if components %}{{ component_names }}{% else %}All{% endif %} by {{ next_update_by }}", None),
        ("{% for it in components %}\n- {{ it.name }}: {{ it.state }}\n{% endfor %}", None),
        ("{% for it in components %}{{ it.name }}{% if not loop.last %}, {% endif %}{% endfor %}", "Checkout, Search"),
        ("{% if incident.minutes > 10 and incident.severity == 'SEV1' %}Long{% elif impact %}x{% endif %}", "Long"),
        ("{{ 'one' if components | length == 1 else 'many' }}", "many"),
        ("{% for it in components if_ %}", SyntaxError),
        ("{{ impact }}", "Orders {{ fail }} {% for x in y %}."),
        ("{{ impact | default('nothing', true) | trim | capitalize }}", "Orders {{ fail }} {% for x in y %}."),
        ("{# for us #}{% raw %}{{ 7 }}{% endraw %}", "{{ 7 }}"),
    ],
)
def test_what_templates_say(source, text):
    if text is SyntaxError:
        assert refused(source).startswith("Line 1: ")
    elif text is None:
        assert "Checkout" in read(source)
    else:
        assert read(source) == text


ESCAPES = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ incident.__class__ }}",
    "{{ incident['reference'] }}",
    "{{ incident.reference.__class__ }}",
    "{{ incident | attr('__class__') }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ namespace.__init__ }}",
    "{{ request.application.__globals__ }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ config.items() }}",
    "{{ '%s' | format(incident) }}",
    "{{ '{0.__class__}'.format(incident) }}",
    "{{ ('a' | map('attr', '__class__')) | list }}",
    "{% import 'os' as os %}",
    "{% include '/etc/passwd' %}",
    "{% extends 'layout/body.html' %}",
    "{% from 'x' import y %}",
    "{{ loop }}",
    "{% for it in components %}{{ loop.__class__ }}{% endfor %}",
    "{% for it in components %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{{ incident.title }}",
    "{{ internal_title }}",
)
BOMBS = (
    "{{ 'x' * 10 ** 9 }}",
    "{{ 10 ** 10 ** 10 }}",
    "{{ 'x' ~ 'y' }}",
    "{{ 'x' + 'y' }}",
    "{{ 'x' | center(10 ** 9) }}",
    "{{ 'x' | center(1000000000) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ 'x' | indent(1000000000) }}",
    "{{ 'xy' | join('z') | join('z') }}",
    "{{ 'x' | replace('x', 'xxxxxxxx') }}",
    "{{ 'x' | wordwrap(1) }}",
    "{{ components | batch(1000000000, 'x') | list }}",
    "{{ components | slice(1000000000) | list }}",
    "{% for i in range(1000000000) %}{% endfor %}",
    "{% for c in 'a string' %}{% endfor %}",
    "{% for a in components %}{% for b in components %}{% endfor %}{% endfor %}",
    "{% for c in components %}{% else %}{% for a in components %}{% for b in components %}" + "{% endfor %}" * 3,
    "{% for a in components recursive %}{{ loop(components) }}{% endfor %}",
    "{% for a in components if a.name %}{% endfor %}",
    "{% for a, b in components %}{% endfor %}",
    "{% for components in components %}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% call(x) m() %}{% endcall %}",
    "{% set x = 'a' %}{{ x }}",
    "{% set ns = namespace(x=1) %}",
    "{% filter upper %}x{% endfilter %}",
    "{% block b %}{% endblock %}",
    "{% with x = 1 %}{% endwith %}",
    "{% while true %}{% endwhile %}",
    "{{ [1] * 1000000000 }}",
    "{{ {'a': 1} }}",
    "{{ (1, 2) }}",
    "{{ impact[0:1] }}",
    "{{ impact() }}",
    "{{ impact is string }}",
    "{{ -incident.minutes }}",
    "{{ nothing }}",
    "{{ incident }}",
    "{{ components }}",
    "{{ 1 < }}",
    "{% if %}",
    "{{",
    "{% if components %}",
    "{{ " + "9" * 5000 + " }}",
    "{{ " + "(" * 9000 + " }}",
    "{{ " + "not " * 4900 + "impact }}",
    "{{ " + " and ".join(["impact"] * 2000) + " }}",
    "{% if impact %}" * 600 + "{% endif %}" * 600,
    "{{ impact }}" * (NODES + 1),
    "{{ impact" + " | upper" * (DEPTH + 1) + " }}",
    "{{ impact | upper(1) }}",
    "{{ impact | default(value='x') }}",
)


@pytest.mark.parametrize("source", ESCAPES + BOMBS, ids=range(len(ESCAPES + BOMBS)))
def test_ways_out_of_the_sandbox_and_bombs_are_refused_when_they_are_saved(source):
    with pytest.raises(DomainError) as caught:
        compiled(source, "body", NAMES)
    assert caught.value.field == "body"
    assert caught.value.message.startswith("Line ")
    assert len(caught.value.message) < 600


def test_a_refusal_names_the_line_and_what_is_allowed():
    with pytest.raises(DomainError) as caught:
        compiled("Hello\n\n{{ impact }}\n{% set x = 1 %}", "body", NAMES)
    assert caught.value.message.startswith("Line 4: ")
    assert "{% for component in components %}" in caught.value.hint


def test_a_text_that_grows_too_long_is_refused_before_it_is_there():
    assert "grows over 20000" in refused("{% for it in components %}{{ impact }}{% endfor %}", CROWD)


def test_what_is_compared_with_something_else_is_refused():
    assert "can't be compared" in refused("{% if incident.reference > incident.minutes %}x{% endif %}")


def _steps(function):
    """How many lines and calls a function takes, of templates and of Jinja."""
    count = 0

    def note(*_):
        nonlocal count
        count += 1
        return note

    sys.settrace(note)
    try:
        result = function()
    finally:
        sys.settrace(None)
    return count, result


def test_the_most_expensive_template_takes_a_bounded_number_of_steps():
    parts = "{% if impact == incident.reference %}{% endif %}" * 160
    template = compiled("{% for it in components %}" + parts + "{% endfor %}", "body", NAMES)
    count, text = _steps(lambda: rendered(template, CROWD, "body", limit=BODY))
    assert text == ""
    assert count < 100 * NODES * 10


PIECES = st.sampled_from(
    [
        *("{{ ", " }}", "{% ", " %}", "{# ", " #}", "if ", "else ", "endif ", "for it in components ", "endfor "),
        *("incident", ".reference", ".minutes", "components", "it", ".name", "loop", ".last", "impact", "'x'", "10"),
        *(" | ", *FILTERS, "(", ")", "[", "]", " * ", " ** ", " ~ ", " and ", " not ", " == ", ".__class__", "range"),
        *("recursive ", "set x = ", "macro m() ", "call m() ", "raw ", "endraw ", "\n", "text", "{", "}", "%", "-"),
    ]
)


@settings(max_examples=effort(150, 5000), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=300))
def test_whatever_is_written_is_refused_or_ends_within_bounds(source):
    def run():
        try:
            return read(source, CROWD)
        except DomainError as error:
            return error.field

    count, text = _steps(run)
    assert len(text) <= BODY
    assert count < 600_000  # reading and compiling included
