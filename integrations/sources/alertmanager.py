"""Prometheus Alertmanager: its webhook, version 4.

Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

import codecs
from datetime import datetime
from typing import Literal

from pydantic import ValidationError

from actions.alerts.group import MAX_ALERTS, NormalisedGroup
from integrations.refusal import Reason, Refusal
from integrations.sources.alert_group import GroupBody, Sender, group_of, refusal_of
from integrations.sources.kind import SourceKind, of_group
from integrations.sources.proof import secret_shown

VERSION = "4"
SENDER = Sender(
    "Alertmanager", f"Set max_alerts: {MAX_ALERTS} in Alertmanager's webhook_config, or group by more labels."
)


class Webhook(GroupBody):
    """A delivery of Alertmanager's."""

    version: Literal["4"]


def normalise(body: bytes, now: datetime) -> NormalisedGroup:
    """The group in a delivery's body. Refusal, naming the field at fault, for anything else."""
    try:
        webhook = Webhook.model_validate_json(body.removeprefix(codecs.BOM_UTF8))
    except ValidationError as error:
        raise _refusal_of(error, body) from error
    return group_of(webhook, now, body)


def _refusal_of(error: ValidationError, body: bytes) -> Refusal:
    refusal = refusal_of(error, SENDER, body)
    of_version = any(fault["loc"] == ("version",) for fault in error.errors(include_url=False, include_context=False))
    if not of_version or refusal.reason is Reason.MALFORMED:
        return refusal
    return Refusal(
        Reason.UNKNOWN_VERSION,
        f'This hook takes version "{VERSION}" of Alertmanager\'s webhook.',
        field="version",
        hint="Use Alertmanager 0.16 or newer, and check which software posts here.",
    )


ALERTMANAGER = SourceKind(
    name="alertmanager",
    parse=of_group(normalise),
    verify=secret_shown("Set `authorization: {credentials: …}` in the http_config of Alertmanager's webhook_config."),
    smaller="Set max_alerts in Alertmanager's webhook_config, or raise MUSTER_MAX_BODY_BYTES.",
)
