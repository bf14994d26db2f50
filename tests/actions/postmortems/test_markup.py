"""Plain text inside Markdown: shown as it was written, unable to break out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from actions.postmortems.markup import paragraph, visible

HOSTILE = [
    "# not a heading",
    "1. not a list",
    "12) not a list",
    "- not\n- a list",
    "+ no",
    "> no quote",
    "```\nno fence",
    "~~~\nno fence",
    "    no code",
    "\tno code",
    "a\n===",
    "a\n---",
    "***",
    "<script>alert(1)</script>",
    "<!-- open",
    "[link](https://evil.example)",
    "![image](https://evil.example)",
    "[ref]: https://evil.example",
    "*bold* _em_ `code`",
    "<https://evil.example>",
    "&lt;b&gt; &amp;",
    "| a | b |\n| - | - |",
    "ends with a backslash \\",
    "\\# escaped",
    "two\n\nparagraphs",
    "line\r\nbreaks\u2028of all\u0085kinds",
]


def blocks(markdown):
    """The structure of a document: types only."""
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(markdown))
    return [node.type for node in tree.walk() if not node.type.startswith(("text", "inline"))]


def shown(markdown):
    """The text that a reader sees."""
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(markdown))
    return "".join(
        "\n" if node.type == "hardbreak" else node.content
        for node in tree.walk()
        if node.type in ("text", "text_special", "hardbreak")
    )


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("marker", ["", "- "])
def test_a_text_stays_one_paragraph_of_plain_text(text, marker):
    found = [kind for kind in blocks(f"## Before\n\n{paragraph(text, marker)}\n\n## After\n") if kind != "hardbreak"]
    item = ["bullet_list", "list_item"] if marker else []
    assert found == ["root", "heading", *item, "paragraph", "heading"]


@pytest.mark.parametrize("text", HOSTILE)
def test_every_visible_character_is_shown_as_it_was_written(text):
    expected = [line.strip() for line in visible(text.replace("\r\n", "\n")).replace("\ufffd", "\n").splitlines()]
    assert shown(paragraph(text, "- ")) == "\n".join(line for line in expected if line)


@given(st.text(), st.sampled_from(["", "- "]))
def test_no_text_at_all_changes_the_structure(text, marker):
    found = {kind for kind in blocks(f"## Before\n\n{marker}x {paragraph(text)}\n\n## After\n") if kind != "hardbreak"}
    assert found <= {"root", "heading", "paragraph", "bullet_list", "list_item"}


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u200f", "\x00", "\x1b", "\x7f"])
def test_what_is_invisible_but_acts_is_made_visible(character):
    assert visible(f"a{character}b") == "a\ufffdb"


def test_a_text_of_white_space_leaves_nothing():
    assert paragraph(" \n\t\n") == ""
