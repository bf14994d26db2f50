"""What publishing files to a place comes to, whichever place it is."""

from dataclasses import dataclass


class OvertakenError(Exception):
    """Something else was published meanwhile: what was to be published may be older, and is not."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a publication did: files in all, those that were new or had changed, those that are gone; bytes in all."""

    files: int
    changed: int
    removed: int
    bytes: int
