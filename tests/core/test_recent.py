"""What was asked for longest ago is forgotten first."""

from core.recent import Recent


def test_the_one_that_was_asked_for_longest_ago_goes():
    recent = Recent(2)
    assert recent.get("a") is None
    assert recent.keep("a", 1) == 1
    recent.keep("b", 2)
    assert recent.get("a") == 1, "asked for just now: it stays"
    recent.keep("c", 3)
    assert (recent.get("a"), recent.get("b"), recent.get("c"), len(recent)) == (1, None, 3, 2)
    recent.keep("a", 4)
    assert (recent.get("a"), len(recent)) == (4, 2)


def test_what_weighs_much_takes_the_room_of_several():
    recent = Recent(10, weigh=len)
    recent.keep("a", "12345")
    recent.keep("b", "12345")
    recent.keep("a", "1")
    recent.keep("c", "1234")
    assert len(recent) == 3
    recent.keep("d", "12")
    assert [recent.get(key) for key in "abcd"] == ["1", None, "1234", "12"]
    assert len(recent) == 3
