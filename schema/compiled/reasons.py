"""Which operations are executed in compiled form, and why others are not."""

from enum import StrEnum

from prometheus_client import Counter


class Reason(StrEnum):
    """Why an operation, or a field of its root, went the long way; the label of the counter."""

    INTROSPECTION = "introspection"
    DIRECTIVE = "directive"
    """One beside @skip and @include, such as @defer."""
    FRAGMENT_ARGUMENTS = "fragment_arguments"
    RESOLVER = "resolver"
    """A field below the root has a resolver of its own, is asynchronous, or is guarded by an extension."""
    INPUT_OBJECT = "input_object"
    """A batched field takes one: what it is asked with would have to be converted."""
    SUBSCRIPTION = "subscription"
    CONDITION = "condition"
    """@skip or @include has no value that can be told."""
    ERRORS = "errors"
    """Something in the answer was unusual: graphql-core completes the same values again and says what is wrong."""


COMPILED = Counter("muster_graphql_compiled", "Operations that were executed in compiled form.")
LONG_WAY = Counter(
    "muster_graphql_not_compiled", "Operations, or fields of their root, that went through graphql-core.", ["reason"]
)
for _reason in Reason:
    LONG_WAY.labels(_reason)  # so that every reason is there at 0, and its first increase shows in a rate


class NotCompiledError(Exception):
    """This operation is for graphql-core."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class UnusualError(Exception):
    """Something in the values of a root field is for graphql-core to look at."""
