"""What Settings and the set-up say of each kind of alert source."""

from typing import NamedTuple


class KindWords(NamedTuple):
    """One kind, in words."""

    name: str
    use: str
    """What to do with the address."""
    secret: str
    """Where the sender is told the secret, or where its own is found."""


def tries(kind: str) -> str:
    """What the line that can be pasted does."""
    if kind == "cloudwatch":
        return "Paste this line where the AWS command line is signed in: it subscribes the address to a topic of yours."
    if kind == "email":
        return "Paste this line where mail is sent from, once a mail server hands mail for the address to Muster."
    return "Paste this line into a terminal: it sends one alert, as the monitor would."


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
    "datadog": KindWords(
        "Datadog monitors",
        "In Datadog, add a webhook with this URL and the payload of the guide, and name it in your monitors as"
        " “@webhook-…”, for recoveries, too.",
        "Add it to Datadog's webhook under custom headers, as X-Muster-Secret.",
    ),
    "pagerduty": KindWords(
        "PagerDuty incidents",
        "In PagerDuty, add a webhook subscription (version 3) with this URL and the events of incidents.",
        "PagerDuty shows a secret once, when the subscription is made: enter that one here.",
    ),
    "sentry": KindWords(
        "Sentry",
        "In Sentry, make an internal integration with this webhook URL, with alert actions and the resource Issue.",
        "Sentry's own is the client secret of the integration: enter that one here.",
    ),
    "cloudwatch": KindWords(
        "Amazon CloudWatch, through SNS",
        "Subscribe this URL to the SNS topic of your alarms by HTTPS, without raw message delivery; the subscription"
        " confirms itself.",
        "",
    ),
    "opsgenie": KindWords(
        "Opsgenie",
        "In Opsgenie, add an outgoing webhook with this URL, with alert description and details, for alerts that are"
        " created, closed and deleted.",
        "Add it to Opsgenie's webhook as the custom header X-Muster-Secret.",
    ),
    "zabbix": KindWords(
        "Zabbix",
        "In Zabbix, make a media type of the kind webhook by the guide, with this URL, and give it to a user whose"
        " action sends problems, recoveries and updates.",
        "Enter it as the parameter Secret of Zabbix' media type.",
    ),
    "uptime-kuma": KindWords(
        "Uptime Kuma",
        "In Uptime Kuma, add a notification of the type Webhook with this URL and the request body"
        " “Preset - application/json”.",
        "Add it under Additional Headers of the notification: {“X-Muster-Secret”: “…”}.",
    ),
    "healthchecks": KindWords(
        "Healthchecks",
        "In Healthchecks, add the integration Webhook: POST to this URL, with the body of the guide, when a check goes"
        " down and when it goes up.",
        "Add the line “X-Muster-Secret: …” to the request headers of the integration, down and up.",
    ),
    "icinga": KindWords(
        "Icinga and Nagios",
        "Put the script of the guide where notification commands lie, with this URL in it.",
        "Put it into the script, which sends it as X-Muster-Secret.",
    ),
    "cloudevents": KindWords(
        "CloudEvents 1.0",
        "Have events posted to this URL over HTTP: structured, binary or in batches.",
        "Have the sender show it as the header X-Muster-Secret, or as a bearer.",
    ),
    "github": KindWords(
        "GitHub deployments, as changes",
        "In the repository or the organisation, add a webhook with this URL, the content type application/json, and the"
        " events Deployments and Deployment statuses. They"
        " are shown beside incidents of the service, and make no alerts.",
        "Enter it as the secret of GitHub's webhook.",
    ),
    "email": KindWords(
        "E-mail",
        "Have your monitor send its mails to this address: a subject is an alert, and one with RESOLVED, RECOVERY, OK"
        " or UP ends it. What stands behind the @ may be another; mail for it must reach Muster, as the guide says.",
        "",
    ),
    "generic": KindWords(
        "Anything else that posts JSON",
        "Have your monitor post its JSON to this URL. How it is read, by expressions, is set and tried on the page of"
        " the source.",
        "Have your monitor send it as the header X-Muster-Secret, or as a bearer.",
    ),
}
"""By the kind's name in addresses."""

HEARTBEATS = KindWords("Heartbeats", "", "")


def words_of(kind: str) -> KindWords:
    """A kind in words: also of the source that nobody adds, as heartbeats' alerts come from it."""
    return KINDS.get(kind, HEARTBEATS)
