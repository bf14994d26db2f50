"""How far the first set-up is: nearly all of it follows from what there is."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, select, text

from actions.outward.vendors import VENDORS, Port
from actions.setting_up import ALL, STEPS
from auth.permission import Permission, require
from auth.visibility import visible_alerts, visible_to
from models.alert import Alert, AlertSource
from models.delivery import TRIAL_SQL, Delivery
from models.incident import Incident
from models.integration import Integration
from models.logo import PageLogo
from models.organisation import Organisation
from models.person import Team
from models.service import Component, Service
from models.setup import SetupSkip
from models.words import DeliveryState
from resolvers.context import Context

UNNAMED = "Our organisation"
"""What the first migration calls it."""
TRIALS, DRILLS = text(TRIAL_SQL), text("incident.kind = 'DRILL'")
"""Written out, so that the planner knows the index."""
ARRIVED = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class Progress:
    """Which steps are done, and which were passed over."""

    done: frozenset[str]
    skipped: frozenset[str]
    dismissed: bool
    """Whether nobody is to be reminded of it."""

    @property
    def left(self) -> list[str]:
        """The steps that are neither, in their order."""
        return [step for step in STEPS if step not in self.done | self.skipped]


async def progress(ctx: Context) -> Progress:
    """How far it is, in one statement. Needs ADMINISTER."""
    require(ctx.actor, Permission.ADMINISTER)
    facts = {step: condition.label(step) for step, condition in _conditions(ctx).items()}
    skipped = select(func.coalesce(func.jsonb_agg(SetupSkip.step), func.jsonb_build_array())).scalar_subquery()
    (row,) = await ctx.reader.execute(select(*facts.values(), skipped.label("skipped")))
    passed = frozenset(row.skipped)
    return Progress(
        done=frozenset(step for step in STEPS if getattr(row, step)),
        skipped=passed & frozenset(STEPS),
        dismissed=ALL in passed,
    )


def _conditions(ctx: Context) -> dict[str, ColumnElement[bool]]:
    """What tells that each step is done."""
    chats = [vendor.key for vendor in VENDORS.values() if Port.CHAT in vendor.ports]
    sent = Delivery.state.in_(ARRIVED)
    trial = and_(TRIALS, sent)
    team = exists(select(1).where(Team.archived_at.is_(None)))
    service = exists(select(1).where(Service.archived_at.is_(None)))
    coloured = exists(select(1).where(Organisation.accent_light.is_not(None) | Organisation.accent_dark.is_not(None)))
    return {
        "organisation": exists(select(1).where(Organisation.name != UNNAMED)),
        "team": and_(team, service),
        "components": exists(select(1).where(Component.archived_at.is_(None))),
        "look": coloured | exists(select(1).select_from(PageLogo)),
        "mail": exists(select(1).select_from(Delivery).where(trial)),
        "chat": exists(select(1).where(Integration.vendor.in_(chats), Integration.archived_at.is_(None))),
        "alerts": exists(select(1).where(AlertSource.last_seen_at.is_not(None))),
        "drill": exists(select(1).select_from(Incident).where(DRILLS, visible_to(ctx.actor))),
    }


async def last_trial(ctx: Context) -> Delivery | None:
    """The newest test mail of the viewer."""
    mine = (TRIALS, Delivery.user_id == ctx.actor.user_id)
    return await ctx.reader.row(Delivery, select(Delivery).where(*mine).order_by(Delivery.id.desc()).limit(1))


async def newest_alerts(ctx: Context, sources: Sequence[AlertSource], *, most: int = 3) -> list[list[Alert]]:
    """The newest alerts of each source that the viewer may see."""
    keys = [source.id for source in sources]
    age = func.row_number().over(partition_by=Alert.source_id, order_by=Alert.id.desc()).label("age")
    ranked = select(Alert.id, age).where(Alert.source_id.in_(keys), visible_alerts(ctx.actor)).subquery()
    newest = select(Alert).join(ranked, ranked.c.id == Alert.id).where(ranked.c.age <= most).order_by(Alert.id.desc())
    rows = await ctx.reader.rows(Alert, newest)
    return [[row for row in rows if row.source_id == key] for key in keys]
