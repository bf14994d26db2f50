"""Checks of a runbook: which lines of a Markdown text become tasks, and how they read."""

import pytest

from actions.runbooks.checklist import MOST, checks_of
from core.errors import DomainError

TEXT = """# Checkout is slow

- [ ] Look at **the queue** in [Grafana](https://grafana.example/d/1)
- [x] Done already
- an item without a box
  - [ ] Nested: restart `worker`
* [ ] With a star,
  over two lines
1. [ ] Numbered

  [ ] no item

```
- [ ] in code
```

> - [ ] Quoted
"""


def test_open_boxes_of_lists_become_tasks_in_their_order_without_marks():
    assert checks_of(TEXT) == [
        "Look at the queue in Grafana",
        "Nested: restart worker",
        "With a star, over two lines",
        "Numbered",
        "Quoted",
    ]


@pytest.mark.parametrize("text", ["", "- [ ]", "- [ ]  ", "-[ ] x", "[ ] x", "- [] x", "\\- [ ] x", "- \\[ ] x"])
def test_what_is_no_check_makes_no_task(text):
    assert checks_of(text) == []


def test_a_check_that_is_too_long_is_named_by_its_line():
    with pytest.raises(DomainError, match="in line 3 has 201") as caught:
        checks_of(f"One\n\n- [ ] {'x' * 201}")
    assert (caught.value.code, caught.value.field) == ("INVALID_INPUT", "body")


def test_there_are_at_most_fifty():
    assert len(checks_of("- [ ] x\n" * MOST)) == MOST
    with pytest.raises(DomainError, match="51 checks"):
        checks_of("- [ ] x\n" * (MOST + 1))


def test_deep_nesting_is_read_in_no_time():
    assert checks_of("".join("  " * depth + "- [ ] x\n" for depth in range(40)))
    assert checks_of("> " * 5_000 + "- [ ] x") is not None
