"""Grafana's unified alerting: its webhook contact point, which sends Alertmanager's shape with links of its own.

Source: https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
The version is not looked at: Grafana says "1", and what Grafana OnCall passes on says "4".
"""

from datetime import datetime

from pydantic import ValidationError

from actions.alerts.group import MAX_ALERTS, NormalisedGroup
from integrations.sources.alert_group import GroupBody, Sender, group_of, refusal_of
from integrations.sources.kind import SourceKind

SENDER = Sender("Grafana", f"Set Max Alerts to {MAX_ALERTS} in Grafana's contact point, or group by more labels.")


def parse(body: bytes, now: datetime) -> NormalisedGroup:
    """The group in a delivery's body. Refusal, naming the field at fault, for anything else."""
    try:
        webhook = GroupBody.model_validate_json(body)
    except ValidationError as error:
        raise refusal_of(error, SENDER) from error
    return group_of(webhook, now)


GRAFANA = SourceKind(
    name="grafana",
    parse=parse,
    smaller="Set Max Alerts in Grafana's contact point, or raise MUSTER_MAX_BODY_BYTES.",
)
