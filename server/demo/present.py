"""Now: customers can't pay. Three roles are held, the Scribe is missing, a promise is open."""

from datetime import timedelta

from actions.declarations import declare_incident
from actions.entries import add_entry
from actions.linked_changes import link_change
from actions.roles import assign_role
from actions.tasks import add_task, claim_task
from actions.update_parts import ClaimInput
from actions.updates import publish_update
from core import ids
from models.words import Audience, ComponentStatus, EntryKind, PublicStatus
from server.demo.story import Story

MAJOR, PARTIAL = ComponentStatus.MAJOR_OUTAGE, ComponentStatus.PARTIAL_OUTAGE


async def tell_the_present(story: Story, components: dict[str, str]) -> str:
    """Checkout is down since an hour; the reference of the incident."""
    story.at(minutes=60)
    row = await story.do(
        declare_incident,
        "teo",
        title="payment-gateway refuses the start of every payment",
        public_title="Orders can’t be placed",
        severity="SEV1",
        summary="Since the release of 02:35 every payment fails with 502. Browsing works.",
        services=["checkout-api", "payment-gateway"],
        impact_started_at=story.when(minutes=63),
        labels={"region": "eu-1", "release": "payment-gateway 4.12.0"},
    )
    reference = row.reference
    for role, person in (("commander", "ines"), ("technical_lead", "teo"), ("communications_lead", "sofia")):
        story.at(minutes=59)
        await story.do(assign_role, "teo", incident=reference, role=role, user=story.id_of(person))
    await story.do(
        link_change,
        "teo",
        incident=reference,
        url="https://ci.quillhaven.example/payment-gateway/4.12.0",
        title="payment-gateway 4.12.0",
        happened_at=story.when(minutes=65),
    )
    await _say(
        story,
        reference,
        52,
        status=PublicStatus.INVESTIGATING,
        words="Customers can’t complete an order. Our team is on it.",
        claims={components["Checkout"]: MAJOR, components["Payments"]: PARTIAL},
    )
    await _write(
        story, "maja", reference, 47, EntryKind.OBSERVATION, "All failing calls go through the new token cache."
    )
    story.at(minutes=45)
    roll_back = await story.do(add_task, "ines", incident=reference, title="Roll payment-gateway back to 4.11.3")
    await story.do(add_task, "ines", incident=reference, title="Find out which orders were charged")
    story.at(minutes=44)
    await story.do(claim_task, "teo", task=ids.encode("Task", roll_back.id))
    await _write(story, "ines", reference, 43, EntryKind.DECISION, "Roll back first, understand later.", pinned=True)
    await _say(
        story,
        reference,
        27,
        status=PublicStatus.IDENTIFIED,
        words="The fault is in the step between your basket and the payment page. It touches all ways to pay."
        " Confirmation mail is delayed, not lost.",
        claims={components["Order confirmation mail"]: ComponentStatus.DEGRADED_PERFORMANCE},
    )
    await _write(
        story, "teo", reference, 12, EntryKind.ACTION, "4.11.3 is on one of four servers; payments go through."
    )
    await _say(
        story,
        reference,
        6,
        status=PublicStatus.IDENTIFIED,
        words="We are going back to the version of yesterday. **One in four servers is back**; orders placed there"
        " go through. Failed orders have not been charged.",
        claims={},
        promise=20,
    )
    return reference


async def _write(
    story: Story, who: str, reference: str, minutes: float, kind: EntryKind, words: str, *, pinned: bool = False
) -> None:
    story.at(minutes=minutes)
    await story.do(add_entry, who, incident=reference, kind=kind, text=words, pinned=pinned)


async def _say(
    story: Story,
    reference: str,
    minutes: float,
    *,
    status: PublicStatus,
    words: str,
    claims: dict[str, ComponentStatus],
    promise: float | None = None,
) -> None:
    story.at(minutes=minutes)
    await story.do(
        publish_update,
        "sofia",
        incident=reference,
        audience=Audience.PUBLIC,
        status=status,
        body=words,
        components=[ClaimInput(component, state) for component, state in claims.items()],
        next_update_by=story.end + timedelta(minutes=promise) if promise else None,
    )
