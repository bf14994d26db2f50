"""Whether PagerDuty can be used with what we were told: one line for each thing that it needs."""

from collections.abc import Awaitable, Callable

from actions.outward.checks import Check, Result
from integrations.failures import Permanent, VendorError
from integrations.pagerduty_configuration import PagerDutyConfiguration, keys_of
from integrations.pagerduty_rest import Rest
from models.on_call import OnCall

PROBE = "muster-check"
"""The key of an event that resolves what is not there: PagerDuty looks at the integration key and wakes nobody."""

Send = Callable[[str, str, str], Awaitable[None]]


async def examined(
    told: PagerDutyConfiguration, send: Send, rest: Rest | None, on_call: Callable[[], Awaitable[list[OnCall]]]
) -> list[Check]:
    """Look at each integration key, then at what the key of the REST API may see, then at webhooks."""
    found = [await _key("routing_key", told.routing_key.get_secret_value(), send)]
    for name, key in keys_of(told.services.get_secret_value()).items() if told.services else ():
        found.append(await _key(f"services.{name}", key, send))
    if rest is not None:
        found += [await _policies(rest), await _on_call(on_call)]
        if told.from_email is not None:
            found.append(await _requester(rest, told.from_email))
    if told.webhook_secret is None:
        words = "Acknowledgements in PagerDuty don't come back: subscribe a webhook, and enter its `webhook_secret`."
        found.append(Check("webhook_secret", Result.MISSING, words))
    else:
        found.append(Check("webhook_secret", Result.OK, "Muster can tell PagerDuty's webhooks from others."))
    return found


async def _key(subject: str, key: str, send: Send) -> Check:
    try:
        await send("resolve", PROBE, key)
    except Permanent:
        words = "PagerDuty does not know this integration key: copy that of an Events API v2 integration."
        return Check(subject, Result.WRONG, words)
    except VendorError as error:
        return Check(subject, Result.WRONG, error.words)
    return Check(subject, Result.OK, "PagerDuty takes events with it.")


async def _policies(rest: Rest) -> Check:
    try:
        policies = await rest.policies()
    except VendorError as error:
        return Check("escalation_policies.read", _result(error), error.words)
    listed = ", ".join(policies)
    words = f"Can be asked to join a page: {listed}." if listed else "There are none that it sees."
    return Check("escalation_policies.read", Result.OK, words)


async def _on_call(ask: Callable[[], Awaitable[list[OnCall]]]) -> Check:
    try:
        people = await ask()
    except VendorError as error:
        return Check("oncalls.read", _result(error), error.words)
    if not people:
        return Check("oncalls.read", Result.WRONG, "Nobody is on call at present: a page wakes nobody.")
    services = {each.service for each in people if each.service}
    by_name = f"; for these by name: {', '.join(sorted(services))}" if services else ""
    count = len({each.name for each in people})
    words = f"{count} {'person is' if count == 1 else 'people are'} on call at present{by_name}."
    return Check("oncalls.read", Result.OK, words)


async def _requester(rest: Rest, email: str) -> Check:
    try:
        await rest.requester()
    except VendorError as error:
        return Check("from_email", _result(error), error.words)
    return Check("from_email", Result.OK, f"{email} is a user of PagerDuty.")


def _result(error: VendorError) -> Result:
    return Result.MISSING if "(403)" in error.words else Result.WRONG
