r"""Conditions on what an alert says, in the Common Expression Language (CEL, https://cel.dev).

They may name `labels`, `annotations`, `title`, `source` (the monitor's name), `service` (the alert's own label of this
name) and `url`, and give true or false: `labels.severity == "critical" && title.contains("disk")`.

CEL has no loops but its macros (`exists`, `all` …), and these over an alert's labels. What remains unbounded is refused
before anything is compiled (ADR 0034): the evaluator holds the interpreter's lock and can't be stopped from outside. So
an expression is short, macros don't stand inside each other, and a regular expression is a text that stands there,
outside of macros. CEL's own would be built anew at each evaluation (44 ms for `\w{50}`): ours are those of matchers,
built once, with a time that is linear in the length of the value (models.matcher).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from models.matcher import expression_fault, found_in

LONGEST = 1000
"""Characters of a condition."""
DEEPEST = 12
"""Brackets inside of brackets: the parser is recursive."""
MOST_PATTERNS = 5
LONGEST_PATTERN = 200
VARIABLES = ("labels", "annotations", "title", "source", "service", "url")
MAPS = frozenset({"labels", "annotations"})
LONGEST_SAID = 2000
"""Characters of what an alert says that are remembered with what came of it."""
MACROS = frozenset({"all", "exists", "exists_one", "filter", "map"})
FUNCTIONS = MACROS | {"contains", "startsWith", "endsWith", "matches", "size", "has", "int", "double", "string", "bool"}
OURS = "matchin"
"""What `matches` is called inside: CEL's own can't be replaced. As long as that, so that columns stay."""
WORDS = frozenset({"true", "false", "null", "in"})

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)|(?P<text>[rR]?(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))"""
    r"""|(?P<number>[0-9][0-9A-Za-z_.]*)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>&&|\|\||[=!<>]=|.)""",
    re.DOTALL,
)
OPENING, CLOSING = "([{", ")]}"


class ConditionFault(NamedTuple):
    """What is wrong with a condition, as a sentence, and where: line and column, from 1."""

    message: str
    line: int
    column: int
    hint: str


@dataclass(frozen=True, slots=True)
class Held:
    """Whether a condition holds for an alert; `words` say why not, where it could not be told."""

    holds: bool
    words: str | None = None


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def fault(condition: str) -> ConditionFault | None:
    """Why a condition can't be used; None if it can."""
    if len(condition) > LONGEST:
        return ConditionFault(f"It has {len(condition)} characters.", 1, 1, f"At most {LONGEST:,} are allowed.")
    wrong = next(_faults(condition), None)
    if wrong is not None:
        at, message, hint = wrong
        return ConditionFault(message, *_place(condition, at), hint)
    try:
        program = _program(condition)
    except ValueError as error:
        return _of_parser(str(error))
    given = _evaluate(program, context(**_SAMPLE))
    if isinstance(given, bool | Exception):
        return None
    return ConditionFault("It gives a value that is not true or false.", 1, 1, 'Compare it: labels.team == "web".')


def context(**variables: Any) -> Any:
    """What conditions are evaluated on: made once for an alert, however many there are. Takes VARIABLES."""
    from cel import Context  # noqa: PLC0415 (0.4 s for its command line, which most processes never need)

    return Context(variables, {OURS: found_in})


class Said:
    """What an alert says, for any number of conditions: what they are evaluated on is made once, if at all."""

    __slots__ = ("_context", "_variables")

    def __init__(self, variables: Mapping[str, Any]) -> None:
        """`variables` as `variables_of` gives them."""
        self._variables = variables
        self._context: Any = None

    def held(self, condition: str) -> Held:
        """Whether a condition holds. It takes 1 µs if another alert said the same of what the condition looks at."""
        wanted = looks_at(condition)
        if wanted is not None:
            values = tuple(
                self._variables[name] if key is None else self._variables[name].get(key) for name, key in wanted
            )
            if sum(len(value) for value in values if value) <= LONGEST_SAID:
                return _held(condition, wanted, values)
        if self._context is None:
            self._context = context(**self._variables)
        return evaluate(condition, self._context)


@lru_cache(maxsize=4096)
def _held(condition: str, wanted: Sequence[tuple[str, str | None]], values: Sequence[str | None]) -> Held:
    """Whether a condition holds for all that say this of what it looks at."""
    variables: dict[str, Any] = {**_SAMPLE, "labels": {}, "annotations": {}}
    for (name, key), value in zip(wanted, values, strict=True):
        if key is None:
            variables[name] = value
        elif value is not None:
            variables[name][key] = value
    return evaluate(condition, context(**variables))


@lru_cache(maxsize=512)
def looks_at(condition: str) -> tuple[tuple[str, str | None], ...] | None:
    """All that a condition's outcome depends on: variables, and of labels and annotations the names that stand there.

    None if it looks at all labels, or all annotations.
    """
    tokens = [token for token in _tokens(condition) if token.kind != "space"]
    signs = [token.text for token in tokens]
    found: set[tuple[str, str | None]] = set()
    for index, token in enumerate(tokens):
        if token.kind != "name" or token.text not in VARIABLES or (index and signs[index - 1] == "."):
            continue
        if token.text not in MAPS:
            found.add((token.text, None))
            continue
        match [(each.kind, each.text) for each in tokens[index + 1 : index + 4]]:
            case [("sign", "."), ("name", key), *after] if after[:1] != [("sign", "(")]:
                found.add((token.text, key))
            case [("sign", "["), ("text", quoted), ("sign", "]")] if quoted[0] in "'\"" and "\\" not in quoted:
                found.add((token.text, quoted[1:-1]))
            case _:
                return None
    return tuple(sorted(found, key=lambda each: (each[0], each[1] or "")))


def evaluate(condition: str, alert: Any) -> Held:
    """Whether a condition holds in a context. A missing label, or a comparison that makes no sense, does not hold."""
    given = _evaluate(_program(condition), alert)
    if isinstance(given, bool):
        return Held(given)
    if isinstance(given, KeyError):
        return Held(holds=False, words=f"There is no {given.args[0]!r} here.")
    said = str(given).partition(". ")[0].rstrip(".") if isinstance(given, Exception) else "It is not true or false"
    return Held(holds=False, words=f"{said[:200]}.")


def variables_of(
    *, title: str, labels: Mapping[str, str], annotations: Mapping[str, str], source: str, url: str | None
) -> dict[str, Any]:
    """The variables of an alert, for `context`."""
    said = {"labels": dict(labels), "annotations": dict(annotations), "title": title, "source": source}
    return said | {"service": str(labels.get("service", "")), "url": url or ""}


@lru_cache(maxsize=512)
def _program(condition: str) -> Any:
    from cel import compile as compiled  # noqa: PLC0415 (as above)

    tokens = _tokens(condition)
    for index, token in enumerate(tokens):
        after = next((each.text for each in tokens[index + 1 :] if each.kind != "space"), "")
        if (token.kind, token.text, after) == ("name", "matches", "("):
            tokens[index] = token._replace(text=OURS)
    return compiled("".join(token.text for token in tokens))


def _evaluate(program: Any, alert: Any) -> Any:
    try:
        return program.execute(alert)
    except (ValueError, LookupError, TypeError, RuntimeError, OverflowError) as error:
        return error


_SAMPLE = variables_of(title="a", labels={}, annotations={}, source="a", url=None)


def _tokens(condition: str) -> list[_Token]:
    return [_Token(found.lastgroup or "sign", found[0], found.start()) for found in TOKEN.finditer(condition)]


def _faults(condition: str) -> Iterator[tuple[int, str, str]]:
    """What is refused before it is compiled: place, words, hint."""
    tokens = [token for token in _tokens(condition) if token.kind != "space"]
    if not tokens:
        yield 0, "Nothing stands here.", 'Write e.g. labels.severity == "critical".'
        return
    bound = {tokens[i + 2].text for i, token in enumerate(tokens[:-2]) if token.text in MACROS and _called(tokens, i)}
    brackets: list[bool] = []  # of each that is open, whether a macro opened it
    patterns = 0
    for index, token in enumerate(tokens):
        if token.text in OPENING and token.kind == "sign":
            brackets.append(index > 0 and tokens[index - 1].text in MACROS)
            if len(brackets) > DEEPEST:
                yield token.at, "Brackets stand too deep here.", f"At most {DEEPEST} inside of each other are allowed."
        elif token.text in CLOSING and token.kind == "sign" and brackets:
            brackets.pop()
        if token.kind != "name":
            continue
        if _called(tokens, index):
            yield from _of_call(tokens, index, inside=any(brackets))
            patterns += token.text == "matches"
            if patterns > MOST_PATTERNS:
                yield token.at, f"There are more than {MOST_PATTERNS} regular expressions.", "Put them into one: a|b."
        elif not _member(tokens, index) and token.text not in (*VARIABLES, *WORDS, *bound):
            yield token.at, f"There is nothing called {token.text[:40]!r}.", f"There are {', '.join(VARIABLES)}."


def _of_call(tokens: list[_Token], index: int, *, inside: bool) -> Iterator[tuple[int, str, str]]:
    token = tokens[index]
    if token.text not in FUNCTIONS:
        yield token.at, f"There is no function {token.text[:40]!r}.", f"There are {', '.join(sorted(FUNCTIONS))}."
    if token.text in MACROS and inside:
        yield token.at, f"`{token.text}` stands inside of another one.", "Put one after the other: a.exists(…) && …"
    if token.text != "matches":
        return
    if inside:
        yield token.at, "A regular expression can't stand here.", "Use contains, startsWith or endsWith, or a matcher."
        return
    pattern, closing = (*tokens[index + 2 : index + 4], None, None)[:2]
    if (
        not _member(tokens, index)
        or pattern is None
        or closing is None
        or (pattern.kind, closing.text) != ("text", ")")
    ):
        yield token.at, "A regular expression is a text that stands here.", 'Write e.g. title.matches("disk|volume").'
    elif len(pattern.text) > LONGEST_PATTERN:
        yield pattern.at, "This regular expression is too long.", f"At most {LONGEST_PATTERN} characters are allowed."
    elif (reason := _unfit(pattern.text)) is not None:
        yield pattern.at, f"This is no regular expression that can be used: {reason}.", "It is RE2 syntax."


def _unfit(quoted: str) -> str | None:
    """Why a text, as it stands in a condition, is no regular expression; None if it is one."""
    try:
        return expression_fault(_program(quoted).execute())
    except ValueError as error:
        return _of_parser(str(error)).message.rstrip(".")


def _called(tokens: list[_Token], index: int) -> bool:
    return index + 1 < len(tokens) and tokens[index + 1].text == "(" and tokens[index].kind == "name"


def _member(tokens: list[_Token], index: int) -> bool:
    """Whether a name is a field of something: after a dot."""
    return index > 0 and tokens[index - 1].text == "."


def _place(condition: str, at: int) -> tuple[int, int]:
    before = condition[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def _of_parser(said: str) -> ConditionFault:
    found = re.search(r"ERROR: <input>:([0-9]+):([0-9]+): (?:Syntax error: )?(.*)", said)
    if found is None:
        return ConditionFault("This is no condition.", 1, 1, "docs/guides/routing.md has examples.")
    words = found[3].partition(" expecting ")[0].replace("'<EOF>'", "its end")
    return ConditionFault(
        f"It can't be read: {words[:200]}.", int(found[1]), int(found[2]), "docs/guides/routing.md has examples."
    )
