"""Types and inputs of the parts of a workflow, made of the parts themselves: what they are told stands in one place."""

from collections.abc import Callable
from enum import Enum
from functools import reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import strawberry
from pydantic.fields import FieldInfo
from strawberry.scalars import JSON

from actions.workflows.part import Part, Reference
from resolvers.fields import column
from resolvers.mutations.perform import Plain
from schema.inputs.given import optional

Made = dict[type[Part], Any]


class Maker:
    """Makes GraphQL types of parts, each once. `name` says what the type of a part is called."""

    def __init__(self, module: str, name: Callable[[type[Part]], str], *, inputs: bool) -> None:
        self._module = module
        self._name = name
        self._inputs = inputs
        self.made: Made = {}

    def of(self, part: type[Part], description: str, *, one_of: bool = False) -> Any:
        """The type of a part; `one_of`: exactly one of its fields is set."""
        fields = {name: self._field(field, one_of=one_of) for name, field in part.model_fields.items()}
        lines: dict[str, Any] = {
            "__module__": self._module,
            "__annotations__": {name: self._annotation(field, part, one_of=one_of) for name, field in fields.items()},
            **{name: line for name, (line, _) in fields.items()},
        }
        bases = (Plain,) if self._inputs else ()
        cls = type(self._name(part), bases, lines)
        if self._inputs:
            made: Any = strawberry.input(cls, description=description, one_of=one_of)
        else:
            made = strawberry.type(cls, description=description)
        self.made[part] = made
        return made

    def _field(self, field: FieldInfo, *, one_of: bool) -> tuple[Any, FieldInfo]:
        words = field.description or ""
        if not self._inputs:
            return column(words), field
        needed = field.is_required() and not one_of
        return (strawberry.field(description=words) if needed else optional(words)), field

    def _annotation(self, found: tuple[Any, FieldInfo], part: type[Part], *, one_of: bool) -> Any:
        _, field = found
        kind = self._kind(field.annotation, part)
        maybe = NoneType in get_args(field.annotation)
        if self._inputs:
            maybe = maybe or not field.is_required() or one_of
        return kind | None if maybe else kind

    def _kind(self, annotation: Any, part: type[Part]) -> Any:
        """The GraphQL type of what a field holds, as Strawberry takes it."""
        if annotation == Reference:
            return str
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self._kind(arguments[0], part)
        if origin in (Union, UnionType):
            return self._kind(reduce(or_, (each for each in arguments if each is not NoneType)), part)
        if origin is list:
            return list[self._kind(arguments[0], part)]  # type: ignore[misc]
        return self._plain(annotation, part)

    def _plain(self, annotation: Any, part: type[Part]) -> Any:
        if annotation is part:
            return Annotated[self._name(part), strawberry.lazy(self._module)]
        if annotation in self.made:
            return self.made[annotation]
        if get_origin(annotation) is dict:
            return JSON
        if get_origin(annotation) is Literal:
            return str
        if annotation in (bool, int, str) or (isinstance(annotation, type) and issubclass(annotation, Enum)):
            return annotation
        raise TypeError(f"{part.__name__}: no GraphQL type for {annotation}")
