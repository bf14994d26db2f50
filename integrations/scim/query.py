"""What a directory asks for: filters, orders, pages and shapes (RFC 7644 §3.4.2), in a URL or in a search's body."""

from collections.abc import Mapping
from typing import Any

from scim2_models import InvalidFilterException, InvalidPathException, InvalidValueException, Resource, SearchRequest
from sqlalchemy import ColumnElement, Select, nulls_first, nulls_last
from sqlalchemy.orm import InstrumentedAttribute

from integrations.scim.columns import Attributes
from integrations.scim.filter import MAX_LENGTH, condition_of, sortable
from integrations.scim.resources import MOST_RESULTS, POLICY

GIVEN = ("filter", "sortBy", "sortOrder", "startIndex", "count", "attributes", "excludedAttributes")
MAX_ATTRIBUTES = 50
"""Attributes that are named in one request."""
FAR = 10**9
"""Beyond the last page of any directory."""

Search = SearchRequest[Any]


def read_search(given: Mapping[str, Any], model: type[Resource[Any]]) -> Search:
    """What is asked for. InvalidFilterException, InvalidValueException and ValidationError for what can't be."""
    asked = {name: given[name] for name in GIVEN if given.get(name) is not None}
    if isinstance(asked.get("filter"), str) and len(asked["filter"]) > MAX_LENGTH:
        raise InvalidFilterException(detail=f"A filter has at most {MAX_LENGTH:,} characters.")
    for name in ("attributes", "excludedAttributes"):
        listed = asked.get(name, [])
        if (listed.count(",") + 1 if isinstance(listed, str) else len(listed)) > MAX_ATTRIBUTES:
            raise InvalidValueException(detail=f"At most {MAX_ATTRIBUTES} attributes can be named.")
    if isinstance(asked.get("sortOrder"), str):
        asked["sortOrder"] = asked["sortOrder"].lower()
    search: Search = SearchRequest[model].model_validate(asked, scim_policy=POLICY)  # type: ignore[valid-type]
    return search


def selected(search: Search, model: type[Resource[Any]], attributes: Attributes) -> ColumnElement[bool] | None:
    """The condition of a search; None without a filter."""
    return None if search.filter is None else condition_of(search.filter, model, attributes)


def page(
    statement: Select[Any],
    search: Search,
    model: type[Resource[Any]],
    attributes: Attributes,
    key: InstrumentedAttribute[int],
) -> Select[Any]:
    """The rows of a search's page, in its order; those that are equal in it, and without an order all, by their age."""
    return (
        statement.order_by(*_order(search, model, attributes), key).offset(start_of(search) - 1).limit(count_of(search))
    )


def _order(search: Search, model: type[Resource[Any]], attributes: Attributes) -> list[ColumnElement[Any]]:
    if search.sort_by is None:
        return []
    binding = search.sort_binding(model)
    column = None
    if binding is not None:
        entries = attributes.entries.get(binding.field_name)
        if entries is None:
            sub = f".{binding.sub_field_name}" if binding.sub_field_name else ""
            column = attributes.columns.get(binding.field_name + sub)
        elif binding.field_name in ("emails", "roles"):  # of which there is one each
            column = entries.columns.get(binding.sub_field_name or "")
    if column is None:
        raise InvalidPathException(detail=f"Nothing can be sorted by {str(search.sort_by)[:100]!r}.")
    value = sortable(column)
    if search.sort_order is SearchRequest.SortOrder.descending:
        return [nulls_first(value.desc())]
    return [nulls_last(value.asc())]


def start_of(search: Search) -> int:
    """The place of the first result, from 1."""
    return min(search.start_index or 1, FAR)


def count_of(search: Search) -> int:
    """How many results there may be."""
    return MOST_RESULTS if search.count is None else min(search.count, MOST_RESULTS)


def shows(search: Search, attribute: str) -> bool:
    """Whether an attribute that is shown by default is wanted: reading what nobody wants takes long."""
    named = [str(path).rpartition(":")[2].partition(".")[0].lower() for path in search.attributes or ()]
    hidden = [str(path).rpartition(":")[2].lower() for path in search.excluded_attributes or ()]
    return (not named or attribute in named) and attribute not in hidden
