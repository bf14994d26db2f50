"""A metric as a picture that everybody can read, whatever came in."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from actions.postmortems.chart import Mark, chart

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def snapshot(*series, unit="%", minutes=60, **more):
    values = [{"labels": {"path": f"/{n}"}, "values": own} for n, own in enumerate(series)]
    end = START + timedelta(minutes=minutes)
    kept = {"id": 7, "unit": unit, "starts_at": START, "ends_at": end, "step_seconds": 60, "series": values}
    return SimpleNamespace(**{**kept, "left_out": 0, "error": None, **more})


def drawn(*args, **more):
    text = chart(*args, **more)
    return text, ET.fromstring(text)  # noqa: S314 (our own)


def test_it_has_a_title_axes_units_and_words():
    text, root = drawn(
        snapshot([1.0, 34.5, None, 2.0]), "Errors of Checkout", [Mark(START + timedelta(minutes=9), "resolved")]
    )
    assert root.find(f"{SVG}title").text == "Errors of Checkout (%)"
    assert root.find(f"{SVG}desc").text == (
        "From 2026-11-24 03:00 to 2026-11-24 04:00 UTC, between 1 and 34.5 %."
        " Highest at 03:01 UTC with 34.5, 2 at the end."
    )
    labels = [each.text for each in root.iter(f"{SVG}text")]
    assert {"Errors of Checkout (%)", "%", "0", "10", "40", "03:00", "03:30", "resolved"} <= set(labels)
    assert "style" not in text
    assert "#" not in text, "no colour of its own: it suits dark paper as well"


@pytest.mark.parametrize(
    "series",
    [
        [],
        [[None, None]],
        [[0.0]],
        [[-3.0, -3.0]],
        [[5.0] * 3],
        [[1e-9, 1e15]],
        [[1.0], [2.0, None, 3.0]],
        [[-1.0, 1.0]],
    ],
)
def test_whatever_the_values_it_is_a_picture(series):
    for minutes in (0, 1, 60 * 24 * 40):
        text, root = drawn(snapshot(*series, minutes=minutes), "T")
        assert root.find(f"{SVG}desc").text
        assert "nan" not in text


def test_hostile_names_stay_text():
    text, root = drawn(snapshot([1.0], unit="<&\x00\"'>"), "</title><script>alert(1)</script>\ud800", [])
    assert root.find(f"{SVG}title").text == "</title><script>alert(1)</script>\ufffd (<&\ufffd\"'>)"
    assert "<script" not in text
