"""Any monitor's JSON as alerts, by JMESPath expressions that an admin writes: one for the list, some for each alert."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from actions.alerts.expressions import DEEPEST, Budget, Evaluator, ExpressionError, TooMuchError, compiled, too_deep
from actions.alerts.group import NormalisedAlert, NormalisedGroup, together
from actions.alerts.loose import MAX_GROUP_KEY, Loose, bounded, hashed, pairs
from actions.alerts.taking import Reading
from core.errors import invalid

DEFAULTS = {
    "alerts": "@",
    "title": "title || message || summary || name || description",
    "state": "state || status",
    "key": "key || dedup_key || alert_uid || fingerprint || id",
    "labels": "labels || tags",
    "description": "description || message",
    "startsAt": "startsAt || starts_at || started_at || timestamp",
    "url": "url || link || link_to_upstream_details",
    "group": "group",
    "delivery": "delivery_id",
}
"""What each expression is where none is written. `alerts` and `delivery` are of the body, all others of each alert."""

FIRING = frozenset(
    {"firing", "alerting", "alert", "alarm", "triggered", "trigger", "open", "opened", "active", "problem", "critical"}
    | {"error", "warning", "warn", "major", "minor", "down", "failing", "failed", "true", "1"}
)
OVER = frozenset(
    {"resolved", "resolve", "ok", "okay", "closed", "close", "recovered", "recovery", "up", "normal", "cleared"}
    | {"clear", "inactive", "success", "passing", "passed", "healthy", "false", "0", "none"}
)
"""Words for what fires and what is over, whatever their case."""
MOST_ALERTS = 100
MOST_GROUPS = 20
"""Of one delivery: each is taken in a transaction of its own."""


class BodyError(Exception):
    """A body that an expression can't make alerts of."""

    def __init__(self, expression: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.expression, self.message, self.hint = expression, message, hint


def checked_mapping(given: Any) -> dict[str, str]:
    """Expressions by name as they are kept: those that are written. INVALID_INPUT at the one that fails, and where."""
    if not isinstance(given, Mapping):
        raise invalid("mapping", "A mapping is an object of expressions.", 'Send e.g. {"title": "alert.name"}.')
    for name, expression in given.items():
        field = f"mapping.{str(name)[:40]}"
        if name not in DEFAULTS:
            raise invalid(field, "There is no such expression.", f"Choose from: {', '.join(DEFAULTS)}.")
        if expression is None or expression == "":
            continue
        if not isinstance(expression, str):
            raise invalid(field, "An expression is a text.", "Write it in JMESPath: alert.name")
        try:
            compiled(expression)
        except ExpressionError as error:
            raise invalid(field, error.args[0], "See https://jmespath.org for the syntax.") from error
    return {name: text.strip() for name, text in given.items() if text and text.strip()}


def read(mapping: Mapping[str, Any] | None, body: Any, now: datetime) -> Reading:
    """The alerts that a mapping makes of a body. BodyError names the expression at fault."""
    if too_deep(body):
        raise BodyError("alerts", "The body has too many levels.", f"Send at most {DEEPEST}.")
    trees = {name: compiled((mapping or {}).get(name) or DEFAULTS[name]) for name in DEFAULTS}
    evaluator = Evaluator(Budget())
    try:
        found = evaluator.evaluate(trees["alerts"], body)
        delivery = evaluator.evaluate(trees["delivery"], body)
        items = found if isinstance(found, list) else [found]
        _refuse_odd(found, items)
        alerts = [_alert(evaluator, trees, item, now) for item in items]
    except TooMuchError as error:
        hint = "Write simpler expressions, or have less sent at once."
        raise BodyError("alerts", "The expressions take too much work for this body.", hint) from error
    return Reading(_grouped(alerts), delivery=str(delivery) if isinstance(delivery, str | int) else None)


def _refuse_odd(found: Any, items: list[Any]) -> None:
    if found is None or not items:
        raise BodyError("alerts", "The expression finds no alerts in this body.", "It must give an object, or a list.")
    if len(items) > MOST_ALERTS:
        raise BodyError("alerts", f"A delivery has at most {MOST_ALERTS} alerts.", "Have fewer sent at once.")
    if not all(isinstance(item, Mapping) for item in items):
        raise BodyError("alerts", "What the expression finds are no objects.", "It must give an object, or a list.")


def _alert(evaluator: Evaluator, trees: Mapping[str, Any], item: Any, now: datetime) -> tuple[str, NormalisedAlert]:
    """An alert, and the key of its group."""
    loose = Loose(now)
    said = {name: evaluator.evaluate(trees[name], item) for name in DEFAULTS if name not in ("alerts", "delivery")}
    title = loose.text(said["title"], "title")
    labels = labels_of(said["labels"], loose)
    key = loose.text(said["key"], "key")
    if not key and not title and not labels:
        hint = "Write an expression for key or title that finds something in every alert."
        raise BodyError("key", "Nothing here says which alert it is: key, title and labels find nothing.", hint)
    if not key:
        loose.note("key finds nothing: alerts with this title and these labels are taken for one")
        key = hashed([title, labels])
    alert = loose.alert(
        fingerprint=key,
        title=title,
        firing=fires(said["state"], loose),
        starts_at=loose.moment(said["startsAt"], "startsAt") if said["startsAt"] is not None else now,
        labels=labels,
        annotations={"description": loose.text(said["description"], "description")},
        url=loose.text(said["url"], "url"),
        continues=True,
    )
    return loose.text(said["group"], "group") or key, alert


def fires(state: Any, loose: Loose) -> bool:
    """Whether a word for a state says that it fires; one that nobody knows does, with a note."""
    word = loose.text(state, "state").casefold()
    if word in OVER:
        return False
    if word not in FIRING:
        loose.note(
            f"state is {word[:40]!r}, taken for an alert that fires" if word else "state finds nothing: it fires"
        )
    return True


def labels_of(value: Any, loose: Loose) -> dict[str, str]:
    """An object; or a list of tags (`env:prod`), or of objects with a name and a value."""
    if isinstance(value, str):
        return pairs(value.split(","))
    if not isinstance(value, list):
        return loose.texts(value, "labels")
    named = [each for each in value if isinstance(each, Mapping)]
    told = {str(each.get("name", each.get("key", each.get("tag")))): each.get("value") for each in named}
    return {**pairs([each for each in value if isinstance(each, str)]), **loose.texts(told, "labels")}


def _grouped(alerts: list[tuple[str, NormalisedAlert]]) -> tuple[NormalisedGroup, ...]:
    """The alerts in their groups, in the order in which these come."""
    groups: dict[str, list[NormalisedAlert]] = {}
    for key, alert in alerts:
        groups.setdefault(key, []).append(alert)
    if len(groups) > MOST_GROUPS:
        hint = "Write an expression for group, so that they are fewer, or have fewer sent at once."
        raise BodyError("group", f"A delivery has at most {MOST_GROUPS} groups.", hint)
    return tuple(together(bounded(key, MAX_GROUP_KEY), own) for key, own in groups.items())
