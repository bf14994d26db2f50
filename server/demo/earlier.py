"""Four incidents of the past months, inside the house: what metrics, factors and incidents that look alike rest on."""

from dataclasses import dataclass
from datetime import timedelta

from actions.action_items import add_action_item, change_action_item
from actions.declarations import declare_incident
from actions.linked_changes import link_change
from actions.postmortems.assembly import assemble_postmortem
from actions.postmortems.changes import publish_postmortem
from actions.postmortems.factors import choose_factors
from actions.roles import assign_role
from actions.stages import change_stage
from core import ids
from models.words import ActionItemKind, ActionItemState, Stage
from server.demo.story import Story


@dataclass(slots=True)
class Factor:
    """What contributed, as `choose_factors` takes it."""

    kind: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """An incident that is over: how many days ago, how many minutes it took, and what became of it."""

    days: int
    lasted: int
    severity: str
    title: str
    service: str
    commander: str
    lead: str
    team: str
    factor: Factor
    item: str
    item_kind: ActionItemKind
    done: bool = True
    change: str | None = None


EARLIER = (
    Earlier(
        *(83, 96, "SEV1", "payment-gateway refuses every payment since its release", "payment-gateway"),
        *("ines", "teo", "payments"),
        Factor("change", "The release went to all servers at once."),
        *("Release payment-gateway to one server first", ActionItemKind.MITIGATE),
        done=False,
        change="payment-gateway 4.8.0",
    ),
    Earlier(
        *(67, 35, "SEV3", "Search is slow in the web storefront", "web", "sofia", "ravi", "storefront"),
        Factor("capacity", "The index was rebuilt at the busiest hour."),
        *("Rebuild the search index at night", ActionItemKind.PREVENT),
    ),
    Earlier(
        *(52, 41, "SEV2", "Checkout times out while the database has no connections left", "checkout-api"),
        *("maja", "teo", "payments"),
        Factor("detection", "Nothing watched how many connections were left."),
        *("Alert when nine in ten connections are used", ActionItemKind.DETECT),
    ),
    Earlier(
        *(34, 22, "SEV3", "Order confirmation mail is sent twice", "notifier", "lena", "kenji", "platform"),
        Factor("testing", "Repeated deliveries were never tried."),
        *("Try repeated deliveries before each release", ActionItemKind.PROCESS),
    ),
)


async def tell_of_earlier(story: Story) -> None:
    """Each of them from the declaration to the end, with its postmortem and its action item."""
    for each in EARLIER:
        await _tell(story, each)


async def _tell(story: Story, each: Earlier) -> None:
    began = each.lasted + 6
    story.at(days=each.days, minutes=each.lasted)
    row = await story.do(
        declare_incident,
        each.lead,
        title=each.title,
        severity=each.severity,
        services=[each.service],
        impact_started_at=story.when(days=each.days, minutes=began),
    )
    reference = row.reference
    for role, person in (("commander", each.commander), ("technical_lead", each.lead)):
        await story.do(assign_role, each.lead, incident=reference, role=role, user=story.id_of(person))
    if each.change is not None:
        url = f"https://ci.quillhaven.example/{each.change.replace(' ', '/')}"
        made = story.when(days=each.days, minutes=began + 2)
        await story.do(link_change, each.lead, incident=reference, url=url, title=each.change, happened_at=made)
    story.at(days=each.days, minutes=each.lasted / 3)
    await story.do(change_stage, each.commander, incident=reference, stage=Stage.MITIGATION)
    story.at(days=each.days)
    await story.do(change_stage, each.commander, incident=reference, stage=Stage.RESOLUTION)
    await assemble_postmortem(story.database, row.id)
    story.at(days=each.days - 2)
    await story.do(change_stage, each.commander, incident=reference, stage=Stage.POSTMORTEM)
    await story.do(choose_factors, each.commander, incident=reference, factors=[each.factor], expected_version=1)
    item = await story.do(
        add_action_item,
        each.commander,
        incident=reference,
        title=each.item,
        owner=each.team,
        priority=2,
        kind=each.item_kind,
    )
    await story.do(publish_postmortem, "ines", incident=reference)
    if each.done:
        story.clock.moment += timedelta(days=11)
        key = ids.encode("ActionItem", item.id)
        await story.do(change_action_item, each.lead, action_item=key, state=ActionItemState.DONE)
        await story.do(change_stage, "ines", incident=reference, stage=Stage.CLOSED)
