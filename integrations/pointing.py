"""By what something that was made at a vendor is found again: the incident's address in its words."""

import re


def points_to(text: str, url: str) -> bool:
    """Whether an incident's address stands in a text, and not that of another, which begins like it."""
    return re.search(re.escape(url) + r"(?![\w/-])", text) is not None
