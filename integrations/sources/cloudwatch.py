"""Amazon CloudWatch: alarms by way of an SNS topic that is subscribed to by HTTPS.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/US_SetupSNS.html; what surrounds an alarm knows
integrations.sources.sns. The subscription confirms itself: a job fetches the address that SNS sends for it.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson

from actions.alerts.group import NormalisedAlert, NormalisedGroup, together
from actions.alerts.loose import MAX_GROUP_KEY, Loose, bounded, hashed
from actions.alerts.taking import Reading
from integrations.sources.body import part
from integrations.sources.kind import Post, SourceKind
from integrations.sources.sns import NOTIFICATION, SUBSCRIBED, confirmation, messages_of, prove

ARN = re.compile(r"arn:aws[a-z-]*:cloudwatch:([a-z0-9-]{3,30}):([0-9]{12}):alarm:.+")
STATES = {"ALARM": True, "OK": False}
"""Whether it fires. INSUFFICIENT_DATA is neither: an alarm that was on stays so until it is told to be over."""


def parse(post: Post, now: datetime) -> Reading:
    """The alarms in a body. What is no alarm is an alert, too, and says so: somebody meant us to have it."""
    messages = messages_of(post.body)
    first = messages[0]
    delivery = "+".join(str(message.get("MessageId")) for message in messages) if first.get("MessageId") else None
    if first["Type"] == SUBSCRIBED:
        note = f"The subscription to {str(first.get('TopicArn'))[:200]} is being confirmed."
        return Reading(note=note, delivery=delivery, confirm=confirmation(first.get("SubscribeURL")))
    groups = [
        group for message in messages if message["Type"] == NOTIFICATION and (group := _group(message, now)) is not None
    ]
    if not groups:
        return Reading(note="Nothing here fires, and nothing is over.", delivery=delivery)
    return Reading(tuple(groups), delivery=delivery)


def _group(message: Mapping[str, Any], now: datetime) -> NormalisedGroup | None:
    loose = Loose(now)
    alarm = _alarm(message.get("Message"))
    if alarm is None:
        alert = _other(message, loose)
    elif alarm.get("NewStateValue") == "INSUFFICIENT_DATA":
        return None
    else:
        alert = _of_alarm(alarm, loose)
    return together(bounded(alert.fingerprint, MAX_GROUP_KEY), [alert])


def _alarm(text: Any) -> Mapping[str, Any] | None:
    """The alarm in a message's text; None for any other text."""
    try:
        found = orjson.loads(text) if isinstance(text, str) else text
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, Mapping) and isinstance(found.get("AlarmName"), str) else None


def _of_alarm(alarm: Mapping[str, Any], loose: Loose) -> NormalisedAlert:
    name = loose.text(alarm.get("AlarmName"), "AlarmName", "CloudWatch alarm")
    account, region = loose.text(alarm.get("AWSAccountId"), "AWSAccountId"), loose.text(alarm.get("Region"), "Region")
    arn = loose.text(alarm.get("AlarmArn"), "AlarmArn", f"{account}:{region}:{name}")
    known = ARN.fullmatch(arn)
    state = alarm.get("NewStateValue")
    if state not in STATES:
        loose.note(f"NewStateValue is {str(state)[:40]!r}, taken for an alarm")
    trigger = part(alarm, "Trigger")
    labels: dict[str, str] = {
        **_dimensions(trigger, loose),
        "alertname": name,
        "account": account,
        "region": str(known[1]) if known else region,
        "namespace": loose.text(trigger.get("Namespace"), "Namespace"),
        "metric": loose.text(trigger.get("MetricName"), "MetricName"),
    }
    return loose.alert(
        fingerprint=arn,
        title=name,
        firing=STATES.get(state, True) if isinstance(state, str) else True,
        starts_at=loose.moment(alarm.get("StateChangeTime"), "StateChangeTime"),
        labels=labels,
        annotations={
            "description": loose.text(alarm.get("AlarmDescription"), "AlarmDescription"),
            "reason": loose.text(alarm.get("NewStateReason"), "NewStateReason"),
        },
        url=_page(known[1], name) if known else None,
        continues=True,
    )


def _dimensions(trigger: Mapping[str, Any], loose: Loose) -> dict[str, str]:
    given = trigger.get("Dimensions")
    told = [each for each in given if isinstance(each, Mapping)] if isinstance(given, list) else []
    return loose.texts({str(each.get("name")): each.get("value") for each in told}, "Dimensions")


def _page(region: str, name: str) -> str:
    """Where the alarm is looked at."""
    console = f"https://console.aws.amazon.com/cloudwatch/home?region={region}"
    return f"{console}#alarmsV2:alarm/{quote(name, safe='')}"


def _other(message: Mapping[str, Any], loose: Loose) -> NormalisedAlert:
    """A message that is no alarm. Nothing will end it but people."""
    loose.note("this is no alarm of CloudWatch, and nothing says when it is over")
    topic, subject = loose.text(message.get("TopicArn"), "TopicArn"), loose.text(message.get("Subject"), "Subject")
    text = loose.text(message.get("Message"), "Message")
    return loose.alert(
        fingerprint=f"{topic}:{hashed([subject, text])}",
        title=subject or next(iter(text.splitlines()), ""),
        firing=True,
        starts_at=loose.moment(message.get("Timestamp"), "Timestamp"),
        labels={"topic": topic},
        annotations={"description": text},
        continues=True,
    )


CLOUDWATCH = SourceKind(
    name="cloudwatch",
    parse=parse,
    verify=None,
    prove=prove,
    smaller="SNS sends 256 KB at most: raise MUSTER_MAX_BODY_BYTES.",
)
