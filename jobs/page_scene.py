"""What a page tells its person, read in one snapshot."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from actions.paging.links import link_of
from auth.actor import SYSTEM
from auth.visibility import visible_to
from core.db import Reader
from core.ids import encode
from core.secrets import Secrets
from jobs.scene import Scene, name_of_organisation, scene_of
from models.alert import Alert
from models.incident import Incident
from models.paging.contact import ContactMethod
from models.paging.run import Page, PageAttempt, PagingRun
from models.paging.words import Urgency
from models.person import User
from models.service import Service
from models.severity import Severity, SeverityVersion


@dataclass(frozen=True, slots=True)
class PageScene:
    """A page as it is sent: what it says, and to whom."""

    scene: Scene
    person: User
    address: str | None
    """Where to, if not to the address of their account."""
    key: str
    """What it is known by, the same for each resend."""
    folder: str = "page"
    """The templates of its mail."""

    @property
    def title(self) -> str:
        """What it is about, in one line."""
        scene = self.scene
        named = () if scene.asks_until or self.folder != "page" else (scene.reference,)
        head = " ".join((*(("DRILL",) if scene.drill else ()), *named, *((scene.severity,) if scene.severity else ())))
        question = "Is it an incident? " if scene.asks_until else ""
        return f"{question}{head}: {scene.title}" if head else f"{question}{scene.title}"


async def read_page_scene(reader: Reader, secrets: Secrets, attempt_id: int, base_url: str) -> PageScene:
    """The scene of an attempt at a page. LookupError if there is none."""
    mine = select(Page).join(PageAttempt, PageAttempt.page_id == Page.id).where(PageAttempt.id == attempt_id)
    page = await reader.row(Page, mine)
    if page is None:
        raise LookupError(f"there is no attempt {attempt_id} at a page")
    person = await reader.row(User, select(User).where(User.id == page.user_id))
    if person is None:
        raise LookupError(f"page {page.id} has no person")
    sentence = _sentence(page, reader.clock.now())
    if page.incident_id is not None:
        told, folder = await _of_incident(reader, page.incident_id, base_url, sentence), "page"
        name = told.reference.lower()
    else:
        (told, name), folder = await _of_alert(reader, page.run_id, base_url, sentence), "page_alert"
    answered = link_of(secrets, base_url, page.id, page.created_at)
    scene = replace(told, url=answered, incident_url=told.url)
    sealed = await reader.scalar(
        select(ContactMethod.sealed_address)
        .join(PageAttempt, PageAttempt.method_id == ContactMethod.id)
        .where(PageAttempt.id == attempt_id)
    )
    address = secrets.open(sealed) if sealed else None
    return PageScene(scene, person, address, f"{name}.page-{attempt_id}", folder)


async def _of_incident(reader: Reader, incident_id: int, base_url: str, sentence: str) -> Scene:
    incident = await reader.row(Incident, select(Incident).where(Incident.id == incident_id, visible_to(SYSTEM)))
    if incident is None:
        raise LookupError(f"there is no incident {incident_id}")
    told = await scene_of(reader, incident, base_url, sentence)
    return replace(told, tone=told.tone if told.severity is not None else "serious")


async def _of_alert(reader: Reader, run_id: int, base_url: str, sentence: str) -> tuple[Scene, str]:
    """The first alert of a run, and how many others there are; with what makes Message-IDs."""
    run = await reader.row(PagingRun, select(PagingRun).where(PagingRun.id == run_id))
    alert = await reader.row(Alert, select(Alert).where(Alert.id == (run.alert_id if run is not None else None)))
    if run is None or alert is None:
        raise LookupError(f"run {run_id} has no alert")
    others = (await reader.scalar(select(func.count()).where(Alert.paging_run_id == run_id)) or 1) - 1
    service = await reader.scalar(select(Service.name).where(Service.id == alert.service_id))
    severity = await reader.scalar(
        select(SeverityVersion.name)
        .join(Severity, Severity.current_version_id == SeverityVersion.id)
        .where(Severity.id == run.plan["severity_id"])
    )
    more = f" {others} other{'s' if others > 1 else ''} came with it." if others else ""
    name = f"alert.{alert.id}"
    scene = Scene(
        organisation=await name_of_organisation(reader),
        reference=name,
        title=alert.title,
        severity=severity,
        tone="serious" if run.plan["urgency"] == Urgency.HIGH else "plain",
        services=(service,) if service is not None else (),
        detected_at=alert.starts_at,
        sentence=f"{sentence}{more}",
        url=f"{base_url}/console/alerts/{encode('Alert', alert.id)}",
        asks_until=run.asks_until,
    )
    return scene, name


def _sentence(page: Page, moment: datetime) -> str:
    minutes = int((moment - page.created_at).total_seconds()) // 60
    since = f" You were asked {minutes} min ago." if minutes else ""
    if page.step == 0:
        return f"Nobody else answered: you are the last resort.{since}"
    if page.step > 1 or page.round:
        return f"Nobody before you answered: you are needed now.{since}"
    return f"You are needed now.{since}"
