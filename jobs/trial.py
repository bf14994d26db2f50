"""What the mail tells by which an admin sees whether mail arrives."""

from sqlalchemy import select

from core.db import Reader
from jobs.scene import Scene, name_of_organisation
from models.delivery import TRIAL, Delivery
from models.person import User


async def read_trial(reader: Reader, delivery: Delivery, base_url: str) -> Scene | None:
    """The scene of such a mail, as it is now; None of any other mail."""
    if delivery.template != TRIAL:
        return None
    organisation = await name_of_organisation(reader)
    person = await reader.scalar(select(User.name).where(User.id == delivery.user_id)) or "Somebody"
    return Scene(
        organisation=organisation,
        reference=f"TEST-{delivery.id}",
        title="Mail from Muster arrives",
        tone="over",
        detected_at=delivery.created_at,
        sentence=f"{person} asked for this mail to see whether mail arrives. It does.",
        url=f"{base_url}/console/setup",
    )
