"""Whatever is sent to the directory's door is answered soon, and in SCIM's words."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.scim.body import MAX_NESTING
from tests.effort import effort

WORDS = ["userName", "externalId", "emails", "active", "displayName", "members", "meta.lastModified", "roles", "name"]
WORDS += ["name.givenName", "groups.value", "id", "schemas", "nope", "emails.type", "urn:x:y", "$ref", "members.value"]
OPERATORS = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ"]
VALUES = ['"a"', '"VXNlcjox"', "true", "null", "1", "-1e400", '"\\u0000"', '"\\ud800"', '"2026-01-01T00:00:00Z"']
VALUES += ['"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-12:00"', '"True"', '""', '"%_\\\\"']

plain = st.none() | st.booleans() | st.integers(-(2**70), 2**63) | st.text(max_size=12) | st.sampled_from(WORDS)
json = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*WORDS, "value", "type", "primary", "op"]) | st.text(max_size=6), inner, max_size=5
        )
    ),
    max_leaves=12,
)
compared = st.tuples(st.sampled_from(WORDS), st.sampled_from(OPERATORS), st.sampled_from(VALUES)).map(" ".join)
filters = st.recursive(
    compared | st.sampled_from(WORDS).map("{} pr".format),
    lambda inner: (
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({' '.join(t)})")
        | inner.map("not ({})".format)
        | st.tuples(st.sampled_from(WORDS), inner).map("{0[0]}[{0[1]}]".format)
    ),
    max_leaves=6,
)
paths = filters | st.sampled_from(WORDS) | st.text(max_size=20) | filters.map("members[{}].value".format)
operations = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "Replace", "remove", "x"])}, optional={"path": paths | plain, "value": json}
)
patches = st.fixed_dictionaries({"Operations": st.lists(operations, max_size=5)}) | json
queries = st.dictionaries(
    st.sampled_from(["startIndex", "count", "sortBy", "sortOrder", "attributes", "excludedAttributes"]),
    st.sampled_from([*WORDS, "0", "-5", "1", "9" * 30, "9" * 5000, "descending", "a,b", ""]) | st.text(max_size=8),
)


@pytest.fixture
def answered(scim):
    async def answered(method, path, **more):
        started = time.monotonic()
        headers = {"authorization": f"Bearer {scim.token}", "content-type": "application/scim+json"}
        answer = await scim.http.request(method, f"/scim/v2{path}", headers=headers, **more)
        assert answer.status_code < 500, answer.text
        assert time.monotonic() - started < 2
        return answer

    return answered


def fuzzing(examples):
    return settings(
        max_examples=effort(examples, 20 * examples),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@fuzzing(150)
@given(filter_=filters | st.text(max_size=40), query=queries, kind=st.sampled_from(["Users", "Groups"]))
async def test_no_question_breaks_it(answered, filter_, query, kind):
    await answered("GET", f"/{kind}", params={"filter": filter_, **query})
    await answered("POST", f"/{kind}/.search", json={"filter": filter_, **query})


@fuzzing(150)
@given(body=json, patch=patches, kind=st.sampled_from(["Users", "Groups"]))
async def test_no_body_breaks_it(scim, answered, body, patch, kind):
    if not hasattr(scim, "made"):
        user = await scim.user()
        scim.made = {"Users": user["id"], "Groups": (await scim.group(members=[user["id"]]))["id"]}
    key = scim.made[kind]
    await answered("POST", f"/{kind}", json=body)
    await answered("POST", f"/{kind}/.search", json=body)
    await answered("PUT", f"/{kind}/{key}", json=body)
    await answered("PATCH", f"/{kind}/{key}", json=patch)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"1",
        b"{" * 50_000,
        b'{"a":' * 2000 + b"1" + b"}" * 2000,
        b"[" * 100_000,
        b'{"a":' + b"9" * 9999 + b"}",
    ],
)
async def test_no_bytes_break_it(answered, body):
    for path in ("/Users", "/Groups/.search"):
        assert (await answered("POST", path, content=body)).status_code == 400


async def test_what_is_too_much_is_refused(scim):
    deep = {"a": 1}
    for _ in range(MAX_NESTING):
        deep = {"a": deep}
    assert await scim.refused("POST", "/Users", deep) == (400, "invalidSyntax")
    key = (await scim.group())["id"]
    many = [{"op": "add", "path": "members", "value": []}] * 101
    assert (await scim.refused("PATCH", f"/Groups/{key}", {"Operations": many}))[0] == 413
    terms = " or ".join(['userName eq "a"'] * 51)
    assert await scim.refused("GET", "/Users", params={"filter": terms}) == (400, "invalidFilter")
    await scim.ok("GET", "/Users", params={"filter": "(" * 900 + "active pr" + ")" * 900})
    nested = "not (" * 40 + "active pr" + ")" * 40
    assert await scim.refused("GET", "/Users", params={"filter": nested}) == (400, "invalidFilter")
    assert await scim.refused("GET", "/Users", params={"filter": "a" * 2001}) == (400, "invalidFilter")
    huge = {"displayName": "A", "members": [{"value": "VXNlcjox"}] * 2001}
    assert await scim.refused("POST", "/Groups", huge) == (400, "invalidValue")
