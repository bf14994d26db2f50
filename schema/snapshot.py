"""The checked-in text of the schema: `python -m schema.snapshot` writes it anew, a test compares it.

A difference in it is a difference for clients: what is taken away or changed needs a line in CHANGELOG.md.
"""

from pathlib import Path

from schema.build import schema

SNAPSHOT = Path(__file__).parents[1] / "schema.graphql"


def text() -> str:
    """The schema in SDL, descriptions included."""
    return schema.as_str() + "\n"


if __name__ == "__main__":
    SNAPSHOT.write_text(text(), encoding="utf-8")
