"""What a refusal of Jira means, in words for those who can mend it."""

from typing import Any

from core.redaction import redacted
from integrations.client import Answer
from integrations.jira_configuration import JiraConfiguration

FORBIDDEN, NOT_FOUND = 403, 404
NOT_JIRA = "What answers is not Jira's REST API: correct `base_url`."
MOST = 300
"""Characters of what Jira says that are kept."""


def refusal(answer: Answer, told: JiraConfiguration) -> str:
    """Words for a 400, 403 or 404: which setting is at fault, or which field is missing."""
    body = answer.body if isinstance(answer.body, dict) else {}
    given = body.get("errors")
    errors: dict[str, Any] = given if isinstance(given, dict) else {}
    if answer.status == FORBIDDEN:
        return (
            f"Jira does not allow {told.email} this in the project {told.project} (403): give it the permissions Browse"
            " Projects and Create Issues there."
        )
    if answer.status == NOT_FOUND or "project" in errors:
        return no_project(told)
    if "issuetype" in errors:
        return no_type(told, [])
    if errors:
        reasons = (_of_field(field, said, told) for field, said in sorted(errors.items()))
        return f"Jira refuses the issue: {' '.join(reasons)}"
    said = body.get("errorMessages")
    words = " ".join(str(each) for each in said) if isinstance(said, list) else ""
    return f"Jira refuses this ({answer.status}){': ' + redacted(words[:MOST]) if words else '.'}"


def no_project(told: JiraConfiguration) -> str:
    """There is no such project, for this account."""
    return (
        f"Jira has no project {told.project} that {told.email} may see: correct `project`, or give the account the"
        " permissions Browse Projects and Create Issues there."
    )


def no_type(told: JiraConfiguration, known: list[str]) -> str:
    """The project has no such issue type; `known`: those that it has."""
    choice = f" It has: {', '.join(known)}." if known else ""
    return f"The project {told.project} has no issue type {told.issue_type}: correct `issue_type`.{choice}"


def required(field: str, name: str) -> str:
    """A field that must be given is not."""
    return f'{name} is required: add "{field}" under `fields`.'


def off_screen(field: str, told: JiraConfiguration) -> str:
    """A field that is given can't be."""
    if field in told.fields:
        return (
            f'"{field}" can\'t be set for {told.issue_type}: take it out of `fields`, or put it on its create screen.'
        )
    return f"{field} is not on the create screen of {told.issue_type}: put it there, Muster needs it."


def _of_field(field: str, said: Any, told: JiraConfiguration) -> str:
    words = redacted(str(said)[:MOST]).rstrip(".")
    if words.endswith("is required"):
        return required(field, words.removesuffix(" is required"))
    if "cannot be set" in words:
        return off_screen(field, told)
    mend = " Correct it under `fields`." if field in told.fields else ""
    return f"{field}: {words}.{mend}"
