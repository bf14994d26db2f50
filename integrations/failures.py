"""How an action at a vendor can fail: five ways, each with words for the people who wait for it (ADR 0018)."""

from typing import ClassVar

from actions.outward.ledger import Failure


class VendorError(Exception):
    """It was not done, or nobody knows. `words` say what happened, and what to mend if that is known."""

    means: ClassVar[Failure]
    """What follows from it."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Retryable(VendorError):  # noqa: N818 (the five ways are named by what follows from them)
    """It was not done, and may succeed later; `after` seconds at the earliest, if the vendor says so."""

    means = Failure.RETRYABLE

    def __init__(self, words: str, *, after: float | None = None) -> None:
        super().__init__(words)
        self.after = after


class TooLong(Retryable):
    """Its answer is longer than we read. Asked again, it may be shorter."""


class Settling(VendorError):  # noqa: N818
    """It was not asked yet: an earlier attempt may be going on, and is looked up in `after` seconds."""

    means = Failure.SETTLING

    def __init__(self, words: str, *, after: float) -> None:
        super().__init__(words)
        self.after = after


class Permanent(VendorError):  # noqa: N818
    """It was not done, and will not be until somebody mends something. Others of the same vendor may succeed."""

    means = Failure.PERMANENT


class AuthExpired(Permanent):
    """The vendor does not know us any more: nothing of this integration succeeds until it gets new credentials."""

    means = Failure.SIGNED_OUT


class Ambiguous(VendorError):  # noqa: N818
    """It may have been done: look it up before doing it again."""

    means = Failure.AMBIGUOUS
