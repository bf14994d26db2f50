"""GitHub: its deployments as changes of services. They make no alerts. For GitHub's issues there is another door.

Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads (deployment, deployment_status;
X-GitHub-Delivery is the same when a delivery is sent again) and its page on validating-webhook-deliveries.
The service is the one that the deployment's own payload names (`{"service": "shop"}`), else the one whose slug is the
repository's name.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from actions import check
from actions.alerts.loose import Loose, cut, link
from actions.alerts.taking import Reading
from actions.service_changes import ToldChange
from integrations.sources.body import named, object_of, part
from integrations.sources.kind import Post, SourceKind
from integrations.sources.proof import hmac_in

HINT = "Add a webhook with the events Deployments and Deployment statuses, and the content type application/json."
EVENT = "x-github-event"
TOLD = frozenset({"deployment", "deployment_status"})
WORD = 80
"""Characters of a state, an environment, a person, a slug."""


def parse(post: Post, now: datetime) -> Reading:
    """The deployment that a delivery is about. Refusal for one that names none."""
    body = object_of(post.body, HINT)
    delivery = post.headers.get("x-github-delivery") or None
    event = post.headers.get(EVENT) or ("deployment_status" if "deployment_status" in body else "deployment")
    if event not in TOLD:
        return Reading(note=f"{event[:40]} says nothing of a deployment.", delivery=delivery)
    deployment, status, loose = part(body, "deployment"), part(body, "deployment_status"), Loose(now)
    key = named(deployment.get("id"), "deployment.id", HINT)
    repository = part(body, "repository")
    whose = loose.text(repository.get("full_name"), "repository.full_name", "a repository")
    environment = loose.text(deployment.get("environment"), "deployment.environment")[:WORD]
    ref = loose.text(deployment.get("ref"), "deployment.ref") or loose.text(deployment.get("sha"), "deployment.sha")
    title = " ".join(word for word in (whose, ref[:WORD], f"to {environment}" if environment else "") if word)
    change = ToldChange(
        name=f"deployment:{key}"[: check.TITLE],
        title=cut(title, check.TITLE),
        state=loose.text(status.get("state"), "deployment_status.state", "created")[:WORD],
        happened_at=loose.moment(deployment.get("created_at"), "deployment.created_at"),
        told_at=loose.moment((status or deployment).get("created_at"), "created_at"),
        environment=environment or None,
        author=loose.text(part(deployment, "creator").get("login"), "deployment.creator.login")[:WORD] or None,
        url=_url(status, repository, loose),
        services=_services(deployment, repository, loose),
    )
    return Reading(note="It is kept as a change.", delivery=delivery, changes=(change,))


def _url(status: Mapping[str, Any], repository: Mapping[str, Any], loose: Loose) -> str | None:
    """Where the deployment is looked at: what it writes, what runs there, else the repository."""
    found = [status.get("log_url"), status.get("target_url"), repository.get("html_url")]
    return next((address for each in found if (address := link(loose.text(each, "url")))), None)


def _services(deployment: Mapping[str, Any], repository: Mapping[str, Any], loose: Loose) -> tuple[str, ...]:
    own = loose.text(part(deployment, "payload").get("service"), "deployment.payload.service")
    name = loose.text(repository.get("name"), "repository.name")
    return tuple(slug.casefold()[:WORD] for slug in (own, name) if slug)


GITHUB = SourceKind(
    name="github",
    parse=parse,
    verify=hmac_in("x-hub-signature-256", "Enter the secret of GitHub's webhook as the source's.", prefix="sha256="),
    smaller="Raise MUSTER_MAX_BODY_BYTES: GitHub sends the whole workflow run along.",
)
