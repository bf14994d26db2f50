"""What the mail tells by which an admin sees whether mail arrives."""

from sqlalchemy import select

from core.db import Reader
from jobs.scene import Scene
from models.delivery import TRIAL, Delivery
from models.organisation import Organisation
from models.person import User


async def read_trial(reader: Reader, delivery: Delivery, base_url: str) -> Scene | None:
    """The scene of such a mail, as it is now; None of any other mail."""
    if delivery.template != TRIAL:
        return None
    organisation = await reader.scalar(select(Organisation.name)) or "Muster"
    person = await reader.scalar(select(User.name).where(User.id == delivery.user_id)) or "Somebody"
    return Scene(
        organisation=organisation,
        reference=f"TEST-{delivery.id}",
        title="Mail from Muster arrives",
        drill=False,
        private=False,
        severity=None,
        tone="over",
        stage="",
        services=(),
        commander=None,
        detected_at=delivery.created_at,
        sentence=f"{person} asked for this mail to see whether mail arrives. It does.",
        roles=(),
        update=None,
        promised_by=None,
        audience=None,
        url=f"{base_url}/console/setup",
        public_url=None,
    )
