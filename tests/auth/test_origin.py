"""Which pages may use the cookie of a browser."""

import pytest

from auth.origin import from_our_page, same_origin

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


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"origin": BASE},
        {"origin": "http://10.0.0.7:8000", "host": "10.0.0.7:8000", "sec-fetch-site": "same-origin"},
    ],
)
def test_sent_by_a_page_of_ours(headers):
    assert from_our_page(headers, BASE)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": BASE},
        {"sec-fetch-site": "same-site", "origin": "https://blog.example.org"},
        {"sec-fetch-site": "same-origin", "origin": "null"},
        {"origin": "https://evil.example", "host": "muster.example.org"},
    ],
)
def test_not_sent_by_a_page_of_ours(headers):
    assert not from_our_page(headers, BASE)
