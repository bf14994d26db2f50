"""The statements of the job broker and of the relay, with values in them: for PostgreSQL to plan."""

import psycopg

from jobs import statements

VALUES = {
    "queue": "default",
    "room": 16,
    "poison": 10,
    "lease": 15.0,
    "late": 0.0,
    "away": False,
    "ids": [1, 2],
    "tokens": [0, 0],
    "seconds": [1.0, 1.0],
    "failures": [1, 1],
    "errors": ["x", "x"],
    "queues": ["default", "mail"],
    "rooms": [200, 200],
    "most": 200,
    "epoch": "one",
    "gone": [],
    "grace": 2.0,
}

NAMES = ("FETCH", "EXTEND", "RELEASE", "DONE", "AGAIN", "DEAD", "TAKE", "CLAIM", "WITHDRAW", "FORGOTTEN", "STRAY")


def of_the_broker(url):
    """Each statement as text, and no parameters."""
    with psycopg.connect(url) as connection:
        cursor = psycopg.ClientCursor(connection)
        return [(cursor.mogrify(getattr(statements, name), VALUES), ()) for name in NAMES]
