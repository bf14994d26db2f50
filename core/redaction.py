"""Keeps secrets out of the log, whoever wrote them there: libraries quote addresses and headers in their errors."""

import logging
import re

MASK = "…"

SECRETS = re.compile(
    r"(?P<ours>\b(?:ms[tlhscdk]|whsec)_)[A-Za-z0-9_+/=-]{8,}"
    r"|(?P<slack>\bxox[a-z](?:\.xox[a-z])?-)[A-Za-z0-9-]{8,}"
    r"|(?P<header>\b(?:authorization|cookie|set-cookie)['\"]?\s*[:=]\s*['\"]?)(?:(?:bearer|basic)\s+)?[^\s'\",}]+"
    r"|(?P<scheme>\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{16,}"
    r"|(?P<address>\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s/@]+(?=@)"
    r"|(?P<field>\b(?:client_secret|code_verifier|access_token|id_token|refresh_token|password)['\"]?\s*[:=]\s*['\"]?)"
    r"[^\s'\"&,}]+",
    re.IGNORECASE,
)
"""Our own secrets by their prefixes, and Slack's; credentials in headers, passwords in addresses, secret fields."""


def redacted(text: str) -> str:
    """A text with every secret in it replaced; what tells of which kind it was stays."""
    return SECRETS.sub(lambda match: f"{match[match.lastgroup or 0]}{MASK}", text)


class RedactingFormatter(logging.Formatter):
    """Another formatter's lines, tracebacks included, without secrets."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """The line for a record."""
        return redacted(self._inner.format(record))
