"""What a chat message about news on the status page says, whichever chat it goes to."""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "warning", "bad", "plain"]


@dataclass(frozen=True, slots=True)
class NewsCard:
    """A message in plain texts. `facts`: pairs of a name and a state; `links`: pairs of words and an address."""

    title: str
    state: str
    tone: Tone
    heading: str
    text: str
    facts: tuple[tuple[str, str], ...]
    promise: str | None
    links: tuple[tuple[str, str], ...]

    @property
    def fallback(self) -> str:
        """All of it in one line, for notifications and for clients that show no cards."""
        promise = f" {self.promise}" if self.promise else ""
        return f"{self.title}: {self.state}. {self.heading}.{promise}"


def cut(text: str, most: int) -> str:
    """A text of at most so many characters, which says that it was cut."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
