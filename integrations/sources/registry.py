"""All kinds of alert sources that have a hook."""

from integrations.sources import (
    alertmanager,
    cloudevents,
    cloudwatch,
    datadog,
    generic,
    github,
    grafana,
    healthchecks,
    icinga,
    mail,
    opsgenie,
    pagerduty,
    sentry,
    uptime_kuma,
    zabbix,
)
from integrations.sources.kind import SourceKind

SOURCES: dict[str, SourceKind] = {
    kind.name: kind
    for kind in (
        alertmanager.ALERTMANAGER,
        grafana.GRAFANA,
        datadog.DATADOG,
        pagerduty.PAGERDUTY,
        sentry.SENTRY,
        cloudwatch.CLOUDWATCH,
        opsgenie.OPSGENIE,
        zabbix.ZABBIX,
        uptime_kuma.UPTIME_KUMA,
        healthchecks.HEALTHCHECKS,
        icinga.ICINGA,
        cloudevents.CLOUDEVENTS,
        github.GITHUB,
        mail.EMAIL,
        generic.GENERIC,
    )
}
"""By the name in the hook's path; the same names as `actions.alerts.sources.KINDS`."""
