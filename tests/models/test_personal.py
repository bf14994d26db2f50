"""Every column that could hold personal data is accounted for."""

from sqlalchemy import Enum, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from models.personal import ERASED, IMPERSONAL, SEARCHED
from models.tables import metadata

LISTS = {"ERASED": ERASED, "SEARCHED": SEARCHED, "IMPERSONAL": IMPERSONAL}


def holds_words(column):
    return isinstance(column.type, String | JSONB | TSVECTOR | LargeBinary) and not isinstance(column.type, Enum)


def listed(table):
    return {(name, column) for name, columns in table.items() for column in columns.split()}


def test_every_column_is_said_to_hold_personal_data_or_none():
    there = {(table.name, c.name) for table in metadata.tables.values() for c in table.columns if holds_words(c)}
    known = set().union(*(listed(each) for each in LISTS.values()))
    assert there - known == set(), "say in models/personal.py what the erasure of a person does with these"
    assert known - there == set(), "models/personal.py names columns that are not there"
    assert listed(IMPERSONAL) & (listed(ERASED) | listed(SEARCHED)) == set(), "these are personal and are not"
