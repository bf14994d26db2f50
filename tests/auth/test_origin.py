"""Which pages may use the cookie of a browser."""

import pytest

from auth.origin import same_origin

BASE = "https://muster.example.org"


@pytest.mark.parametrize(
    ("origin", "host"),
    [("http://127.0.0.1:8000", "127.0.0.1:8000"), ("https://Muster.Example.org", "10.0.0.7:8000")],
)
def test_ours(origin, host):
    assert same_origin(origin, host, BASE)


@pytest.mark.parametrize(
    "origin",
    ["", "null", "https://evil.example", "https://muster.example.org.evil.example", "http://[", "muster.example.org"],
)
def test_not_ours(origin):
    assert not same_origin(origin, "127.0.0.1:8000", BASE)
    assert not same_origin(origin, None, BASE)
