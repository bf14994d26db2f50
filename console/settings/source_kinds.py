"""What Settings and the set-up say of each kind of alert source."""

from typing import NamedTuple


class KindWords(NamedTuple):
    """One kind, in words."""

    name: str
    use: str
    """What to do with the address."""
    secret: str
    """Where the sender is told the secret, or where its own is found."""


KINDS: dict[str, KindWords] = {
    "alertmanager": KindWords(
        "Prometheus Alertmanager",
        "Give it to Alertmanager as a receiver with “webhook_configs: [{url: …, send_resolved: true}]”.",
        "Give it to Alertmanager's webhook_config as “http_config: {authorization: {credentials: …}}”.",
    ),
    "grafana": KindWords(
        "Grafana alerting",
        "In Grafana, add a contact point of the kind Webhook with this URL, and leave resolved messages on.",
        "Enter it in Grafana's contact point under HMAC Signature; leave the name of its header as it is.",
    ),
}
"""By the kind's name in addresses."""
