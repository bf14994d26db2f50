"""Any monitor that posts JSON: read by the expressions that are kept with the source (actions.alerts.mapping)."""

from datetime import datetime

from actions.alerts.mapping import BodyError, read
from actions.alerts.taking import Reading
from integrations.refusal import Reason, Refusal
from integrations.sources.body import json_of
from integrations.sources.kind import Post, SourceKind
from integrations.sources.proof import secret_shown


def parse(post: Post, now: datetime) -> Reading:
    """The alerts of a body. Refusal, naming the expression that finds none."""
    try:
        return read(post.mapping, json_of(post.body), now)
    except BodyError as error:
        raise Refusal(Reason.INVALID, error.message, field=error.expression, hint=error.hint) from error


GENERIC = SourceKind(
    name="generic",
    parse=parse,
    verify=secret_shown("Send it as the header X-Muster-Secret, or as a bearer."),
    smaller="Have fewer alerts sent at once, or raise MUSTER_MAX_BODY_BYTES.",
)
