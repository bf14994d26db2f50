"""GitHub's deployments: changes of services, in whatever order their news come, beside the incidents of these."""

import orjson
from sqlalchemy import select

from actions.alerts.source_secrets import set_alert_source_secret
from models.change import Change
from tests.actions.alerting import alerts
from tests.integrations.sources.samples import sample
from tests.integrations.sources.test_kinds import iso
from tests.integrations.sources.test_proof import mac


def deployment(moment, number=7, **changes):
    told = {"id": number, "ref": "v412", "environment": "production", "created_at": iso(moment), "payload": {}}
    return {
        "action": "created",
        "deployment": {**told, "creator": {"login": "octocat"}, **changes},
        "repository": {"full_name": "acme/checkout-api", "name": "checkout-api", "html_url": "https://github.com/acme"},
    }


def status(body, state, moment):
    told = {"state": state, "created_at": iso(moment), "log_url": "https://github.com/acme/runs/1"}
    return {**body, "deployment_status": told}


async def kept(world):
    async with world.database.reading() as reader:
        return await reader.rows(Change, select(Change).order_by(Change.id))


async def test_a_deployment_is_one_change_and_the_newest_news_of_it_stand(world, source, clock):
    here = await source("github")
    began = clock.now().replace(microsecond=0)
    body = deployment(began)
    clock.advance(minutes=5)
    event = {"X-GitHub-Event": "deployment_status"}
    assert await here.takes(status(body, "success", clock.now()), **event) == (0, 0, 0)
    late = {"X-GitHub-Event": "deployment", "X-GitHub-Delivery": "d-1"}
    for _ in range(2):
        answer = await here.post(body, **late)
        assert (answer.status_code, answer.json()["note"]) == (202, "It is kept as a change.")
    (change,) = await kept(world)
    assert (change.title, change.state) == ("acme/checkout-api v412 to production", "success")
    assert (change.happened_at, change.author) == (began, "octocat")
    assert change.url == "https://github.com/acme/runs/1"
    assert change.service_id == world.services["checkout-api"].id
    clock.advance(minutes=1)
    await here.takes(status(body, "inactive", clock.now()))
    assert [each.state for each in await kept(world)] == ["inactive"]
    assert await alerts(world) == []


async def test_the_service_is_the_deployments_own_or_called_like_the_repository(world, source, clock):
    here = await source("github")
    for number, payload in enumerate(({"service": "Checkout-API"}, {"service": "nobody"}, "odd", {"service": 7})):
        body = deployment(clock.now(), number, payload=payload)
        await here.takes({**body, "repository": {"full_name": "acme/x", "name": "x"}})
    own = world.services["checkout-api"].id
    assert [each.service_id for each in await kept(world)] == [own, None, None, None]


async def test_what_github_did_not_sign_is_refused_and_other_events_say_nothing(world, source, clock):
    here = await source("github")
    await world.do(set_alert_source_secret, world.ada, source=here.reference, secret="of-github")
    body = deployment(clock.now())
    good = "sha256=" + mac("of-github", orjson.dumps(body))
    for given in ({}, {"X-Hub-Signature-256": good[7:]}, {"X-Hub-Signature-256": "sha256=" + "0" * 64}):
        assert (await here.post(body, **given)).status_code == 401
    assert await here.takes(body, **{"X-Hub-Signature-256": good}) == (0, 0, 0)
    ping = {"zen": "Keep it logically awesome."}
    signed = {"X-Hub-Signature-256": "sha256=" + mac("of-github", orjson.dumps(ping)), "X-GitHub-Event": "ping"}
    assert (await here.post(ping, **signed)).json()["note"] == "ping says nothing of a deployment."
    odd = {"X-Hub-Signature-256": "sha256=" + mac("of-github", b"{}")}
    answer = await here.post({}, **odd)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "deployment.id")
    assert len(await kept(world)) == 1


async def test_the_sample_of_github_is_a_change(world, source):
    here = await source("github")
    await here.takes(sample("github/deployment_status"), **{"X-GitHub-Event": "deployment_status"})
    (change,) = await kept(world)
    assert change.title == "Codertocat/Hello-World master to github-pages"
    assert (change.state, change.service_id) == ("in_progress", None)
