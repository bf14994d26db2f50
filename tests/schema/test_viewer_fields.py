"""Fields that depend on who asks are declared so, for what they answer is never shared (schema.together)."""

import ast
import inspect
import textwrap
from functools import cache, partial
from pathlib import Path
from types import FunctionType, ModuleType

import pytest
from graphql import get_named_type, is_abstract_type, is_object_type

from auth import permission, visibility
from resolvers.fields import BATCH, VIEWER
from schema.build import core
from schema.plan import DEFINITION

HERE = str(Path(__file__).parents[2])
OURS = ("actions", "auth", "core", "models", "resolvers", "schema")
WHO = frozenset({"id", "name", "user_id", "service_account_id", "listed_as"})
"""What of an actor tells who it is."""
WHENCE = frozenset({"client", "identity"})
"""What of a context does."""
BY_RIGHTS = frozenset({permission.may, permission.require, permission.permissions, permission.refusal})
"""What asks of an actor only what its class has, too; so does all of auth.visibility. The words of a refusal have its
name, but they are an error, and answers with errors are never shared."""


def reachable():
    """The types that a subscription may tell of."""
    seen, waiting = set(), [core.subscription_type]
    while waiting:
        kind = waiting.pop()
        if kind not in seen:
            seen.add(kind)
            waiting += core.get_possible_types(kind) if is_abstract_type(kind) else ()
            waiting += (get_named_type(each.type) for each in getattr(kind, "fields", {}).values())
    return [kind for kind in seen if is_object_type(kind)]


def fields():
    """Every batched field of theirs, by the names of its type and its own."""
    for kind in sorted(reachable(), key=str):
        for name, definition in kind.fields.items():
            metadata = definition.extensions[DEFINITION].metadata
            if BATCH in metadata:
                yield f"{kind.name}.{name}", metadata


def is_actor(node):
    return (isinstance(node, ast.Attribute) and node.attr == "actor") or (
        isinstance(node, ast.Name) and node.id in ("actor", "viewer")
    )


def functions_in(value):
    """The functions of ours behind a name."""
    value = inspect.unwrap(value.func if isinstance(value, partial) else value)
    if inspect.isclass(value):
        members = [each for each in vars(value).values() if isinstance(each, FunctionType | property | classmethod)]
        found = [getattr(each, "fget", None) or getattr(each, "__func__", each) for each in members]
    else:
        found = [value]
    ours = [each for each in found if isinstance(each, FunctionType) and each.__module__.split(".")[0] in OURS]
    return [each for each in ours if each.__code__.co_filename.startswith(HERE)]  # others are made by libraries


def _tree(function):
    source = textwrap.dedent(inspect.getsource(function))
    try:
        return ast.parse(source)
    except SyntaxError:  # a lambda, and the argument or the rest of the call around it
        return ast.parse(f"({source[source.index('lambda') :].partition(', description=')[0].strip().rstrip(',)')})")


@cache
def reading_who(function):
    """Where a function, or one that it may call, asks who the actor is; None if nowhere."""
    seen, waiting = set(), functions_in(function)
    while waiting:
        current = waiting.pop()
        if current in seen or current in BY_RIGHTS or current.__module__ == visibility.__name__:
            continue
        seen.add(current)
        for cell in current.__closure__ or ():
            waiting += functions_in(cell.cell_contents)
        tree = _tree(current)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                if (node.attr in WHO and is_actor(node.value)) or (
                    node.attr in WHENCE and isinstance(node.value, ast.Name) and node.value.id == "ctx"
                ):
                    return f"{current.__module__}.{current.__qualname__}"
                base = current.__globals__.get(node.value.id) if isinstance(node.value, ast.Name) else None
                if isinstance(base, ModuleType):
                    waiting += functions_in(getattr(base, node.attr, None))
            elif isinstance(node, ast.Name) and node.id in current.__globals__:
                waiting += functions_in(current.__globals__[node.id])
    return None


def test_there_are_fields_to_look_at():
    assert sum(1 for _ in fields()) > 100
    assert reading_who(dict(fields())["Incident.allowedActions"][BATCH].function) is not None


@pytest.mark.parametrize(("name", "metadata"), list(fields()))
def test_a_field_is_declared_to_depend_on_who_asks_if_it_asks_who_that_is(name, metadata):
    batch = metadata[BATCH]
    read = [reading_who(each) for each in (batch.function, batch.then) if each is not None]
    assert metadata[VIEWER] is any(read), f"{name}: viewer=True is for what reads the actor, here in {read}"
