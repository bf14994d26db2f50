"""Documents: parsed, measured and validated once, and remembered."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from graphql import (
    ArgumentNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    ListValueNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from core.errors import DomainError, ErrorCode
from schema.compiled.execute import Compiled
from schema.cost import Costs
from schema.errors import Refused, cause_of, of_client, refusal
from schema.limits import MAX_COMMENTS, MAX_TOKENS, Size, children, measure, measure_text

MAX_ENTRIES = 1_000
LONGEST_KEPT = 20_000
"""Characters of a document that is remembered: programs ask for less, and a large one costs its sender each time."""
MAX_TEXT = 1_000_000
"""Characters of all remembered documents together. Their syntax trees take some fifty times as many bytes."""
MAX_ERRORS = 5
"""Of one document; each quotes the document, which may be long."""
ABORTED = "Parsing aborted"
"""What the parser says of a document that is over a limit of its own."""


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document, within the limits."""

    ast: DocumentNode
    size: Size
    fragments: dict[str, FragmentDefinitionNode]
    compiled: Compiled = field(compare=False)
    """Its operations in compiled form. Nothing in it depends on who asks, so it is good for all."""
    costs: Costs = field(compare=False)
    """What its operations cost."""

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation of that name, or the only one; GRAPHQL_INVALID if there is none or a choice."""
        operations = [d for d in self.ast.definitions if isinstance(d, OperationDefinitionNode)]
        if name is not None:
            operations = [o for o in operations if o.name is not None and o.name.value == name]
        if len(operations) == 1:
            return operations[0]
        problem = f"There is no operation {name[:80]!r}" if name is not None else "There is no single operation to run"
        raise DomainError(
            ErrorCode.GRAPHQL_INVALID, f"{problem}.", hint="Name one of the document's operations in operationName."
        )

    def writes(self, name: str | None) -> bool:
        """Whether the operation of that name changes anything."""
        return self.operation(name).operation is OperationType.MUTATION


class Documents:
    """The documents of one schema. Only good ones are remembered: a bad one costs its sender, and nobody's memory."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._text = 0
        self._lock = Lock()

    @property
    def kept(self) -> list[str]:
        """The texts that are remembered, the one that was not asked for longest first."""
        return list(self._kept)

    def knows(self, text: str) -> bool:
        """Whether a text is remembered."""
        return text in self._kept

    def read(self, text: str) -> Document:
        """The document of a text; Refused with every error if it is not good. Called by more than one thread."""
        with self._lock:
            known = self._kept.get(text)
            if known is not None:
                self._kept.move_to_end(text)
                return known
        made = self._make(text)
        if len(text) <= LONGEST_KEPT:
            with self._lock:
                self._keep(text, made)
        return made

    def _keep(self, text: str, made: Document) -> None:
        if text not in self._kept:
            self._text += len(text)
        self._kept[text] = made
        while len(self._kept) > MAX_ENTRIES or self._text > MAX_TEXT:
            self._text -= len(self._kept.popitem(last=False)[0])

    def _make(self, text: str) -> Document:
        try:
            measure_text(text)
            ast = parse(text, max_lexical_tokens=MAX_TOKENS, max_comments=MAX_COMMENTS)
            size = measure(ast)
        except GraphQLError as error:
            too_large = DomainError(ErrorCode.TOO_EXPENSIVE, error.message, hint="Send several smaller documents.")
            raise (refusal(too_large) if ABORTED in error.message else Refused([error])) from error
        except DomainError as error:
            raise refusal(error) from error
        errors = validate(self._schema, ast, max_errors=MAX_ERRORS)
        if errors:
            raise Refused([_placed(error, ast) for error in errors])
        fragments = {d.name.value: d for d in ast.definitions if isinstance(d, FragmentDefinitionNode)}
        return Document(ast, size, fragments, Compiled(ast, fragments), Costs(self._schema, fragments))


def _placed(error: GraphQLError, ast: DocumentNode) -> GraphQLError:
    """The error, with the input at fault if a scalar refused a value that stands in the document."""
    cause = cause_of(error)
    if not isinstance(cause, DomainError) or cause.field or not error.nodes:
        return of_client(error)
    place = _place(ast, error.nodes[0])
    named = DomainError(cause.code, cause.message, field=place, hint=cause.hint)
    return GraphQLError(error.message, error.nodes, original_error=named)


def _place(ast: DocumentNode, sought: Node) -> str | None:
    """The names of the argument, input fields and list places that lead to a value; `input` itself is left out."""
    stack: list[tuple[Node, tuple[str, ...]]] = [(ast, ())]
    while stack:
        node, path = stack.pop()
        if node is sought:
            return ".".join(path[1:] if path[:1] == ("input",) else path)
        if isinstance(node, ArgumentNode):
            path = (node.name.value,)
        elif isinstance(node, ObjectFieldNode):
            path = (*path, node.name.value)
        in_list = isinstance(node, ListValueNode)
        stack += [(child, (*path, str(i)) if in_list else path) for i, child in enumerate(children(node))]
    return None
