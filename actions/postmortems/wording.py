"""Asking a language model how sections of a postmortem could be worded. A job asks it (jobs.wording).

Optional: without an integration that has the port WORDING, nothing of this happens. What comes of it are suggestions,
which change nothing until a person accepts them.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.outward.settings import find_integration
from actions.outward.vendors import VENDORS, Port, ports_of
from actions.postmortems.assembly import sections_of
from actions.postmortems.changes import drafted
from actions.postmortems.writing import find_section
from actions.record import enqueue, now, record
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import conflict, invalid
from models.facts.learning import WordingAsked
from models.incident import Incident
from models.integration import Integration
from models.job import JobName
from models.postmortem import Postmortem, PostmortemSection
from models.words import PostmortemStatus, WordingState
from models.writing import WordingRequest

RECORDED = frozenset({"timeline", "alerts", "updates", "response_times", "action_items", "roles"})
"""Sections that are the record itself: there is nothing to word."""
MOST = 100
"""Requests for one postmortem."""
PATIENCE = timedelta(minutes=15)
"""After which nothing comes of a request any more: whoever waits may ask again."""


async def propose_wording(
    session: AsyncSession,
    actor: Actor,
    *,
    incident: str,
    sections: Sequence[str] | None = None,
    integration: str | None = None,
) -> Postmortem:
    """Have a language model propose how sections of an unpublished postmortem could read; None: all that can be worded.

    `integration`: which model, by key or id; by default the first that works. CONFLICT if there is none, if
    its credentials are not known, if it must not be told of a private incident, if it is being asked already, and once
    the postmortem is published. INVALID_INPUT for a section that is the record itself.
    """
    require(actor, Permission.READ)
    check.few(sections or (), "sections")
    target = await find_allowed(session, actor, Act.PROPOSE_WORDING, incident)
    postmortem = await drafted(session, target)
    if postmortem.status is PostmortemStatus.PUBLISHED:
        raise conflict(
            f"The postmortem of {target.reference} is published already.", field="incident", hint="Edit a section."
        )
    keys = _worded(await sections_of(session, postmortem), sections)
    account = await _account(session, integration)
    refuse_private(target, account)
    await _refuse_more(session, postmortem)
    row = WordingRequest(
        postmortem_id=postmortem.id,
        integration_id=account.id,
        sections=keys,
        author_kind=actor.kind,
        author_id=actor.id,
        asked_at=now(session),
        state=WordingState.ASKED,
    )
    session.add(row)
    await session.flush()
    record(session, actor, WordingAsked(integration_id=account.id, sections=keys), incident=target)
    enqueue(session, JobName.POSTMORTEM_WORD, wording_id=row.id)
    return postmortem


def _worded(present: dict[str, PostmortemSection], wanted: Sequence[str] | None) -> list[str]:
    """The keys of the sections that are to be worded, each once."""
    able = [key for key in present if key not in RECORDED]
    if wanted is None:
        return able
    if not wanted:
        raise invalid("sections", "No section is named.", "Name one, or leave `sections` out for all.")
    for place, key in enumerate(wanted):
        find_section(present, key, f"sections.{place}")
        if key in RECORDED:
            hint = f"Choose from: {', '.join(able)}."
            raise invalid(f"sections.{place}", f"The section {key} is the record itself.", hint)
    return list(dict.fromkeys(wanted))


async def _account(session: AsyncSession, reference: str | None) -> Integration:
    """The model that is asked. CONFLICT if there is none, or it does not know us."""
    if reference is not None:
        row = await find_integration(session, reference)
        if Port.WORDING not in ports_of(row.vendor, row.configuration):
            raise conflict(f"{row.name} is no language model.", field="integration", hint="Choose one with WORDING.")
    else:
        able = [vendor.key for vendor in VENDORS.values() if Port.WORDING in vendor.ports]
        own = select(Integration).where(Integration.vendor.in_(able), Integration.archived_at.is_(None))
        found = list(await session.scalars(own.order_by(Integration.id)))
        if not found:
            raise conflict(
                "No language model is connected.",
                field="integration",
                hint='An admin can connect one: saveIntegration(vendor: "language-model").',
            )
        working = [each for each in found if each.signed_out_at is None]
        well = [each for each in working if each.failing_since is None]
        # One that fails is still better than none: it may answer by the time it is asked.
        row = (well or working or found)[0]
        if not working and len(found) > 1:
            names = ", ".join(each.name for each in found)
            raise conflict(
                f"No language model knows our credentials any more: {names}.",
                field="integration",
                hint="Have an admin enter new ones for one of them.",
            )
    if row.signed_out_at is not None:
        raise conflict(
            f"{row.name} does not know our credentials any more.",
            field="integration",
            hint="Have an admin enter new ones.",
        )
    return row


def refuse_private(incident: Incident, account: Integration) -> None:
    """CONFLICT for a private incident, unless the configuration of the model says that it may be told of those."""
    if incident.private and not account.configuration.get("private_incidents"):
        raise conflict(
            f"{account.name} is told nothing of private incidents.",
            field="incident",
            hint="An admin can allow it: `private_incidents` in its configuration.",
        )


async def _refuse_more(session: AsyncSession, postmortem: Postmortem) -> None:
    own = WordingRequest.postmortem_id == postmortem.id
    under_way = (WordingRequest.state == WordingState.ASKED, WordingRequest.asked_at > now(session) - PATIENCE)
    if await session.scalar(select(WordingRequest.id).where(own, *under_way).limit(1)) is not None:
        raise conflict("A language model is being asked already.", field="incident", hint="Wait for its answer.")
    stale = update(WordingRequest).where(own, WordingRequest.state == WordingState.ASKED)
    await session.execute(stale.values(state=WordingState.FAILED, error="Nothing came of it.", done_at=now(session)))
    held = await session.scalar(select(func.count()).where(own))
    if held is not None and held >= MOST:
        raise conflict(f"It was asked {MOST} times already.", field="incident", hint="Edit a section instead.")
