"""Grafana's unified alerting: its webhook contact point, which sends Alertmanager's shape with links of its own.

Source: https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
The version is not looked at: Grafana says "1", and what Grafana OnCall passes on says "4".
"""

import codecs
from collections.abc import Sequence
from datetime import datetime

from pydantic import ValidationError

from actions.alerts.group import MAX_ALERTS, NormalisedGroup
from integrations.sources.alert_group import GroupBody, Sender, group_of, refusal_of
from integrations.sources.kind import Headers, SourceKind, of_group
from integrations.sources.proof import fits, missing, refuse_stale, sign, wrong

SENDER = Sender("Grafana", f"Set Max Alerts to {MAX_ALERTS} in Grafana's contact point, or group by more labels.")

SIGNATURE = "x-grafana-alerting-signature"
TIMESTAMPS = ("x-grafana-alerting-signature-timestamp", "x-grafana-alerting-timestamp")
"""Grafana has no name of its own for it; its pages use these."""
HINT = "Enter the secret under HMAC Signature in Grafana's contact point; leave its header's name as it is."


def verify(headers: Headers, body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """HMAC-SHA256 of the body, or of `seconds:body` where the contact point has a timestamp header. Refusal.

    Source: the page above, "HMAC signature".
    """
    given = headers.get(SIGNATURE, "")
    if not given:
        raise missing(f"the header {SIGNATURE}", HINT)
    moment = next((headers[name] for name in TIMESTAMPS if name in headers), None)
    signed = body if moment is None else moment.encode("utf-8", "replace") + b":" + body
    if not fits([given], [sign(secret, signed) for secret in secrets]):
        raise wrong(f"{HINT} A timestamp header must be called {TIMESTAMPS[0]}.")
    if moment is not None:
        refuse_stale(moment, now)


def parse(body: bytes, now: datetime) -> NormalisedGroup:
    """The group in a delivery's body. Refusal, naming the field at fault, for anything else."""
    try:
        webhook = GroupBody.model_validate_json(body.removeprefix(codecs.BOM_UTF8))
    except ValidationError as error:
        raise refusal_of(error, SENDER, body) from error
    return group_of(webhook, now, body)


GRAFANA = SourceKind(
    name="grafana",
    parse=of_group(parse),
    verify=verify,
    smaller="Set Max Alerts in Grafana's contact point, or raise MUSTER_MAX_BODY_BYTES.",
)
