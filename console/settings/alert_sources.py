"""Alert sources: where alerts come from. A source's key is shown once, with a line to try it by."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from starlette.responses import Response
from strawberry import ID

from actions.alerts.mail_patterns import FINGERPRINT, RESOLVE_WHEN
from actions.alerts.source_secrets import OVERLAP
from actions.alerts.sources import EMAIL, UNSIGNED, create_alert_source, save_alert_source
from auth.permission import Permission, may
from auth.visibility import visible_alerts
from console.desk import Desk
from console.fields import Fields
from console.settings import choices
from console.settings.areas import area_of
from console.settings.field import Field, Kind
from console.settings.frame import area_page
from console.settings.ledger import Act, Cells, Ledger
from console.settings.sample_alert import sample_alert
from console.settings.source_kinds import KINDS, tries, words_of
from core.errors import invalid
from core.ids import encode
from models.alert import Alert, AlertSource
from resolvers import alerts
from resolvers.context import Context
from resolvers.mutations.fields import hook_urls
from resolvers.mutations.perform import Given, Outcome
from resolvers.unread import bodies, unread_deliveries

NAMES = {kind: words.name for kind, words in KINDS.items()}
NEWEST = 5
LOOKED_AT = 500
"""Of how many of the newest alerts those of one source are shown: to see that they arrive, not to search for them."""
PATH = area_of("alert-sources").path


async def _cells(desk: Desk, rows: Sequence[Any]) -> list[Cells]:
    t = await desk.times()
    return [(words_of(row.kind).name, t.clock(row.last_seen_at) if row.last_seen_at else "Nothing yet") for row in rows]


async def _more(desk: Desk, row: Any) -> Mapping[str, Any]:
    newest = select(Alert.id).order_by(Alert.id.desc()).limit(LOOKED_AT)
    mine = (Alert.id.in_(newest), Alert.source_id == row.id, visible_alerts(desk.actor))
    return {
        "unread": await _unread(desk, row),
        "kind": words_of(row.kind),
        "unsigned": UNSIGNED.get(row.kind),
        "overlap": OVERLAP,
        "arrived": await desk.ctx.reader.rows(
            Alert, select(Alert).where(*mine).order_by(Alert.id.desc()).limit(NEWEST)
        ),
    }


async def _unread(desk: Desk, row: Any) -> Sequence[Any]:
    """What could not be read, with ids and bodies, for those who may look into it."""
    if not may(desk.actor, Permission.ADMINISTER):
        return []
    found = (await unread_deliveries(desk.ctx, source=ID(encode("AlertSource", row.id))))[:NEWEST]
    sent = await bodies(desk.ctx, found)
    names = [encode("UnreadDelivery", each.id) for each in found]
    return list(zip(found, names, sent, strict=True))


def use_of(desk: Desk, kind: str) -> str:
    """What to do with an address, and what is to be done before if nobody listens there."""
    use = KINDS[kind].use
    if kind == EMAIL and desk.runtime.settings.smtp_listen is None:
        return f"{use} Nobody listens for mail yet: set MUSTER_SMTP_LISTEN=host:port, and start Muster again."
    return use


async def _added(desk: Desk, fields: Fields, outcome: Outcome) -> Response:
    (address,) = await hook_urls(desk.ctx, [outcome])
    kind = fields["kind"].strip().lower()
    return await area_page(
        desk,
        SOURCES.area,
        "settings/secret.html",
        what="Address of the alert source",
        secret=address,
        sample=sample_alert(kind, address, desk.now) if address else None,
        tries=tries(kind),
        use=f"{use_of(desk, kind)} Whoever has the address can send alerts.",
        back=f"{PATH}/{encode('AlertSource', outcome.key)}",
        back_words="See what arrived",
    )


FINDS = {
    "alerts": "The alerts in a body",
    "title": "Title",
    "state": "State: firing, resolved …",
    "key": "Key: tells it from others",
    "labels": "Labels",
    "description": "Description",
    "startsAt": "Start",
    "url": "Link",
    "group": "Group: one incident each",
    "delivery": "Delivery: the same when sent again",
}
"""The expressions of a mapping, as people call them."""

PATTERNS = {RESOLVE_WHEN: "It is over when the subject has", FINGERPRINT: "What tells it from others"}
"""The patterns of a source for mails, likewise."""


def _expression(name: str, expression: str) -> tuple[str, str]:
    return name, expression


def mapped(read: Given) -> Given:
    """What was read, with the table of expressions as the object that actions take. INVALID_INPUT for one twice."""
    mapping: dict[str, str] = {}
    for name, expression in read.get("mapping") or []:
        if name in mapping:
            called = (FINDS | PATTERNS).get(name, name)
            raise invalid("mapping", f"“{called}” is there twice.", "Keep one of the two.")
        mapping[name] = expression
    return {**read, "mapping": mapping}


async def _values(_: Context, row: Any) -> Mapping[str, Any]:
    held = row.mapping or {}
    return {"mapping": [{"name": name, "expression": held[name]} for name in (*FINDS, *PATTERNS) if name in held]}


_FIELDS = (
    Field("name", "Name", "How timelines call it: “Alertmanager, Frankfurt”.", required=True),
    Field("kind", "Kind", "What sends the alerts.", Kind.CHOICE, required=True, choices=choices.words(NAMES),
          start="alertmanager", once=True),
    Field("mapping", "How its JSON is read", "For “anything else that posts JSON” alone: JMESPath expressions, as"
          " the guide to alert sources says. Those that are not written are the usual ones.", Kind.TABLE,
          row=_expression, keyed=("name", "expression"), fact=False, parts=(
              Field("name", "What it finds", choices=choices.words(FINDS), required=True),
              Field("expression", "Expression", required=True))),
)  # fmt: skip

SOURCES = Ledger(
    area="alert-sources",
    noun="alert source",
    node="AlertSource",
    model=AlertSource,
    rows=alerts.alert_sources,
    headings=("Kind", "Last heard of"),
    cells=_cells,
    save=Act("saveAlertSource", save_alert_source),
    values=_values,
    given=mapped,
    plain=True,
    parting="Its hook is closed: what is posted there is refused. Alerts that came from it stay.",
    create=Act("createAlertSource", create_alert_source),
    added=_added,
    fields=_FIELDS,
    empty="No alert sources yet. Each monitor gets an address of its own, to which it posts its alerts.",
    template="settings/alert_source.html",
    more=_more,
)
