"""Whatever is posted to a hook, the answer is 202 or a 4xx with a reason, and the process stays up."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.refusal import Reason, Refusal
from tests.actions.alerting import Monitor, rule
from tests.integrations.hooking import alert, delivery, posting

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
TEXTS = st.dictionaries(st.text(max_size=20), st.text(max_size=50), max_size=5)
MOMENTS = st.datetimes().map(lambda moment: moment.isoformat() + "Z") | st.sampled_from(
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1970-01-01T00:00:00Z", "2026-11-24T02:50:00.999999999Z"]
)
NEARLY = st.builds(
    lambda changes, top: delivery(*(alert(**change) for change in changes), **top),
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "status": st.sampled_from(["firing", "resolved"]),
                "labels": TEXTS,
                "annotations": TEXTS | st.none(),
                "startsAt": MOMENTS,
                "endsAt": MOMENTS | st.none(),
                "generatorURL": st.text() | st.none(),
                "fingerprint": st.text() | st.none(),
            },
        ),
        min_size=1,
        max_size=5,
    ),
    st.fixed_dictionaries(
        {}, optional={"groupKey": st.text(), "groupLabels": TEXTS, "commonLabels": TEXTS, "commonAnnotations": TEXTS}
    ),
)
MANGLED = st.builds(
    lambda payload, key, value: {**payload, key: value}, NEARLY, st.sampled_from(sorted(delivery())), ANYTHING
)
BODIES = st.one_of(
    st.binary(max_size=200),
    ANYTHING.map(json.dumps).map(str.encode),
    NEARLY.map(json.dumps).map(str.encode),
    MANGLED.map(json.dumps).map(str.encode),
    st.builds(lambda body, cut: json.dumps(body).encode()[:cut], NEARLY, st.integers(0, 500)),
)


@pytest.fixture
async def hook(world, database):
    await rule(world, matchers={"alertname": "!~x+"}, service="checkout-api", severity="SEV3")
    monitor = await Monitor.create(world)
    async with posting(database, monitor.key) as poster:
        yield poster


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES)
async def test_no_body_breaks_the_hook(hook, body):
    response = await hook.send(body)
    if response.status_code == 202:
        assert response.json()["received"] == response.json()["created"] + response.json()["repeated"]
        return
    assert response.status_code == 400, response.text
    assert response.json()["error"]["message"]


def test_every_reason_is_counted_from_zero_and_none_is_429():
    for reason in Reason:
        assert Refusal(reason, "x").response().status_code in {400, 401, 404, 408, 413, 503}
