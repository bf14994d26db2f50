"""Documents: parsed, measured and validated once, and remembered."""

from collections import OrderedDict
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from core.errors import DomainError, ErrorCode
from schema.errors import Refused
from schema.limits import MAX_COMMENTS, MAX_LENGTH, MAX_TOKENS, Size, measure, too_expensive

MAX_ENTRIES = 1_000
MAX_TEXT = 4_000_000
"""Characters of all remembered documents together. Their syntax trees take some fifty times as many bytes."""
MAX_ERRORS = 20


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document, within the limits."""

    ast: DocumentNode
    size: Size
    fragments: dict[str, FragmentDefinitionNode]

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

    def read(self, text: str) -> Document:
        """The document of a text; Refused with every error if it is not good."""
        known = self._kept.get(text)
        if known is not None:
            self._kept.move_to_end(text)
            return known
        made = self._make(text)
        self._kept[text] = made
        self._text += len(text)
        while len(self._kept) > MAX_ENTRIES or self._text > MAX_TEXT:
            self._text -= len(self._kept.popitem(last=False)[0])
        return made

    def _make(self, text: str) -> Document:
        if len(text) > MAX_LENGTH:
            raise Refused([_as_error(too_expensive("characters", len(text), MAX_LENGTH))])
        try:
            ast = parse(text, max_lexical_tokens=MAX_TOKENS, max_comments=MAX_COMMENTS)
            size = measure(ast)
        except GraphQLError as error:
            raise Refused([error]) from error
        except DomainError as error:
            raise Refused([_as_error(error)]) from error
        errors = validate(self._schema, ast, max_errors=MAX_ERRORS)
        if errors:
            raise Refused(errors)
        fragments = {d.name.value: d for d in ast.definitions if isinstance(d, FragmentDefinitionNode)}
        return Document(ast, size, fragments)


def _as_error(error: DomainError) -> GraphQLError:
    return GraphQLError(error.message, original_error=error)
