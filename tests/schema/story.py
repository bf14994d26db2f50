"""An incident in full, for tests of what the API shows of it: everything that can hang on one hangs on it."""

from datetime import date, timedelta
from types import SimpleNamespace

from actions.action_items import add_action_item
from actions.declarations import declare_incident
from actions.entries import add_entry, pin_event
from actions.roles import assign_role
from actions.tasks import add_task, claim_task
from actions.updates import publish_update
from core.ids import encode
from models.alert import Alert, AlertSource, RoutingRule
from models.delivery import Delivery, Webhook
from models.postmortem import Postmortem, PostmortemSection, Statement
from models.words import (
    AlertState,
    Audience,
    ComponentStatus,
    CreateIncident,
    DeliveryState,
    EntryKind,
    PostmortemStatus,
    PublicStatus,
)

DOZEN = 12


async def tell(world, *, title="Checkout is slow", severity="SEV1", **given):
    """Declare an incident and work on it. The names that its parts are asked for by are on what is returned."""
    do, ben = world.do, world.ben
    incident = await do(declare_incident, ben, title=title, severity=severity, services=["checkout-api"], **given)
    ref = incident.reference
    await do(assign_role, ben, incident=ref, role="commander", user=world.id_of("ben"))
    await do(assign_role, ben, incident=ref, role="commander", user=world.id_of("chi"))
    await do(assign_role, ben, incident=ref, role="scribe", user=world.id_of("dov"))
    happened = world.clock.now() - timedelta(hours=1)
    notes = [
        await do(add_entry, ben, incident=ref, kind=EntryKind.NOTE, text=f"Note {n}", occurred_at=happened)
        for n in range(DOZEN)
    ]
    await do(pin_event, ben, event=encode("Event", notes[3].id), pinned=True)
    task = await do(add_task, ben, incident=ref, title="Roll back")
    await do(claim_task, ben, task=encode("Task", task.id))
    await do(add_task, ben, incident=ref, title="Call the provider")
    update = await _say(world, ref)
    item = await do(add_action_item, ben, incident=ref, title="Add a limit", owner="payments", due_on=date(2026, 12, 1))
    rows = await do(_rest, incident.id, notes[0].id, world.clock.now())
    return SimpleNamespace(incident=incident, ref=ref, notes=notes, task=task, update=update, item=item, **rows)


async def _say(world, ref):
    given = {"incident": ref, "body": "We look into it.", "notify": False}
    if (await world.incident(int(ref[4:]))).private:
        return await world.do(publish_update, world.ben, audience=Audience.INTERNAL, **given)
    checkout = SimpleNamespace(
        component=encode("Component", world.components["checkout"].id), status=ComponentStatus.PARTIAL_OUTAGE
    )
    return await world.do(
        publish_update,
        world.ben,
        audience=Audience.PUBLIC,
        status=PublicStatus.INVESTIGATING,
        public_title="Payments fail",
        components=[checkout],
        **given,
    )


async def _rest(session, incident_id, event_id, moment):
    """What jobs and hooks would add: an alert with its source and rule, a webhook and a delivery, a postmortem."""
    source = AlertSource(
        kind="alertmanager", name=f"Production {incident_id}", key_digest=f"{incident_id}".encode(), created_at=moment
    )
    rule = RoutingRule(
        position=incident_id,
        name="Everything",
        matchers={"severity": "critical"},
        severity_id=1,
        service_id=1,
        create_incident=CreateIncident.ALWAYS,
        created_at=moment,
    )
    webhook = Webhook(url=f"https://hooks.example/{incident_id}", kinds=[], sealed_secret=b"sealed", created_at=moment)
    postmortem = Postmortem(incident_id=incident_id, status=PostmortemStatus.DRAFT, created_at=moment)
    session.add_all([source, rule, webhook, postmortem])
    await session.flush()
    alert = Alert(
        source_id=source.id,
        fingerprint="f00d",
        group_key="g",
        title="Latency",
        state=AlertState.FIRING,
        count=3,
        starts_at=moment,
        first_seen_at=moment,
        last_seen_at=moment,
        labels={"job": "api"},
        annotations={},
        incident_id=incident_id,
    )
    delivery = Delivery(
        event_id=event_id,
        incident_id=incident_id,
        channel="mail",
        template="declared",
        to="chi@quillhaven.example",
        state=DeliveryState.SENT,
        attempts=1,
        created_at=moment,
        sent_at=moment,
    )
    section = PostmortemSection(
        postmortem_id=postmortem.id, key="summary", title="Summary", position=0, generated="Slow.", edited="Very slow."
    )
    statement = Statement(
        postmortem_id=postmortem.id, section="summary", position=0, text="Slow.", generated=True, source_ids=[event_id]
    )
    session.add_all([alert, delivery, section, statement])
    await session.flush()
    return {"source": source, "rule": rule, "webhook": webhook, "postmortem": postmortem, "alert": alert} | {
        "delivery": delivery
    }


async def one(client, story, selection, by="ben"):
    """A selection of the incident, as somebody sees it."""
    data = await client.ask(f"query($r: String!) {{ incident(ref: $r) {{ {selection} }} }}", {"r": story.ref}, by=by)
    return data["incident"]
