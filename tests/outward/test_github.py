"""What Muster sends to GitHub, what it finds again there, and what GitHub's refusals mean."""

import time
from dataclasses import replace

import pytest
from starlette.responses import JSONResponse

from integrations.adaptors import ADAPTORS
from integrations.client import VendorClient
from integrations.failures import Permanent, Retryable
from integrations.github import mark
from tests.outward.desk import CONFIGURATIONS, MATTER, adaptor_at, desk_at, read

URL = "https://muster.quillhaven.example/console/incidents/"


@pytest.fixture
async def desk(world, tmp_path):
    async with desk_at(world, tmp_path, "github") as made:
        yield made


def marked(reference, url=URL):
    return mark(replace(MATTER, reference=reference, url=f"{url}{reference}"))


async def test_the_text_has_the_link_the_severity_and_the_mark(desk):
    incident = await desk.order()
    await desk.run()
    (issue,) = desk.vendor.issues
    assert issue["labels"] == ["incident", "on fire"]
    assert issue["body"].split("\n\n") == [
        f"This incident is worked on in Muster: [{incident.reference}]({URL}{incident.reference}).",
        "Severity when the ticket was opened: SEV1.",
        marked(incident.reference),
    ]


async def test_a_title_calls_nobody_and_refers_to_no_other_issue(desk):
    await desk.order("@acme/ops: fixes #7, closes gh-8 and https://github.com/acme/shop/issues/9")
    await desk.run()
    (issue,) = desk.vendor.issues
    for called in ("@acme", "#7", "gh-8", "://github", "www.g"):
        assert called not in issue["title"]
    assert issue["title"].replace("\u200b", "").endswith("#7, closes gh-8 and https://github.com/acme/shop/issues/9")


async def test_a_title_of_the_greatest_length_is_cut_to_what_github_takes(desk):
    await desk.order("@" * 200)
    await desk.run()
    assert len(desk.vendor.issues[0]["title"]) == 256


async def test_only_an_issue_of_our_own_with_the_whole_mark_is_ours(desk):
    """Others can write our mark, too, other Musters have an INC-1, and pull requests are issues for GitHub."""
    desk.vendor.add("[INC-1] Trap", marked("INC-1"), login="mallory")
    desk.vendor.add("[INC-1] Staging", marked("INC-1", "https://staging.example/console/incidents/"))
    desk.vendor.add("[INC-1] Change", marked("INC-1"), pull_request={})
    desk.vendor.does = ["failed afterwards"]
    incident = await desk.order()
    await desk.run()
    await desk.run_on()
    assert len(desk.vendor.issues) == 4
    assert await desk.said(incident) == [("outward.done", "https://github.example/acme/shop/issues/4")]


async def test_an_app_finds_its_own_again(desk):
    desk.vendor.app_token = True
    desk.vendor.add("[INC-1] Trap", marked("INC-1"), login="mallory")
    desk.vendor.does = ["failed afterwards"]
    await desk.order()
    await desk.run()
    await desk.run_on()
    assert len(desk.vendor.issues) == 2


@pytest.mark.parametrize("indexed", [True, False])
async def test_what_is_older_than_the_list_goes_back_is_searched(desk, indexed):
    desk.vendor.does = ["failed afterwards"]
    incident = await desk.order()
    await desk.run()
    for number in range(300):
        desk.vendor.add(f"Other {number}", "x")
    if indexed:
        desk.vendor.indexed = {1}
    await desk.run_on()
    assert len(desk.vendor.issues) == (301 if indexed else 302), "the search is all that is left"
    assert [kind for kind, _ in await desk.said(incident)] == ["outward.done"]


def limited(status, *, message="API rate limit exceeded", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"message": message}, status, headers=named)


LIMITS = {
    "used up, by 403": (lambda: limited(403, x_ratelimit_remaining="0", x_ratelimit_reset=in_seconds(300)), 290, 310),
    "used up, by 429": (lambda: limited(429, x_ratelimit_remaining="0", x_ratelimit_reset=in_seconds(300)), 290, 310),
    "too fast": (lambda: limited(403, message="You have exceeded a secondary rate limit", retry_after="45"), 45, 46),
    "too fast, in words alone": (lambda: limited(403, message="You have exceeded a secondary rate limit"), 60, 61),
    "until a time that can't be": (lambda: limited(429, x_ratelimit_remaining="0", x_ratelimit_reset="soon"), 60, 61),
}


def in_seconds(seconds):
    """A moment from now in seconds since 1970, by the real clock, as GitHub gives it."""
    return str(int(time.time()) + seconds)


@pytest.mark.parametrize("name", LIMITS)
async def test_limits_are_kept_for_as_long_as_github_says(name):
    made, least, most = LIMITS[name]
    async with adaptor_at("github") as (vendor, github):
        vendor.does = [made()]
        with pytest.raises(Retryable, match="asks us to slow down") as limited:
            await github.open_ticket(MATTER)
    assert least <= limited.value.after <= most
    assert vendor.issues == []


def _no_repository(vendor):
    vendor.does = [JSONResponse({"message": "Not Found"}, 404)]


def _no_right(vendor):
    vendor.may_open = False


def _no_issues(vendor):
    vendor.repository["has_issues"] = False


def _moved(vendor):
    vendor.does = [JSONResponse({"message": "Moved Permanently"}, 301)]


def _invalid(vendor):
    errors = [{"resource": "Issue", "field": "labels", "code": "invalid"}]
    vendor.does = [JSONResponse({"message": "Validation Failed", "errors": errors}, 422)]


REFUSALS = {
    _no_repository: "no repository acme/shop that this token may see (404): correct `repository`",
    _no_right: "give it the permission Issues: read and write",
    _no_issues: "acme/shop has no issues (410): switch them on in its settings.",
    _moved: "acme/shop has moved (301): enter its new name as `repository`.",
    _invalid: 'refuses the issue (422): Validation Failed [{"resource":"Issue","field":"labels","code":"invalid"}].',
}


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.__name__)
async def test_refusals_say_what_to_mend(case):
    async with adaptor_at("github") as (vendor, github):
        case(vendor)
        with pytest.raises(Permanent) as refused:
            await github.open_ticket(MATTER)
    assert REFUSALS[case] in refused.value.words
    assert vendor.issues == []


async def test_an_examination_that_finds_all_well_and_opens_nothing():
    async with adaptor_at("github") as (vendor, github):
        assert read(await github.check()) == ({"token": "OK", "repository": "OK", "issues": "OK"}, {})
    assert vendor.issues == []
    assert vendor.posts("/issues") == [b"{}"]


EXAMINED = {
    "an unknown token": (lambda vendor: setattr(vendor, "token", "renewed"), "token", "WRONG"),
    "a token without the right": (_no_right, "issues", "MISSING"),
    "no issues": (_no_issues, "issues", "WRONG"),
    "an archived one": (lambda vendor: vendor.repository.update(archived=True), "issues", "WRONG"),
    "no push": (lambda vendor: vendor.repository.update(permissions={"push": False}), "labels", "MISSING"),
}


@pytest.mark.parametrize("name", EXAMINED)
async def test_an_examination_says_what_to_mend(name):
    change, subject, result = EXAMINED[name]
    async with adaptor_at("github") as (vendor, github):
        change(vendor)
        results, words = read(await github.check())
    assert results[subject] == result
    assert words[subject]


async def test_an_address_that_can_not_be_used_says_nothing_of_the_token():
    account = CONFIGURATIONS["github"] | {"base_url": "http://127.0.0.1:9"}
    github = ADAPTORS["github"](account, VendorClient)
    results, words = read(await github.check())
    assert results == {"repository": "WRONG"}
    assert "not a public address" in words["repository"]


async def test_an_examination_of_a_repository_that_is_not_there():
    async with adaptor_at("github", repository="acme/other") as (_, github):
        results, words = read(await github.check())
    assert results == {"token": "OK", "repository": "WRONG"}
    assert "acme/other" in words["repository"]
