"""What a refusal of Zoom means, in words for those who can mend it."""

from core.redaction import redacted
from integrations.client import Answer

BAD, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 400, 401, 403, 404
NO_SCOPE = 4711
"""Zoom's code for a token that lacks a scope; it names the scope."""
MOST = 200
"""Characters of what Zoom says that are kept."""


def refusal(answer: Answer, host: str) -> str:
    """Words for a 400, 403 or 404."""
    body = answer.body if isinstance(answer.body, dict) else {}
    said = redacted(str(body.get("message") or "")[:MOST]).rstrip(".")
    if body.get("code") == NO_SCOPE:
        return f"Zoom does not allow the app this: {said}. Add these scopes to the app, and activate it again."
    if answer.status == NOT_FOUND:
        return f"Zoom has no user {host} in this account (404): correct `host`."
    return f"Zoom refuses this ({answer.status}): {said}."
