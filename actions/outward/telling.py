"""What the timeline tells of what was done at vendors, or could not be."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.bound import find_bound
from actions.record import record
from actions.workflows.outcomes import failed_for_now, settled
from auth.actor import SYSTEM
from auth.visibility import visible_action_items
from core.ids import encode
from models.facts.learning import ActionItemTicketFailed, ActionItemTicketOpened
from models.facts.outward import OutwardDone, OutwardFailed
from models.incident import Incident
from models.integration import FOLLOWING, QUIET, Integration, OutwardAction
from models.postmortem import ActionItem
from models.words import OutwardState


async def locked(session: AsyncSession, action_id: int) -> tuple[Integration, OutwardAction]:
    """An action and its integration, locked in the order that holds everywhere: the integration first."""
    key = select(OutwardAction.integration_id).where(OutwardAction.id == action_id).scalar_subquery()
    integration = (await session.scalars(select(Integration).where(Integration.id == key).with_for_update())).one()
    action = await session.get_one(OutwardAction, action_id, with_for_update=True, populate_existing=True)
    return integration, action


async def locked_subject(
    session: AsyncSession, incident_id: int | None, action_item_id: int | None
) -> tuple[Incident | None, ActionItem | None]:
    """The incident that something is for, locked; the action item, and its incident if it has one."""
    if action_item_id is None:
        return await session.get_one(Incident, incident_id, with_for_update=True), None
    reference = encode("ActionItem", action_item_id)
    visible = visible_action_items(SYSTEM)
    found = await find_bound(session, SYSTEM, ActionItem, reference, visible, noun="action item")
    return found.incident, found.row


def tell_done(
    session: AsyncSession,
    incident: Incident | None,
    item: ActionItem | None,
    action: OutwardAction,
    url: str | None,
    uninvited: Sequence[int],
    flaws: Sequence[str] = (),
) -> None:
    """The timeline tells what was done and where it is; who could not be invited, and what was refused of it, once."""
    known = action.arguments.get("uninvited", [])
    new = [key for key in uninvited if key not in known]
    if new:
        action.arguments = {**action.arguments, "uninvited": [*known, *new]}
    refused = [words for words in flaws if words not in _flaws_told(action)]
    if refused or "flaws" in action.arguments:
        action.arguments = {**action.arguments, "flaws": list(flaws)}
    if action.verb in QUIET and not new and not refused:
        return
    where = action.integration_id
    if item is not None:
        opened = ActionItemTicketOpened(action_item_id=item.id, title=item.title, integration_id=where, url=url)
        record(session, SYSTEM, opened, incident=incident)
        return
    done = OutwardDone(
        action_id=action.id,
        integration_id=where,
        verb=action.verb,
        url=url,
        uninvited_user_ids=new,
        refused=" ".join(refused) or None,
    )
    record(session, SYSTEM, done, incident=incident)


def _flaws_told(action: OutwardAction) -> list[str]:
    """What the vendor refused last time, and when it was opened what this follows."""
    return [*action.arguments.get("flaws", []), *action.arguments.get("flaws_before", [])]


def tell_failed(
    session: AsyncSession, incident: Incident | None, item: ActionItem | None, action: OutwardAction, words: str
) -> None:
    """The timeline tells what could not be done; of what is done again and again not twice the same."""
    if action.arguments.get("failed") == words:
        return
    where = action.integration_id
    if item is not None:
        failed = ActionItemTicketFailed(action_item_id=item.id, title=item.title, integration_id=where, error=words)
        record(session, SYSTEM, failed, incident=incident)
        return
    fact = OutwardFailed(action_id=action.id, integration_id=where, verb=action.verb, error=words)
    record(session, SYSTEM, fact, incident=incident)


async def give_up(
    session: AsyncSession, incident: Incident | None, item: ActionItem | None, action: OutwardAction, words: str
) -> None:
    """It is not tried any more: the timeline and the steps that ordered it are told why."""
    action.state, action.error = OutwardState.FAILED, words
    tell_failed(session, incident, item, action, words)
    await settled(session, action)


def untold(action: OutwardAction) -> bool:
    """Whether nobody who works on it was told that it waits for somebody to mend something."""
    return action.verb not in FOLLOWING and "failed" not in action.arguments


async def tell_waiting(
    session: AsyncSession, incident: Incident | None, item: ActionItem | None, action: OutwardAction, words: str
) -> None:
    """The timeline tells that it can't be done until something is mended, once; steps that ordered it have failed.

    It is done when that is mended, which the timeline tells as well.
    """
    if untold(action):
        tell_failed(session, incident, item, action, words)
        action.arguments = {**action.arguments, "failed": words}
        action.error = words
        await failed_for_now(session, action)
