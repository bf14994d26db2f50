"""Whether issues can be opened in a repository of GitHub: one line for each thing that it needs."""

from actions.outward.checks import Check, Result
from integrations.failures import AuthExpired, Permanent, VendorError
from integrations.github_asking import Asking


async def examined(asking: Asking, labels: list[str]) -> list[Check]:
    """Look at the token, the repository, whether it takes issues from us, and the labels, in this order."""
    found: list[Check] = []
    try:
        await _look(asking, labels, found)
    except AuthExpired:
        found.append(Check("token", Result.WRONG, "GitHub does not accept this token: enter a new one."))
    except Permanent as error:
        found.append(Check("repository", Result.WRONG, error.words))
    except VendorError as error:
        found.append(Check("base_url", Result.WRONG, error.words))
    return found


async def _look(asking: Asking, labels: list[str], found: list[Check]) -> None:
    login = await asking.login()
    found.append(Check("token", Result.OK, f"GitHub knows it as {login or 'an app'}."))
    repository = (await asking.ask("GET", "")).body
    found.append(Check("repository", Result.OK, f"{repository['full_name']} is there."))
    if repository.get("archived"):
        words = f"{asking.repository} is archived, and takes no issues: unarchive it, or choose another."
        found.append(Check("issues", Result.WRONG, words))
    elif not repository.get("has_issues", True):
        words = f"{asking.repository} has no issues: switch them on in its settings."
        found.append(Check("issues", Result.WRONG, words))
    else:
        found.append(await _may_open(asking))
    # Without push access GitHub drops the labels of a new issue without a word.
    if labels and not repository.get("permissions", {}).get("push", True):
        words = "GitHub drops labels from whoever may not push: give the token's user the role Write."
        found.append(Check("labels", Result.MISSING, words))


async def _may_open(asking: Asking) -> Check:
    try:
        await asking.try_to_open()
    except AuthExpired:
        raise
    except Permanent as error:
        return Check("issues", Result.MISSING, error.words)
    return Check("issues", Result.OK, "It takes issues from this token.")
