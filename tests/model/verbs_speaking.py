"""The model's verbs of communication: what the Communications Lead says, to colleagues and to customers."""

from tests.model.nouns import CONFLICT, INVALID, NOT_FOUND, OVER, Update, refuse
from tests.model.verbs_stages import blank


def publish_update(c, who, given):
    """PUBLIC is refused on private incidents and drills; after the end, customers are told that it is over or nothing.

    A merged incident speaks no more, but for the final word of a public thread that is still open.
    """
    c.permit(who)
    found, public = c.incident(who, given["incident"]), given["audience"] == "PUBLIC"
    final = public and given.get("status") == "RESOLVED"
    refuse(
        *_parts(c, given, public=public),
        c.no_incident(found, given["incident"]),
        (found and public and (found.private or found.kind == "DRILL"), CONFLICT, "incident"),
        (found and found.stage == "MERGED" and not (final and found.thread_open), CONFLICT, "incident"),
        (found and found.stage in OVER and public and not final, CONFLICT, "status"),
    )
    title = given.get("publicTitle")
    if title is not None and title != found.public_title:
        found.public_title = title
        found.version += 1
        c.log(who, "incident.edited", found)
    said = {claim["component"]: claim["status"] for claim in given.get("components") or []}
    update = Update(found, given["audience"], given.get("status"), given["body"], who, c.now, said)
    found.updates.append(update)
    c.log(who, "update.published", found)
    c.retell(who, found)
    return update


def _parts(c, given, *, public):
    """The reasons that parts of an update don't go together."""
    status, promise, claims = given.get("status"), given.get("nextUpdateBy"), given.get("components") or []
    over = status == "RESOLVED"
    keys = [claim["component"] for claim in claims]
    return [
        blank(given, "body"),
        blank(given, "publicTitle"),
        (public and status is None, INVALID, "status"),
        (not public and given.get("publicTitle") is not None, INVALID, "publicTitle"),
        (not public and claims, INVALID, "components"),
        (over and promise, INVALID, "nextUpdateBy"),
        (promise and c.past(given, "nextUpdateBy") < c.now, INVALID, "nextUpdateBy"),
        *((key in keys[:i], INVALID, f"components.{i}.component") for i, key in enumerate(keys)),
        *((over and x["status"] != "OPERATIONAL", INVALID, f"components.{i}.status") for i, x in enumerate(claims)),
    ]


def _update(c, who, ref):
    update = next((u for i in c.incidents for u in i.updates if u.id == ref), None)
    return update if update is not None and c.sees(who, update.incident) else None


def edit_update(c, who, given):
    c.permit(who)
    update = _update(c, who, given["update"])
    refuse(
        blank(given, "body"),
        (update is None, NOT_FOUND, "update"),
        (update and update.withdrawn, CONFLICT, "update"),
    )
    if update.body != given["body"]:
        update.body, update.edited = given["body"], c.now
        c.log(who, "update.edited", update.incident)
    return update


def withdraw_update(c, who, given):
    """Refused on a private incident whose public thread would be open again by it."""
    c.permit(who)
    update = _update(c, who, given["update"])
    left = [u for u in update.incident.standing if u is not update] if update else []
    opens = update and update.audience == "PUBLIC" and not update.withdrawn and left and left[-1].status != "RESOLVED"
    refuse(
        blank(given, "reason"),
        (update is None, NOT_FOUND, "update"),
        (opens and update.incident.private, CONFLICT, "update"),
    )
    if update.withdrawn is None:
        update.withdrawn = c.now
        c.log(who, "update.withdrawn", update.incident)
        c.retell(who, update.incident)
    return update
