"""What a page tells its person, read in one snapshot."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from actions.paging.links import link_of
from auth.actor import SYSTEM
from auth.visibility import visible_to
from core.db import Reader
from core.secrets import Secrets
from jobs.scene import Scene, scene_of
from models.incident import Incident
from models.paging.contact import ContactMethod
from models.paging.run import Page, PageAttempt
from models.person import User


@dataclass(frozen=True, slots=True)
class PageScene:
    """A page as it is sent: what it says, and to whom."""

    scene: Scene
    person: User
    address: str | None
    """Where to, if not to the address of their account."""
    key: str
    """What it is known by, the same for each resend."""


async def read_page_scene(reader: Reader, secrets: Secrets, attempt_id: int, base_url: str) -> PageScene:
    """The scene of an attempt at a page. LookupError if there is none."""
    mine = select(Page).join(PageAttempt, PageAttempt.page_id == Page.id).where(PageAttempt.id == attempt_id)
    page = await reader.row(Page, mine)
    if page is None:
        raise LookupError(f"there is no attempt {attempt_id} at a page")
    incident = await reader.row(Incident, select(Incident).where(Incident.id == page.incident_id, visible_to(SYSTEM)))
    person = await reader.row(User, select(User).where(User.id == page.user_id))
    if incident is None or person is None:
        raise LookupError(f"page {page.id} has no incident or no person")
    told = await scene_of(reader, incident, base_url, _sentence(page, reader.clock.now()))
    answered = link_of(secrets, base_url, page.id, page.created_at)
    tone = told.tone if told.severity is not None else "serious"
    scene = replace(told, tone=tone, url=answered, incident_url=told.url)
    sealed = await reader.scalar(
        select(ContactMethod.sealed_address)
        .join(PageAttempt, PageAttempt.method_id == ContactMethod.id)
        .where(PageAttempt.id == attempt_id)
    )
    address = secrets.open(sealed) if sealed else None
    return PageScene(scene, person, address, f"{incident.reference.lower()}.page-{attempt_id}")


def _sentence(page: Page, moment: datetime) -> str:
    minutes = int((moment - page.created_at).total_seconds()) // 60
    since = f" You were asked {minutes} min ago." if minutes else ""
    if page.step == 0:
        return f"Nobody else answered: you are the last resort.{since}"
    if page.step > 1 or page.round:
        return f"Nobody before you answered: you are needed now.{since}"
    return f"You are needed now.{since}"
