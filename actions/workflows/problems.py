"""All that is wrong with a definition, at once: whoever writes one is not to be sent round in circles."""

from collections.abc import Sequence

from core.errors import DomainError


class ProblemsError(DomainError):
    """A refusal with several reasons, each with a field, a code and words; it reads like the first of them."""

    def __init__(self, problems: Sequence[DomainError]) -> None:
        first = problems[0]
        super().__init__(first.code, first.message, field=first.field, hint=first.hint)
        self.problems = tuple(problems)


def refuse(problems: Sequence[DomainError]) -> None:
    """Raise what was found, if anything was."""
    if problems:
        raise ProblemsError(problems)
