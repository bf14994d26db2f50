"""All kinds of alert sources that have a hook."""

from integrations.sources import alertmanager, cloudwatch, datadog, generic, grafana, pagerduty, sentry
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
        generic.GENERIC,
    )
}
"""By the name in the hook's path; the same names as `actions.alerts.sources.KINDS`."""
