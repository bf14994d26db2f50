"""The language of update templates: a small part of Jinja's, of which every text ends soon, whatever it says.

Jinja's sandbox keeps a template from Python's insides, but not from loops in loops, `range`, or a text times a million
(https://jinja.palletsprojects.com/en/stable/sandbox/ says so itself). So what is allowed is listed here, and the rest
is refused when a template is saved, with its line: names and their parts, comparisons, `if`, `for` over the components
(never one in another), and a few filters that make no text longer. No calls, no arithmetic, no `set`, no macros.

What a text costs is then bounded by its length: at most NODES parts, each met at most once per component.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from core.errors import DomainError, invalid
from models.words import TemplateUse

NODES = 1000
"""Parts of a template, as its parser counts them."""
DEPTH = 20
"""How deep parts may stand in each other."""

OF_COMPONENTS: dict[str, frozenset[str]] = {"components": frozenset(), "component_names": frozenset()}
PARTS: dict[TemplateUse, dict[str, frozenset[str]]] = {
    TemplateUse.INCIDENT: {
        "incident": frozenset({"reference", "public_title", "severity", "minutes"}),
        **OF_COMPONENTS,
        "next_update_by": frozenset(),
    },
    TemplateUse.MAINTENANCE: {
        "maintenance": frozenset({"reference", "title", "state", "starts_at", "ends_at", "minutes"}),
        **OF_COMPONENTS,
    },
}
"""What every template can name, and the parts of it, by what it is for."""
OF_COMPONENT = frozenset({"name", "state"})
OF_LOOP = frozenset({"index", "first", "last", "length"})
WHOLE = frozenset({"incident", "maintenance", "components"})
"""What is no text: it can be asked about, not written."""

FILTERS = {"upper": 0, "lower": 0, "capitalize": 0, "trim": 0, "length": 0, "default": 2}
"""The filters, and how many arguments each takes at most."""

PLAIN = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Compare, nodes.Operand)
LOGIC = (nodes.Not, nodes.And, nodes.Or, nodes.CondExpr, nodes.If)
ALLOWED = (
    "Allowed are {{ … }} with names, their parts and the filters "
    + ", ".join(FILTERS)
    + "; {% if … %}; and {% for component in components %}, not one in another."
)

environment = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False, cache_size=0
)
environment.globals.clear()
environment.tests.clear()
environment.filters = {name: environment.filters[name] for name in FILTERS}


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that can be used at some place, with their parts; whether it is inside a loop."""

    names: Mapping[str, frozenset[str]]
    looping: bool = False

    def within(self, target: str) -> "Scope":
        """The same inside a loop over the components."""
        return Scope({**self.names, target: OF_COMPONENT, "loop": OF_LOOP}, looping=True)


@lru_cache(maxsize=128)
def compiled(source: str, field: str, names: frozenset[str], use: TemplateUse = TemplateUse.INCIDENT) -> Template:
    """A template that is known to end. INVALID_INPUT, with the line, for what the language does not have.

    `names`: what the template declares for itself, beside what all of its `use` have.
    """
    tree = _parsed(source, field)
    for count, (node, depth) in enumerate(_walk(tree), start=1):
        if count > NODES or depth > DEPTH:
            raise _refused(field, node.lineno, "This is too much for one template.")
    scope = Scope({**PARTS[use], **dict.fromkeys(names, frozenset())})
    for each in tree.body:
        _check(each, scope, field)
    try:
        return environment.from_string(source)
    except (TemplateError, SyntaxError, RecursionError, ValueError) as error:
        raise _refused(field, getattr(error, "lineno", None) or 1, str(error)[:200]) from error


def rendered(template: Template, values: Mapping[str, Any], field: str, *, limit: int) -> str:
    """The text of a template, without outer white space. INVALID_INPUT once it is longer than `limit` characters."""
    pieces, length = [], 0
    try:
        for piece in template.generate(values):
            length += len(piece)
            if length > limit:
                raise invalid(
                    field, f"The text grows over {limit} characters.", "Shorten the template or what it says."
                )
            pieces.append(piece)
    except TemplateError as error:
        raise invalid(
            field, f"The template can't be filled in: {str(error)[:200]}.", "Correct the template."
        ) from error
    except TypeError as error:  # a text compared with a number
        raise invalid(field, "The template compares what can't be compared.", "Correct the template.") from error
    return "".join(pieces).strip()


def _parsed(source: str, field: str) -> nodes.Template:
    try:
        return environment.parse(source)
    except TemplateSyntaxError as error:
        raise _refused(field, error.lineno, f"{error.message or 'This is no template'}"[:200]) from error
    except (RecursionError, ValueError, OverflowError, MemoryError) as error:
        raise _refused(field, 1, "This is too much for one template.") from error


def _walk(tree: nodes.Node) -> Iterator[tuple[nodes.Node, int]]:
    """Every part with its depth, without recursion: the deepest text must not exhaust the stack."""
    left = [(tree, 0)]
    while left:
        node, depth = left.pop()
        yield node, depth
        left.extend((child, depth + 1) for child in node.iter_child_nodes())


def _refused(field: str, line: int, message: str) -> DomainError:
    return invalid(field, f"Line {line}: {message.rstrip('.')}.", ALLOWED)


def _check(node: nodes.Node, scope: Scope, field: str, *, asked: bool = False) -> None:
    """Refuse what is not in the language. `asked`: it stands in a condition, where a whole may stand, too."""
    if isinstance(node, nodes.For):
        _check_loop(node, scope, field)
    elif isinstance(node, nodes.Name):
        _check_name(node, scope, field, asked=asked)
    elif isinstance(node, nodes.Getattr):
        _check_part(node, scope, field)
    elif isinstance(node, nodes.Filter):
        _check_filter(node, scope, field)
    elif isinstance(node, nodes.If | nodes.CondExpr):
        _check(node.test, scope, field, asked=True)
        for child in node.iter_child_nodes(exclude=("test",)):
            _check(child, scope, field)
    elif isinstance(node, PLAIN + LOGIC):
        for child in node.iter_child_nodes():
            _check(child, scope, field, asked=asked)
    else:
        raise _refused(field, node.lineno, f"“{type(node).__name__}” is not in the language of templates")


def _check_loop(node: nodes.For, scope: Scope, field: str) -> None:
    over = node.iter.name if isinstance(node.iter, nodes.Name) else None
    target = node.target.name if isinstance(node.target, nodes.Name) else None
    if scope.looping or over != "components" or target is None or node.test is not None or node.recursive:
        raise _refused(field, node.lineno, "A loop goes over the components, and not in another loop")
    if target in scope.names or target == "loop":
        raise _refused(field, node.lineno, f"“{target}” means something else already")
    for child in node.body:
        _check(child, scope.within(target), field)
    for child in node.else_:
        _check(child, scope, field)


def _check_name(node: nodes.Name, scope: Scope, field: str, *, asked: bool) -> None:
    if node.ctx != "load" or node.name not in scope.names:
        raise _refused(field, node.lineno, f"There is no “{node.name[:40]}” here, only {_listed(scope.names)}")
    if not asked and (node.name in WHOLE or scope.names[node.name]):
        parts = _listed(scope.names[node.name]) or "{% for component in components %}, or component_names"
        raise _refused(field, node.lineno, f"“{node.name}” can't be written as a whole: take {parts}")


def _check_part(node: nodes.Getattr, scope: Scope, field: str) -> None:
    owner = node.node.name if isinstance(node.node, nodes.Name) else None
    if owner is None or node.attr not in scope.names.get(owner, ()):
        known = _listed(f"{name}.{part}" for name, parts in scope.names.items() for part in parts)
        raise _refused(field, node.lineno, f"There is no part “{node.attr[:40]}” here, only {known}")


def _check_filter(node: nodes.Filter, scope: Scope, field: str) -> None:
    most = FILTERS.get(node.name)
    if most is None or node.node is None or len(node.args) > most or node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise _refused(field, node.lineno, f"There is no filter “{node.name[:40]}” like this")
    _check(node.node, scope, field, asked=node.name == "length")
    for argument in node.args:
        _check(argument, scope, field)


def _listed(names: Collection[str] | Iterator[str]) -> str:
    return ", ".join(sorted(names))
