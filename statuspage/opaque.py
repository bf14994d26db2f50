"""Ids as clients of Atlassian Statuspage know them: twelve characters, digits and small letters.

An id is a digest of what the row is called with us (`Component:3`, `Update:INC-7/2`), so it is the same in every
process, after a restore and under another address of the page. It hides nothing: it is only of the shape that clients
expect.
"""

import hashlib
from functools import lru_cache

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
LENGTH = 12


@lru_cache(maxsize=4096)
def opaque(noun: str, key: object) -> str:
    """The id of a row: `opaque("Component", 3)`.

    62 bits of SHA-256 in base 36: of a million rows, two share one by chance once in ten million installations.
    """
    number = int.from_bytes(hashlib.sha256(f"{noun}:{key}".encode()).digest(), "big")
    characters = []
    for _ in range(LENGTH):
        number, digit = divmod(number, len(DIGITS))
        characters.append(DIGITS[digit])
    return "".join(reversed(characters))
