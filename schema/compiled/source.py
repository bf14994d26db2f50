"""The code that is generated for one selection of one type: it makes the objects of many rows at once.

It is put together as a syntax tree and never as text. What a client named is in it only as constants (the keys of the
answer); names of Python come from the schema.

    def build(rows, given):
        c0 = f0([row.title for row in rows])
        c1 = f1([r1(row) for row in rows])
        c2 = given[2]
        return [{"title": v0, "id": v1, "roles": v2, "__typename": "Incident"} for v0, v1, v2 in zip(c0, c1, c2)]
"""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from schema.compiled.leaves import Column, Finish

AT: dict[str, Any] = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}
"""Where every node stands: compile() wants to know, and to have that filled in takes as long as all the rest."""
Build = Callable[[list[Any], list[Column]], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Line:
    """How one key of an answer's objects gets its values."""

    key: str
    constant: str | None = None
    """The same in each: the name of the type."""
    attribute: str | None = None
    """Read from the row by this name …"""
    read: Callable[[Any], Any] | None = None
    """… or by this function …"""
    finish: Finish | None = None
    """… and finished by this. Without any of them the column is given."""


def build(lines: Sequence[Line]) -> Build:
    """Compile the function for these lines."""
    names: dict[str, Any] = {}
    body: list[ast.stmt] = []
    keys: list[ast.expr | None] = []
    values: list[ast.expr] = []
    columns: list[int] = []
    for number, line in enumerate(lines):
        keys.append(ast.Constant(line.key, **AT))
        if line.constant is not None:
            values.append(ast.Constant(line.constant, **AT))
            continue
        values.append(_name(f"v{number}"))
        columns.append(number)
        body.append(ast.Assign([_name(f"c{number}", ast.Store())], _column(number, line, names), **AT))
    body.append(ast.Return(ast.ListComp(ast.Dict(keys, values, **AT), [_over(columns)], **AT), **AT))
    arguments = ast.arguments([], [ast.arg("rows", **AT), ast.arg("given", **AT)], None, [], [], None, [])
    module = ast.Module([ast.FunctionDef("build", arguments, body, [], None, **AT)], [])
    exec(compile(module, "<compiled operation>", "exec"), names)  # noqa: S102 (a tree of our own making)
    made: Build = names["build"]
    return made


def _column(number: int, line: Line, names: dict[str, Any]) -> ast.expr:
    if line.finish is None:
        return ast.Subscript(_name("given"), ast.Constant(number, **AT), ast.Load(), **AT)
    names[f"f{number}"] = line.finish
    value: ast.expr
    if line.attribute is not None:
        value = ast.Attribute(_name("row"), line.attribute, ast.Load(), **AT)
    else:
        names[f"r{number}"] = line.read
        value = ast.Call(_name(f"r{number}"), [_name("row")], [], **AT)
    rows = ast.comprehension(_name("row", ast.Store()), _name("rows"), [], 0)
    return ast.Call(_name(f"f{number}"), [ast.ListComp(value, [rows], **AT)], [], **AT)


def _over(columns: Sequence[int]) -> ast.comprehension:
    """`for v0, v1 in zip(c0, c1)`, without a zip for one, and over the rows for none."""
    if not columns:
        return ast.comprehension(_name("_", ast.Store()), _name("rows"), [], 0)
    if len(columns) == 1:
        return ast.comprehension(_name(f"v{columns[0]}", ast.Store()), _name(f"c{columns[0]}"), [], 0)
    targets = ast.Tuple([_name(f"v{number}", ast.Store()) for number in columns], ast.Store(), **AT)
    zipped = ast.Call(_name("zip"), [_name(f"c{number}") for number in columns], [], **AT)
    return ast.comprehension(targets, zipped, [], 0)


def _name(name: str, context: ast.expr_context | None = None) -> ast.expr:
    return ast.Name(name, context or ast.Load(), **AT)
