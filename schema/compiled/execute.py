"""Executing operations in compiled form, with graphql-core for whatever that does not know.

The order of things is the specification's (GraphQL, chapter 6), but for one point that it leaves open: fields of the
root of a query are resolved one after the other, as those of a mutation must be. They share one connection.
"""

import inspect
from collections.abc import Mapping
from typing import Any, cast

from graphql import DocumentNode, ExecutionResult, FragmentDefinitionNode, GraphQLError, GraphQLResolveInfo
from graphql.execution import Executor
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import Path, is_awaitable

from resolvers.batch import EVERYTHING
from schema.compiled.fetch import Count, Gathering, TooManyError, finish
from schema.compiled.leaves import Finish
from schema.compiled.operation import Operation
from schema.compiled.reasons import COMPILED, LONG_WAY, NotCompiledError, Reason
from schema.compiled.shape import FieldShape, Roots
from schema.executor import BatchExecutor

Data = dict[str, Any]
Info = GraphQLResolveInfo[Any]


class Execution:
    """One execution of an operation."""

    def __init__(
        self, operation: Operation, document: DocumentNode, variables: VariableValues, given: Data | None, ctx: Any
    ) -> None:
        self._operation = operation
        self._document = document
        self._variables = variables
        self._given = given
        self._ctx = ctx
        self._count = Count()
        self._core: BatchExecutor | None = None

    async def result(self, roots: Roots) -> ExecutionResult:
        """Resolve and complete all fields of the root."""
        data: Data | None = {}
        try:
            for key, field in roots.fields.items():
                cast("Data", data)[key] = field if isinstance(field, str) else await self._root(field)
        except GraphQLError as error:  # of a field that must not be null: there is no data, and no more is executed
            self._exact().collected_errors.add(error, None)
            data = None
        errors = self._core.collected_errors.errors if self._core is not None else None
        return ExecutionResult(data, errors or None)

    async def _root(self, field: FieldShape) -> Any:
        path = Path(None, field.key, field.parent.name)
        info = self._info(field, path)
        try:
            with self._ctx.course.level(lambda: [field.name], 1):
                value = await self._resolved(field, info)
            gathering = Gathering(self._operation, self._ctx, self._variables, self._count)
        except Exception as error:  # noqa: BLE001 (every error of a field is its own, and collected)
            return self._failed(error, field, path)
        try:
            return finish(await gathering.gather(field, value))[0]
        except TooManyError as error:
            return self._failed(error.refusal, field, path)
        except Exception:  # noqa: BLE001 (graphql-core meets the same and says what it is)
            LONG_WAY.labels(Reason.ERRORS).inc()
        for ask, rows, values in gathering.asked:
            self._ctx.batches.keep(ask, rows, values)
        core = self._exact()
        return await Executor.complete_awaitable_value(
            core, field.definition.type, field.details, info, path, _itself(value), None
        )

    async def _resolved(self, field: FieldShape, info: Info) -> Any:
        """The value of a root field, by Strawberry's own wrapper: permissions and extensions included."""
        arguments = get_argument_values(field.definition, field.details[0].node, self._variables)
        resolve: Any = field.definition.resolve
        self._ctx.selected = self._operation.selected(field, self._variables)
        try:
            value = resolve(None, info, **arguments)
            return await value if inspect.isawaitable(value) else value
        finally:
            self._ctx.selected = EVERYTHING

    def _failed(self, error: Exception, field: FieldShape, path: Path) -> None:
        self._exact().handle_field_error(error, field.definition.type, field.details, path)

    def _info(self, field: FieldShape, path: Path) -> Info:
        operation = self._operation
        nodes = [each.node for each in field.details]
        return GraphQLResolveInfo(
            nodes[0].name.value,
            nodes,
            field.definition.type,
            field.parent,
            path,
            operation.schema,
            operation.fragments,
            None,
            operation.node,
            cast("Any", self._variables.coerced),  # plain values, which Strawberry expects
            self._ctx,
            is_awaitable,
            None,
            cast("Any", None),
        )

    def _exact(self) -> BatchExecutor:
        """graphql-core's executor of the same operation, made when it is needed."""
        if self._core is None:
            name = self._operation.node.name
            made = BatchExecutor.build(
                self._operation.schema,
                self._document,
                context_value=self._ctx,
                raw_variable_values=self._given,
                operation_name=name.value if name is not None else None,
            )
            self._core = cast("BatchExecutor", made)  # the variables were coerced once already
        return self._core


async def _itself(value: Any) -> Any:
    return value


class Compiled:
    """The operations of one document in compiled form, by name: kept as long as the document is."""

    def __init__(self, document: DocumentNode, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._document = document
        self._fragments = fragments
        self._known: dict[int, Operation | Reason] = {}

    async def execute(
        self,
        schema: Any,
        node: Any,
        variables: VariableValues,
        given: Data | None,
        ctx: Any,
        special: Mapping[str, Finish],
    ) -> ExecutionResult | None:
        """The result of an operation of the document; None if it is for graphql-core.

        `variables` are the coerced ones, `given` those that the client sent; `ctx` has the `batches` of the request;
        `special` are quicker ways to print scalars. Raises nothing but what cancels: errors are in the result.
        """
        found = self._known.get(id(node))
        if found is None:
            try:
                found = Operation(schema, node, self._fragments, special)
            except NotCompiledError as refused:
                found = refused.reason
            self._known[id(node)] = found
        if isinstance(found, Reason):
            LONG_WAY.labels(found).inc()
            return None
        try:
            roots = found.roots(variables)
        except NotCompiledError as refused:
            LONG_WAY.labels(refused.reason).inc()
            return None
        COMPILED.inc()
        return await Execution(found, self._document, variables, given, ctx).result(roots)
