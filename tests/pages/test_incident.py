"""The incident page of the command centre, in each state in which it looks different."""

import pytest

from actions.declarations import declare_incident
from actions.endings import decline_incident
from actions.entries import add_entry
from actions.reports import report_incident
from actions.roles import assign_role
from actions.runbooks.opening import open_runbook
from actions.runbooks.saving import save_runbook
from actions.stages import change_stage
from actions.tasks import add_task, claim_task
from actions.updates import publish_update
from core.ids import encode
from models.words import Audience, EntryKind, IncidentKind, PublicStatus, Stage, Visibility
from tests.console.incident.channel import opened_for
from tests.pages.signed_in import cookies_of, on_plain_http
from tests.pages.stories import ADDRESS, ARABIC, CHINESE, MARKDOWN, UNBROKEN

__all__ = ["cookies_of"]
pytestmark = pytest.mark.slow
settings = on_plain_http


async def busy(world, clock):
    """An incident with a little of everything."""
    made = await world.do(
        declare_incident,
        world.ben,
        title="Checkout fails for every customer",
        severity="SEV1",
        services=["checkout-api"],
        labels={"region": "eu-1"},
        summary="Since the release of 02:41.",
    )
    ref = made.reference
    await world.do(assign_role, world.ben, incident=ref, role="commander", user=world.id_of("ben"))
    await world.do(save_runbook, world.ada, name="Payments are refused", body="1. Look\n\n- [ ] Call the bank")
    await world.do(open_runbook, world.ben, incident=ref, runbook="Payments are refused")
    await world.do(add_task, world.ben, incident=ref, title="Tell the payment provider")
    for kind in EntryKind:
        await world.do(add_entry, world.chi, incident=ref, kind=kind, text=f"A line of the kind **{kind}**.")
    clock.advance(minutes=9)
    said = {"status": PublicStatus.INVESTIGATING, "public_title": "Orders can't be placed"}
    await world.do(publish_update, world.ben, incident=ref, audience=Audience.PUBLIC, body="We look into it.", **said)
    await world.do(publish_update, world.ben, incident=ref, audience=Audience.INTERNAL, body="Support: use the macro.")
    channel = await opened_for(world, made)
    await channel.knows("U1", "Fay", "fay@nowhere.example")
    root = await channel.says(f"Look at {UNBROKEN[:150]}, <@U1>", author="U1")
    await channel.says("Empty", author="U1", thread=root)
    await channel.takes_back(await channel.says("Never mind", author="U1"))
    [task, *_] = await world.events(made.id, "task.added")
    await world.do(claim_task, world.ben, task=encode("Task", task.data["task_id"]))
    clock.advance(minutes=31)
    return made


@pytest.mark.parametrize("name", ["ben", "eve"])
async def test_in_the_middle_of_it(world, clock, product, inspect, cookies_of, name):
    made = await busy(world, clock)
    await inspect(
        f"{product}/console/incidents/{made.reference}",
        f"incident, busy, {name}",
        cookies=await cookies_of(name),
        whole=name == "ben",
    )


async def test_beside_it(world, clock, product, inspect, cookies_of):
    made = await busy(world, clock)
    cookies, here = await cookies_of("ben"), f"{product}/console/incidents/{made.reference}"
    for path in ("/give/commander", "/give/scribe", "/told", "/runbook/1", "?show=decisions", "?audience=INTERNAL"):
        await inspect(here + path, f"incident {path}", cookies=cookies)
    ada, [entry, *_] = await cookies_of("ada"), await world.events(made.id, "entry.added")
    for path in ("/erase", f"/erase/{encode('Event', entry.id)}"):
        await inspect(here + path, f"incident {path}", cookies=ada)
    await inspect(f"{product}/console/look", "time zone and theme", cookies=cookies)
    await inspect(f"{product}/console/incidents/INC-999", "incident, none", cookies=cookies, status=404)


async def test_before_and_after(world, clock, product, inspect, cookies_of):
    cookies = await cookies_of("ben")
    reported = await world.do(report_incident, world.ben, title="Something is slow")
    await inspect(f"{product}/console/incidents/{reported.reference}", "incident, detection", cookies=cookies)
    await world.do(decline_incident, world.ben, incident=reported.reference, reason="A test")
    await inspect(f"{product}/console/incidents/{reported.reference}", "incident, declined", cookies=cookies)
    drill = {"severity": "SEV2", "kind": IncidentKind.DRILL}
    made = await world.do(declare_incident, world.ben, title="Fire drill", **drill)
    for stage in (Stage.RESOLUTION, Stage.POSTMORTEM, Stage.CLOSED):
        clock.advance(minutes=7)
        await world.do(change_stage, world.ben, incident=made.reference, stage=stage)
    await inspect(f"{product}/console/incidents/{made.reference}", "incident, closed drill", cookies=cookies)


async def test_words_of_every_kind(world, product, inspect, cookies_of):
    made = await world.do(
        declare_incident,
        world.ben,
        title=f"{ARABIC} {UNBROKEN[:120]}",
        severity="SEV1",
        visibility=Visibility.PRIVATE,
        summary=f"{CHINESE} {ADDRESS}",
        labels={UNBROKEN[:60]: UNBROKEN[:60]},
    )
    ref = made.reference
    await world.do(add_task, world.ben, incident=ref, title=UNBROKEN[:150])
    for text in (MARKDOWN, UNBROKEN, ARABIC, CHINESE, f"<{ADDRESS}>"):
        await world.do(add_entry, world.ben, incident=ref, kind=EntryKind.NOTE, text=text)
    await inspect(
        f"{product}/console/incidents/{ref}", "incident, words of every kind", cookies=await cookies_of("ben")
    )
