"""Which subscriptions are the same but for who asks, and from where on."""

from typing import Any
from weakref import WeakKeyDictionary

from graphql import FieldNode, TypeInfo, TypeInfoVisitor, VariableNode, visit
from graphql.language import Visitor

from resolvers.batch import frozen
from resolvers.fields import VIEWER
from schema.build import core
from schema.compiled.execute import Compiled
from schema.execution import Prepared
from schema.limits import children
from schema.plan import DEFINITION

RESUMES = "after"
"""The argument that says from where on. What comes then does not depend on it."""


def alike(prepared: Prepared) -> Any | None:
    """What is equal for subscriptions that are told the same; None for one that is told what depends on who asks."""
    if depends_on_viewer(prepared):
        return None
    used = _used(prepared)
    variables = {name: value for name, value in prepared.variables.coerced.items() if name in used}
    key = (prepared.request.query, prepared.request.operation_name, prepared.cost, frozen(variables))
    try:
        hash(key)
    except TypeError:  # a scalar of which nobody knows whether two are equal
        return None
    return key


def _used(prepared: Prepared) -> set[str]:
    """The variables that are used, but to say from where on."""
    found: set[str] = set()
    fields = [each for each in prepared.roots if isinstance(each, FieldNode)]
    skipped = {id(argument) for root in fields for argument in root.arguments or () if argument.name.value == RESUMES}
    stack: list[Any] = [*prepared.roots, *prepared.document.fragments.values()]
    while stack:
        node = stack.pop()
        if id(node) in skipped:
            continue
        if isinstance(node, VariableNode):
            found.add(node.name.value)
        stack += children(node)
    return found


class _Viewer(Visitor):
    """Looks for fields that depend on who asks."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.found = False
        self._info = info

    def enter_field(self, *_: Any) -> None:
        definition = self._info.get_field_def()
        ours = definition.extensions.get(DEFINITION) if definition is not None else None
        if ours is not None and ours.metadata.get(VIEWER):
            self.found = True


def depends_on_viewer(prepared: Prepared) -> bool:
    """Whether a field of a document is declared to depend on who asks."""
    document = prepared.document
    known = _known.get(document.compiled)
    if known is None:
        info = TypeInfo(core)
        looking = _Viewer(info)
        visit(document.ast, TypeInfoVisitor(info, looking))
        known = _known[document.compiled] = looking.found
    return known


_known: WeakKeyDictionary[Compiled, bool] = WeakKeyDictionary()
"""What was found out of documents, for as long as they are remembered."""
