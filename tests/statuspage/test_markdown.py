"""Markdown from people is shown to customers: a small part of HTML, and none of theirs."""

from html.parser import HTMLParser

import pytest

from statuspage.markdown import html_of


class Found(HTMLParser):
    """Every tag that a browser would see, with its attributes."""

    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("We are **on it**.", "<p>We are <strong>on it</strong>.</p>"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("# Big\n\nSmall", "<h4>Big</h4>\n<p>Small</p>"),
        ("Big\n===", "<h4>Big</h4>"),
        (
            "[see](https://a.example/?q=1&r=2)",
            '<p><a href="https://a.example/?q=1&amp;r=2" rel="nofollow noopener">see</a></p>',
        ),
        (
            "<mailto:help@a.example>",
            '<p><a href="mailto:help@a.example" rel="nofollow noopener">mailto:help@a.example</a></p>',
        ),
        (
            "<https://a.example/b>",  # whose words are its address: paper does not repeat it
            '<p><a href="https://a.example/b" class="bare" rel="nofollow noopener">https://a.example/b</a></p>',
        ),
        ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
        ("[a *relative* one](/console) is no link", "<p>a <em>relative</em> one is no link</p>"),
    ],
)
def test_what_markdown_means(text, html):
    assert html_of(text).strip() == html


def test_headings_are_one_below_the_heading_that_the_text_stands_under():
    assert html_of("# Big\n\n### Small", heading="h2") == "<h2>Big</h2>\n<h2>Small</h2>\n"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](/console)",
        "[x](//evil.example)",
        "![x](https://evil.example/pixel.png)",
        "<svg onload=alert(1)>",
        '[x](https://a.example "onmouseover=alert(1)")',
        "<a href='https://a.example' onclick='alert(1)'>x</a>",
        "<style>body{display:none}</style>",
    ],
)
def test_nothing_that_runs_tracks_or_misleads_gets_through(text):
    found = Found()
    found.feed(html_of(text))
    assert {tag for tag, _ in found.tags} <= {"p", "a"}
    for _, attributes in found.tags:
        assert attributes.keys() <= {"href", "rel"}
        assert attributes.get("href", "https://").startswith("https://")
        assert "rel" not in attributes or attributes["rel"] == "nofollow noopener"


def test_text_that_would_read_backwards_reads_as_it_was_typed():
    assert html_of("gnp.\u202eexe\u202c and \u2066x\u2069\x1b[31m") == "<p>gnp.exe and x[31m</p>\n"


def test_twenty_thousand_characters_of_nesting_are_shown_in_reasonable_time():
    for hostile in ("> " * 10_000, "[" * 20_000, "*a " * 6_600, "`" * 20_000, "- " * 10_000, "![](" * 5_000):
        html_of(hostile)
