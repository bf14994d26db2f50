"""Four weeks of alerts: nights with a disk that pages and needs nobody, days with slow pages, and what fires now."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from actions.alerts.changes import acknowledge_alert
from actions.alerts.group import NormalisedAlert, NormalisedGroup
from actions.alerts.intake import receive_group
from actions.alerts.noise import mark_noise
from actions.alerts.rules import save_routing_rule
from actions.alerts.silences import save_silence
from actions.alerts.sources import create_alert_source
from actions.paging.attempts import claim, mark_sent
from actions.paging.given import Then, Whom
from actions.paging.policies import save_escalation_policy
from core import ids
from models.alert import Alert, AlertSource
from models.paging.run import PageAttempt
from models.words import CreateIncident, DeliveryState
from server.demo.again import tell_again
from server.demo.story import Story

DISK, SLOW, BACKUP, PAYMENTS = "DiskFillingUp", "SlowPages", "BackupLate", "PaymentErrors"
WATCH = "Night watch"
RULES: tuple[dict[str, Any], ...] = (
    {"name": "Payments", "matchers": {"team": "payments"}, "service": "payment-gateway", "join_open": True},
    {"name": "Disks", "matchers": {"alertname": DISK}, "service": "notifier", "page": WATCH},
    {"name": "Slow pages", "matchers": {"alertname": SLOW}, "service": "web", "group_by": ["alertname"]},
    {"name": "Backups", "matchers": {"alertname": BACKUP}, "drop_reason": "Looked at each morning."},
)
"""Tried after the rule for whatever is critical. None of them makes an incident."""
TIMES = {DISK: (27, 26, 23, 20, 17, 13, 9, 4, 2), SLOW: (25, 22, 18, 11, 6, 1)}
"""Days ago: nights with a disk, days with slow pages and a late backup."""
SAID = {
    DISK: "The disk of notifier-1 is 85 % full",
    SLOW: "Product pages take over a second",
    BACKUP: "The backup of orders is late",
    PAYMENTS: "More than 5 % of payments fail",
}


async def tell_of_alerts(story: Story) -> None:
    """What came in the past: nobody acts on the disk, and it wakes somebody each time."""
    story.at(days=28)
    source, _ = await story.do(create_alert_source, None, kind="alertmanager", name="Prometheus")
    steps = [Then(15, (Whom(schedule="Platform"),))]
    await story.do(save_escalation_policy, None, name=WATCH, team="platform", steps=steps)
    for position, rule in enumerate(RULES, 2):
        given = {"create_incident": CreateIncident.NEVER, **rule, "position": position}
        await story.do(save_routing_rule, None, **given)
    for name, (first, *_) in TIMES.items():
        await _came_and_went(story, source, first, name)
    later = {name: [timedelta(days=first - each) for each in others] for name, (first, *others) in TIMES.items()}
    await tell_again(story, {**later, BACKUP: later[SLOW]}, schedule="Platform")
    await _noise(story)


async def tell_what_fires(story: Story) -> None:
    """What fires now: of the incident that is under way, of a load test that is silenced, and a disk, once more."""
    async with story.database.reading() as reader:
        source = await reader.row(AlertSource, select(AlertSource))
    assert source is not None  # noqa: S101 (told above)
    story.at(minutes=5)
    until = story.end + timedelta(hours=3)
    given: dict[str, Any] = {"matchers": {"job": "load-test"}, "reason": "The yearly load test.", "ends_at": until}
    await story.do(save_silence, "ravi", **given)
    failing = [_alert(story, PAYMENTS, f"gateway-{n}", n * 10, team="payments") for n in (4, 5)]
    await _come(story, source, _group(PAYMENTS, failing))
    story.at(minutes=4)
    loud = [_alert(story, SLOW, "web-2", 9), _alert(story, SLOW, "web-9", 8, job="load-test")]
    await _come(story, source, _group(SLOW, loud))
    await _come(story, source, _group("Certificates", [_certificate(story)]))
    async with story.database.reading() as reader:
        slow = await reader.row(Alert, select(Alert).where(Alert.fingerprint == f"{SLOW}-web-2"))
    if slow is not None:
        story.at(minutes=3)
        await story.do(acknowledge_alert, "ravi", alert=ids.encode("Alert", slow.id))


async def _came_and_went(story: Story, source: AlertSource, days: int, name: str) -> None:
    """One that came, paged if its rule says so, and was over before anybody did anything."""
    night = name == DISK
    # By the clocks of the demo's people: at half past two, or in the afternoon.
    hour = story.when(days=days).replace(hour=0 if night else 13, minute=30)
    before = (story.end - hour).total_seconds()
    story.at(seconds=before)
    began = NormalisedAlert(name, SAID[name], firing=True, starts_at=hour, labels=_labels(name))
    others = [] if night else [_dropped(story)]
    await _come(story, source, _group(name, [began, *others]))
    if night:
        await _sent(story)
    story.at(seconds=before - 25 * 60)
    over = NormalisedAlert(
        began.fingerprint, began.title, firing=False, starts_at=hour, ends_at=story.clock.now(), labels=began.labels
    )
    await _come(story, source, _group(name, [over]))


async def _come(story: Story, source: AlertSource, group: NormalisedGroup) -> None:
    async with story.database.unit_of_work() as session:
        await receive_group(session, source, group)


async def _sent(story: Story) -> None:
    """The pages went out, as a worker would note it."""
    waiting = select(PageAttempt.id).where(PageAttempt.state == DeliveryState.PENDING)
    async with story.database.unit_of_work() as session:
        for key in (await session.scalars(waiting)).all():
            if await claim(session, key) is not None:
                await mark_sent(session, key, None)


async def _noise(story: Story) -> None:
    """What people said of some."""
    async with story.database.reading() as reader:
        rows = await reader.rows(Alert, select(Alert).where(Alert.title == SAID[SLOW]).order_by(Alert.id))
    story.at(days=1)
    for row in rows[:2]:
        reason = "The crawler of a search engine, each time."
        await story.do(mark_noise, "ravi", alert=ids.encode("Alert", row.id), reason=reason)


def _alert(story: Story, name: str, instance: str, minutes: float, **labels: str) -> NormalisedAlert:
    return NormalisedAlert(
        f"{name}-{instance}",
        f"{SAID[name]} ({instance})",
        firing=True,
        starts_at=story.when(minutes=minutes),
        labels={**_labels(name), "instance": instance, **labels},
        url="https://prometheus.quillhaven.example/graph",
    )


def _dropped(story: Story) -> NormalisedAlert:
    moment = story.clock.now()
    return NormalisedAlert(BACKUP, SAID[BACKUP], firing=True, starts_at=moment, labels=_labels(BACKUP))


def _certificate(story: Story) -> NormalisedAlert:
    labels = {"alertname": "CertificateExpires", "severity": "warning", "instance": "partners.quillhaven.example"}
    began = story.when(hours=20)
    return NormalisedAlert("certificate", "A certificate ends in 13 days", firing=True, starts_at=began, labels=labels)


def _labels(name: str) -> dict[str, str]:
    return {"alertname": name, "severity": "warning"}


def _group(name: str, alerts: Iterable[NormalisedAlert]) -> NormalisedGroup:
    return NormalisedGroup(key=f'{{}}:{{alertname="{name}"}}', name=name, alerts=tuple(alerts))
