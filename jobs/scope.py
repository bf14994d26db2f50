"""What keeps databases apart that share a broker."""

import hashlib
from typing import Any

import psycopg

from jobs import statements


def scope_of(connection: psycopg.Connection[Any]) -> str:
    """A word for this database. A replica that is promoted keeps it: its timeline is left out (feed_cluster)."""
    cluster, name = connection.execute(statements.SCOPE).fetchone() or ("", "")
    parts = cluster.split(".")
    lasting = [part for part in (parts[0], *parts[-2:], name) if part]
    return hashlib.sha256(".".join(lasting).encode()).hexdigest()[:12]
