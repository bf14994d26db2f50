"""Connections: pages of lists (Relay, "Cursor Connections"), with `nodes` for those who need no edges."""

from typing import Generic, TypeVar

import strawberry

from resolvers.fields import column
from resolvers.page import Cursor

T = TypeVar("T")


@strawberry.type(description="Where a page begins and ends, and whether the list goes on.")
class PageInfo:
    has_next_page: bool = column("Whether there is more after this page.")
    has_previous_page: bool = column("Whether there is more before this page.")
    start_cursor: Cursor | None = column("The cursor of the first edge; null on an empty page.")
    end_cursor: Cursor | None = column("The cursor of the last edge; null on an empty page.")


@strawberry.type(description="A place in a connection and what is there.")
class Edge(Generic[T]):
    cursor: Cursor = column("This place, good for `after` and `before` of the same connection in the same order.")
    node: T = column("What is there.")


@strawberry.type(description="One page of a list, at most 100 long. Page on with the cursors of `pageInfo`.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = column("What is on the page, each with its cursor.")
    nodes: list[T] = column("What is on the page, without cursors.")
    page_info: PageInfo = column("Where the page begins and ends, and whether the list goes on.")
