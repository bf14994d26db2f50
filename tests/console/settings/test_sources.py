"""Alert sources and routing in Settings: the line that is shown once sends an alert, which arrives."""

import json
import re
from html import unescape

import pytest
from sqlalchemy import select

from actions.alerts.rules import save_routing_rule
from actions.alerts.sources import KINDS as EVERY
from actions.visibility_changes import change_visibility
from core.ids import encode
from models.alert import Alert, AlertSource
from models.incident import Incident
from models.words import AlertState, Visibility
from tests.console.desk import words

KINDS = set(EVERY)
NEW = "/console/settings/alert-sources/new"


async def add(ada, **given):
    await ada.read(NEW)
    return await ada.send(NEW, 200, **{"name": "Alertmanager, Frankfurt", **given})


def post(client, page):
    """What the line that can be pasted does."""
    line = unescape(re.search(r'<pre class="said" id="sample">(.*?)</pre>', page.text, re.DOTALL)[1])
    found = re.fullmatch(r"curl -X POST (http\S+) -H '([^:]+): ([^']+)' -d '([^']+)'", line)
    return client.post(found[1], content=found[4], headers={found[2]: found[3]}), json.loads(found[4])


async def test_a_source_is_added_and_the_line_that_is_shown_once_makes_an_alert_arrive(world, ada):
    page = await add(ada)
    address = re.search(r'class="btn" href="(/console/settings/alert-sources/[^"]+)"', page.text)[1]
    assert "Nothing yet." in await ada.read(address)
    assert "/hooks/" not in ada.page.text, "the key is shown once"
    sending, sent = post(ada.client, page)
    assert (await sending).status_code == 202
    async with world.database.reading() as reader:
        (alert,) = await reader.rows(Alert, select(Alert))
    assert alert.labels == sent["alerts"][0]["labels"]
    said = await ada.read(address)
    assert "A sample, sent by hand: it found its way firing, seen 1 time" in said
    async with world.database.reading() as reader:
        (source,) = await reader.rows(AlertSource, select(AlertSource))
    assert source.last_seen_at is not None
    assert "Nothing yet" not in await ada.read("/console/settings/alert-sources")


async def test_bad_input_and_a_form_sent_twice(world, ada, ben):
    await ada.read(NEW)
    refused = await ada.send(NEW, 422, name=" ", kind="alertmanager")
    assert "nothing stands here" in refused.text
    form = ada.form(NEW)
    await ada.send(NEW, 200, form=form, name="Once")
    again = await ada.send(NEW, 200, form=form, name="Once")
    assert "This form was sent before" in again.text
    async with world.database.reading() as reader:
        assert len(await reader.rows(AlertSource, select(AlertSource))) == 1
    assert "administer" in (await ben.send(NEW, 403, form={}, name="Mine")).text
    assert "Add alert source" not in await ben.read("/console/settings/alert-sources")


async def test_alerts_of_private_incidents_are_shown_to_members_only(world, ada, ben):
    await world.do(save_routing_rule, world.ada, name="All", matchers={})
    page = await add(ada)
    address = re.search(r'class="btn" href="(/console/settings/alert-sources/[^"]+)"', page.text)[1]
    sending, _ = post(ada.client, page)
    await sending
    assert "A sample" in await ben.read(address)
    async with world.database.reading() as reader:
        (incident,) = await reader.rows(Incident, select(Incident))
    await world.do(
        change_visibility, world.ada, incident=incident.reference, visibility=Visibility.PRIVATE, reason="Secret."
    )
    assert "A sample" not in await ben.read(address)
    assert "A sample" in await ada.read(address)


@pytest.mark.parametrize("twice", [("severity", "severity")])
async def test_a_label_that_is_there_twice_is_refused(ada, twice):
    path = "/console/settings/routing/new"
    await ada.read(path)
    labels = {f"matchers.{n}.label": label for n, label in enumerate(twice)}
    refused = await ada.send(path, 422, name="Odd", **labels, **{"matchers.0.wanted": "a", "matchers.1.wanted": "b"})
    assert "is there twice" in refused.text
    assert ada.form(path)["matchers.1.wanted"] == "b"


async def test_a_rule_that_was_deleted_by_a_form_sent_twice_is_just_gone(world, ada):
    rule = await world.do(save_routing_rule, world.ada, name="All", matchers={})
    path = f"/console/settings/routing/{encode('RoutingRule', rule.id)}"
    await ada.read(path)
    form = ada.form(f"{path}/part")
    for _ in range(2):
        await ada.send(f"{path}/part", form=form, confirm="All")
    assert len(await world.events(None, "setting.deleted")) == 1


async def test_a_secret_is_made_replaced_by_the_vendors_own_and_taken_away(ada, ben):
    page = await add(ada)
    address = re.search(r'class="btn" href="(/console/settings/alert-sources/[^"]+)"', page.text)[1]
    assert "It has none: whoever has the address can send alerts." in unescape(await ada.read(address))
    assert "Ask for a secret" not in await ben.read(address)
    shown = await ada.send(f"{address}/secret", 200)
    secret = re.search(r'id="secret">(msk_[^<]+)<', shown.text)[1]
    assert (await post(ada.client, page)[0]).status_code == 401
    assert secret not in await ada.read(address)
    refusal = await ada.send(f"{address}/secret", 422, secret="short", overlap_minutes="60")
    assert "8 to 500 printable ASCII characters" in refusal.text
    assert (
        (await ada.send(f"{address}/secret", secret="the-vendors-own")).headers["location"].endswith("done=secret-set")
    )
    assert "The one before is good, too" in await ada.read(address)
    gone = await ada.send(f"{address}/no-secret")
    assert "The key in the address is enough." in await ada.read(gone.headers["location"])
    assert (await post(ada.client, page)[0]).status_code == 202


@pytest.mark.parametrize("kind", sorted(KINDS - {"cloudwatch", "github", "email"}))
async def test_every_kind_is_shown_a_line_that_works(world, ada, kind):
    page = await add(ada, kind=kind)
    assert (await post(ada.client, page)[0]).status_code == 202
    async with world.database.reading() as reader:
        (alert,) = await reader.rows(Alert, select(Alert))
    said = "A sample, sent by hand: it found its way"
    assert said in (alert.title, *alert.annotations.values())
    assert "parse_note" not in alert.annotations
    assert alert.state is AlertState.FIRING


async def test_cloudwatch_is_shown_how_a_topic_is_subscribed(ada):
    page = await add(ada, kind="cloudwatch")
    assert "aws sns subscribe --topic-arn ARN_OF_THE_TOPIC --protocol https" in page.text
    address = re.search(r'class="btn" href="(/console/settings/alert-sources/[^"]+)"', page.text)[1]
    said = await ada.read(address)
    assert "SNS signs each message by a certificate of its own" in said
    assert "How its JSON is read" not in said


async def test_a_mail_address_is_shown_with_a_line_that_mails_and_its_patterns_are_kept(world, ada):
    page = await add(ada, kind="email")
    shown = unescape(page.text)
    key = re.search(r"msh_[a-z2-7]{40}[0-9a-f]{8}(?=@)", shown)[0]
    assert f"| sendmail {key}@" in shown
    assert "Nobody listens for mail yet: set MUSTER_SMTP_LISTEN" in shown
    address = re.search(r'class="btn" href="(/console/settings/alert-sources/[^"]+)"', page.text)[1]
    said = unescape(await ada.read(address))
    assert "How its subjects are read" in said
    assert "The key in its address is all that a mail needs" in said
    row = {"mapping.0.name": "resolve_when", "mapping.0.expression": "(?i)all clear"}
    refused = await ada.send(address, 422, name="Mail", **{**row, "mapping.0.expression": "(?<=a)b"})
    assert "no regular expression that can be used" in unescape(refused.text)
    await ada.send(address, 303, name="Mail", **row)
    async with world.database.reading() as reader:
        (source,) = await reader.rows(AlertSource, select(AlertSource))
    assert (source.name, source.mapping) == ("Mail", {"resolve_when": "(?i)all clear"})
    assert "(?i)all clear" in (await ada.client.get(address)).text


async def test_patterns_are_tried_on_a_mail_before_they_are_saved(world, ada):
    page = await add(ada, kind="email")
    address = re.search(r'class="btn" href="(/console/settings/alert-sources/[^"]+)"', page.text)[1]
    assert "A mail to try it on" in words(await ada.read(address))
    row = {"mapping.0.name": "resolve_when", "mapping.0.expression": "(?i)all clear", "_preview": "yes"}
    row["body"] = "\r\nSubject: web-1: all clear\r\nFrom: probe@mon.example\r\n\r\nGone."
    tried = words((await ada.send(address, 200, **row)).text)
    assert "web-1: all clear over: " in tried
    assert "key web-1 all clear" in tried
    row["mapping.0.expression"] = "(?i)never"
    assert "web-1: all clear fires since" in words((await ada.send(address, 200, **row)).text)
    row["mapping.0.expression"] = "("
    assert "resolve_when: This is no regular expression" in words((await ada.send(address, 200, **row)).text)
    row["mapping.0.expression"] = "(?i)never"
    assert "body: This is no mail" in words((await ada.send(address, 200, **{**row, "body": "hello"})).text)
    await ada.read(address)
    quiet = await ada.send(address, 200, body="Subject: ACKNOWLEDGEMENT: web-1 is DOWN", _preview="yes")
    assert "The subject says what changes nothing" in words(quiet.text)
    async with world.database.reading() as reader:
        assert [each.mapping for each in await reader.rows(AlertSource, select(AlertSource))] == [None]


async def test_expressions_are_tried_on_a_body_before_they_are_saved(world, ada):
    page = await add(ada, kind="generic")
    address = re.search(r'class="btn" href="(/console/settings/alert-sources/[^"]+)"', page.text)[1]
    await ada.read(address)
    written = {"mapping.0.name": "title", "mapping.0.expression": "what", "mapping.1.name": "key"}
    whole = {**written, "mapping.1.expression": "no", "body": '{"what": "Disk full", "no": 7, "state": "down"}'}
    tried = words((await ada.send(address, 200, **whole, _preview="yes")).text)
    assert "Disk full fires since" in tried
    assert "key 7, group 7" in tried
    bad = {**whole, "mapping.1.expression": "no ||"}
    assert "key: It fails at character 6" in words((await ada.send(address, 200, **bad, _preview="yes")).text)
    assert "body: The body is not JSON" in words(
        (await ada.send(address, 200, **{**whole, "body": "{"}, _preview="yes")).text
    )
    twice = {**whole, "mapping.1.name": "title"}
    assert "“Title” is there twice" in (await ada.send(address, 422, **twice, _preview="yes")).text
    writing = {"_preview": "yes", "_live": "yes"}
    faulty = await ada.send(address, 422, **twice, **writing)
    assert "“Title” is there twice" in re.search(r'<div id="tried".*?</div>', faulty.text, re.DOTALL)[0]
    assert "What it makes of this" not in words((await ada.send(address, 200, **{**whole, "body": ""}, **writing)).text)
    refused = await ada.send(address, 422, **bad)
    assert "It fails at character 6" in refused.text
    await ada.send(address, 303, **whole)
    async with world.database.reading() as reader:
        (source,) = await reader.rows(AlertSource, select(AlertSource))
    assert source.mapping == {"title": "what", "key": "no"}
    assert 'value="what"' in (await ada.client.get(address)).text


async def test_a_source_is_archived_and_brought_back(ada):
    page = await add(ada)
    address = re.search(r'class="btn" href="(/console/settings/alert-sources/[^"]+)"', page.text)[1]
    await ada.read(address)
    await ada.send(f"{address}/part", confirm="Alertmanager, Frankfurt")
    assert (await post(ada.client, page)[0]).status_code == 404
    await ada.read(address)
    await ada.send(f"{address}/restore")
    assert (await post(ada.client, page)[0]).status_code == 202


async def test_what_could_not_be_read_is_shown_to_admins_and_read_again(world, ada, ben):
    page = await add(ada, kind="generic")
    address = re.search(r'class="btn" href="(/console/settings/alert-sources/[^"]+)"', page.text)[1]
    hook = re.search(r"http\S+/hooks/alerts/generic/msh_[\w-]+", unescape(page.text))[0]
    assert (await ada.client.post(hook, content=b'{"odd": "<b>"}')).status_code == 400
    shown = (await ada.client.get(address)).text
    assert re.search(r'aria-label="Read it again: what came [\w: ]+">Read it again</button>', shown)
    said = words(shown)
    assert "Nothing here says which alert it is" in said
    assert '{"odd": "<b>"}' in said
    assert "What could not be read" not in await ben.read(address)
    await ada.read(address)
    await ada.send(f"{address}/replay")
    assert len(await world.jobs("alert_source.replay")) == 1
    assert "Tried again" in await ada.read(address)
