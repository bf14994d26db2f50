"""The lint marks words that blame, and leaves those that don't."""

import pytest

from actions.postmortems.blame import find_blame, known_people, own_phrases, shipped_phrases

PEOPLE = known_people(["Ben Silva", "Chi Tran", "Li Wu"])

BLAMING = {
    "The engineer should have noticed the alert.": ["should have noticed"],
    "It was human error, plain and simple.": ["human error"],
    "Ben Silva broke the deploy.": ["Ben Silva broke"],
    "then ben just forgot the flag": ["ben just forgot"],
    "They missed the page.": ["They missed"],
    "The on-call engineer ignored the warning.": ["engineer ignored"],
    "Li Wu didn\u2019t check the graph": ["Li Wu didn\u2019t check"],
    "We failed to\nroll back in time.": ["We failed"],
    "The root cause was carelessness.": ["root cause", "carelessness"],
    "We need to be more careful.": ["need to be more careful"],
}
FAIR = [
    "The deploy broke checkout.",
    "The pool was full, and the alert fired late.",
    "The disk failed at 03:04, and the cache missed.",
    "A should-cost analysis of haveli rooms",
    "Silvan broke ground in 1999; the Benning case was dropped",
    "",
    "Die Datenbank war voll. データベースがいっぱいでした。",
]


@pytest.mark.parametrize(("text", "found"), BLAMING.items())
def test_blaming_words_are_marked_where_they_stand(text, found):
    marks = find_blame(text, shipped_phrases(), PEOPLE)
    assert [mark.phrase for mark in marks] == found
    assert all(text[mark.start : mark.end] == mark.phrase and mark.suggestion for mark in marks)


@pytest.mark.parametrize("text", FAIR)
def test_fair_words_are_left_alone(text):
    assert find_blame(text, shipped_phrases(), PEOPLE) == []


def test_an_organisation_has_phrases_of_its_own_which_are_no_expressions():
    own = own_phrases([("cowboy deploy", "Say what was skipped."), ("(oops)", "Say what happened.")])
    text = "A Cowboy  deploy (oops) again"
    assert [(m.phrase, m.suggestion) for m in find_blame(text, own, {})] == [
        ("Cowboy  deploy", "Say what was skipped."),
        ("(oops)", "Say what happened."),
    ]


def test_a_hundred_thousand_characters_are_looked_through_in_no_time():
    assert len(find_blame("they failed to " * 7000, shipped_phrases(), PEOPLE)) == 500
    assert find_blame("a" * 100_000 + " " * 1000, shipped_phrases(), PEOPLE) == []
