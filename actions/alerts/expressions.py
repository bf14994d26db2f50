"""JMESPath (https://jmespath.org/specification.html), bounded: admins write the expressions, strangers the bodies.

Every node that is visited, and every value that a function or a comparison looks at, takes from a budget of the whole
delivery. So an expression that doubles what it is given ends as a refusal, and not as a process without memory.
"""

from collections.abc import Mapping
from typing import Any

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError
from jmespath.visitor import TreeInterpreter

LONGEST = 300
"""Characters of an expression."""
DEEPEST = 50
"""Levels of a body."""
BUDGET = 300_000
"""Steps of all expressions of a delivery: some tenths of a second."""
CHARACTERS = 64
"""Of a text that count as a step."""


class ExpressionError(Exception):
    """An expression that is none; `args[0]` says where it fails."""


class TooMuchError(Exception):
    """The expressions would take too much work for this body."""


def compiled(expression: str) -> Mapping[str, Any]:
    """The tree of an expression. ExpressionError, saying at which character it fails, or which function is unknown."""
    if len(expression) > LONGEST:
        raise ExpressionError(f"It has {len(expression)} characters; at most {LONGEST} are allowed.")
    try:
        tree: Mapping[str, Any] = jmespath.compile(expression).parsed
    except JMESPathError as error:
        place = getattr(error, "lex_position", None)
        where = f"at character {place + 1}" if isinstance(place, int) else "at its end"
        raise ExpressionError(f"It fails {where}: {_first_line(error)}") from error
    except (ValueError, RecursionError) as error:
        raise ExpressionError(f"It can't be read: {type(error).__name__}.") from error
    _refuse_unknown(tree)
    return tree


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return f"{lines[0].rstrip(':') if lines else type(error).__name__}."


def _refuse_unknown(tree: Mapping[str, Any]) -> None:
    """ExpressionError for a function that there is not: JMESPath itself would say so when a body arrives."""
    waiting: list[Any] = [tree]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Mapping):
            continue
        if node.get("type") == "function_expression" and node["value"] not in Bounded.FUNCTION_TABLE:
            raise ExpressionError(f"There is no function {str(node['value'])[:40]}().")
        waiting += node.get("children", [])


class Budget:
    """What is left of the steps of a delivery."""

    def __init__(self, steps: int = BUDGET) -> None:
        self.left = steps

    def take(self, steps: int) -> None:
        """TooMuchError when it is used up."""
        self.left -= steps
        if self.left < 0:
            raise TooMuchError

    def weigh(self, value: Any) -> None:
        """Take a step for each value inside of a value, however often it is there, and for long texts."""
        waiting = [value]
        while waiting:
            each = waiting.pop()
            if isinstance(each, str):
                self.take(1 + len(each) // CHARACTERS)
                continue
            self.take(1)
            if isinstance(each, Mapping):
                waiting += each.values()
            elif isinstance(each, list):
                waiting += each


class Bounded(functions.Functions):
    """JMESPath's functions; each weighs what it is given."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def call_function(self, function_name: str, resolved_args: list[Any]) -> Any:
        """What a function gives."""
        for each in resolved_args:
            self._budget.weigh(each)
        return super().call_function(function_name, resolved_args)


class Evaluator(TreeInterpreter):
    """Evaluates trees within a budget."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(jmespath.Options(custom_functions=Bounded(budget)))
        self._budget = budget

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        """The value of a node."""
        found = super().visit(node, *args, **kwargs)
        self._budget.take(1 + (len(found) if isinstance(found, list | dict) else 0))
        return found

    def visit_comparator(self, node: Any, value: Any) -> Any:
        """Comparing looks into both sides to their ends."""
        for child in node["children"]:
            self._budget.weigh(self.visit(child, value))
        return super().visit_comparator(node, value)

    def evaluate(self, tree: Mapping[str, Any], value: Any) -> Any:
        """What a tree gives for a value; None for one that does not fit its functions. TooMuchError."""
        try:
            return self.visit(tree, value)
        except JMESPathError:
            return None
        except RecursionError as error:
            raise TooMuchError from error


def too_deep(body: Any) -> bool:
    """Whether a body has more levels than expressions may meet."""
    level = [body]
    for _ in range(DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, Mapping | list)
            for inner in (each.values() if isinstance(each, Mapping) else each)
            if isinstance(inner, Mapping | list)
        ]
        if not level:
            return False
    return True
