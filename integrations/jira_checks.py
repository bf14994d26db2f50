"""Whether issues can be opened in a project of Jira with what we were told: one line for each thing that it needs."""

from typing import Any

from actions.outward.checks import Check, Result
from integrations.client import Answer, VendorClient
from integrations.failures import AuthExpired, Permanent, VendorError
from integrations.jira_configuration import OWN, JiraConfiguration
from integrations.jira_refusals import NOT_JIRA, no_project, no_type, off_screen, required

MOVES = "TRANSITION_ISSUES"
PERMISSIONS = {
    "BROWSE_PROJECTS": ("Browse Projects", "Muster finds its issues again by it"),
    "CREATE_ISSUES": ("Create Issues", "without it there are no issues"),
    MOVES: ("Transition Issues", "without it issues stay as they are, or set `closes_tickets` to false"),
    "LINK_ISSUES": ("Link Issues", "without it issues have the incident's address in their text alone"),
}
"""What the account may need to do in the project: how Jira's pages call it, and what for."""
GONE = frozenset({400, 403, 404})
MOST_PAGES = 10
"""Of fields, fifty on each: more has no create screen."""


async def examined(client: VendorClient, told: JiraConfiguration) -> list[Check]:
    """Look at the credentials, the project, the permissions there, the issue type and its fields, in this order."""
    try:
        await _get(client, "/myself")
    except AuthExpired:
        words = f"Jira does not accept this token for {told.email}: enter a new one."
        return [Check("token", Result.WRONG, words)]
    except VendorError as error:
        return [Check("base_url", Result.WRONG, error.words)]
    found = [Check("token", Result.OK, f"Jira knows {told.email}.")]
    try:
        await _project(client, told, found)
    except VendorError as error:
        found.append(Check("base_url", Result.WRONG, error.words))
    return found


async def _get(
    client: VendorClient, path: str, asked: dict[str, str] | None = None, *, expected: frozenset[int] = frozenset()
) -> Answer:
    """An answer with an object; VendorError."""
    answer = await client.ask("GET", f"/rest/api/3{path}", params=asked, once=False, expected=expected)
    if answer.good and not isinstance(answer.body, dict):
        raise Permanent(NOT_JIRA)
    return answer


async def _project(client: VendorClient, told: JiraConfiguration, found: list[Check]) -> None:
    answer = await _get(client, f"/project/{told.project}", expected=GONE)
    if not answer.good:
        found.append(Check("project", Result.WRONG, no_project(told)))
        return
    found.append(Check("project", Result.OK, f"{answer.body.get('name', told.project)} is there."))
    found += await _permissions(client, told)
    types = [each for each in answer.body.get("issueTypes", []) if not each.get("subtask")]
    chosen = next((each for each in types if each["name"] == told.issue_type), None)
    if chosen is None:
        found.append(Check("issue_type", Result.WRONG, no_type(told, [each["name"] for each in types])))
        return
    found.append(Check("issue_type", Result.OK, f"{told.issue_type} is there."))
    found += await _fields(client, told, str(chosen["id"]))


async def _permissions(client: VendorClient, told: JiraConfiguration) -> list[Check]:
    asked = {"projectKey": told.project, "permissions": ",".join(PERMISSIONS)}
    answer = await _get(client, "/mypermissions", asked)
    held = answer.body.get("permissions", {})
    checks = []
    for key, (name, why) in PERMISSIONS.items():
        if key == MOVES and not told.closes_tickets:
            continue
        if held.get(key, {}).get("havePermission"):
            checks.append(Check(key, Result.OK, f"{told.email} has it."))
        else:
            words = f"Give {told.email} the permission {name} in {told.project}: {why}."
            checks.append(Check(key, Result.MISSING, words))
    return checks


async def _fields(client: VendorClient, told: JiraConfiguration, kind: str) -> list[Check]:
    screen = await _screen(client, told, kind)
    if screen is None:
        # Who may not create sees no create screen; the permission has its own line.
        return []
    given = OWN | told.fields.keys()
    missing = [
        Check(key, Result.MISSING, required(key, str(field.get("name", key))))
        for key, field in screen.items()
        if field.get("required") and not field.get("hasDefaultValue") and key not in given
    ]
    wrong = [Check(key, Result.WRONG, off_screen(key, told)) for key in sorted(given - screen.keys() - {"project"})]
    return missing + wrong or [Check("fields", Result.OK, "Everything that is required is known.")]


async def _screen(client: VendorClient, told: JiraConfiguration, kind: str) -> dict[str, Any] | None:
    """The fields of the create screen by id; None if Jira shows none."""
    path = f"/issue/createmeta/{told.project}/issuetypes/{kind}"
    fields: dict[str, Any] = {}
    for _ in range(MOST_PAGES):
        asked = {"startAt": str(len(fields)), "maxResults": "50"}
        answer = await _get(client, path, asked, expected=GONE)
        page = answer.body.get("fields", []) if answer.good else []
        fields |= {field.get("fieldId") or field["key"]: field for field in page}
        if not page or len(fields) >= answer.body.get("total", 0):
            break
    return fields or None
