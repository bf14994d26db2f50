"""CloudWatch through SNS: signatures by a certificate, subscriptions that confirm themselves, alarms."""

import asyncio
import base64
from datetime import timedelta

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from actions.alerts.source_secrets import set_alert_source_secret
from core.errors import DomainError
from integrations.refusal import Refusal
from integrations.sources import sns
from integrations.sources.certificates import Certificates
from integrations.sources.sns import CERTIFICATE, confirmation, signed_text
from models.words import AlertState
from tests.actions.alerting import alerts
from tests.integrations.sources.samples import sample
from tests.integrations.sources.test_kinds import iso

ADDRESS = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0f1e2d.pem"
ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:Too hot"
KEY = rsa.generate_private_key(65537, 2048)


def certificate(moment):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = x509.CertificateBuilder(
        name, name, KEY.public_key(), 7, moment - timedelta(days=1), moment + timedelta(days=30)
    )
    return made.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def fetched(clock, monkeypatch):
    """The addresses of certificates that were fetched; the one there is fits our key."""
    asked = []

    async def get(address):
        asked.append(address)
        return certificate(clock.now())

    monkeypatch.setattr(sns, "CERTIFICATES", Certificates(get))
    return asked


def signed(message, version="1", address=ADDRESS):
    digest = sns.HASHES[version]
    mac = base64.b64encode(KEY.sign(signed_text(message), padding.PKCS1v15(), digest)).decode()
    return {**message, "SignatureVersion": version, "Signature": mac, "SigningCertURL": address}


def notification(state, moment, *, number="1", **alarm):
    told = {
        "AlarmName": "Too hot",
        "AlarmArn": ARN,
        "AWSAccountId": "123456789012",
        "NewStateValue": state,
        "NewStateReason": "Threshold crossed",
        "StateChangeTime": moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "Region": "EU (Ireland)",
        "Trigger": {
            "Namespace": "AWS/EC2",
            "MetricName": "CPU",
            "Dimensions": [{"name": "InstanceId", "value": "i-1"}],
        },
        **alarm,
    }
    return {
        "Type": "Notification",
        "MessageId": f"message-{number}",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms",
        "Subject": "ALARM",
        "Message": orjson.dumps(told).decode(),
        "Timestamp": iso(moment),
    }


async def test_an_alarm_is_taken_as_sns_signs_it_in_both_versions_and_ok_ends_it(world, source, clock, fetched):
    here = await source("cloudwatch")
    began = clock.now().replace(microsecond=0)
    assert await here.takes(signed(notification("ALARM", began))) == (1, 1, 0)
    clock.advance(minutes=5)
    missing = await here.post(signed(notification("INSUFFICIENT_DATA", clock.now(), number="2"), "2"))
    assert missing.json()["note"] == "Nothing here fires, and nothing is over."
    assert await here.takes(signed(notification("OK", clock.now(), number="3"), "2")) == (1, 0, 1)
    (only,) = await alerts(world)
    assert (only.title, only.state) == ("Too hot", AlertState.RESOLVED)
    assert (only.starts_at, only.resolved_at) == (began, began + timedelta(minutes=5)), "by its own words"
    assert only.labels["InstanceId"] == "i-1"
    assert only.labels["region"] == "eu-west-1"
    assert only.url.endswith("region=eu-west-1#alarmsV2:alarm/Too%20hot")
    assert fetched == [ADDRESS], "a certificate is fetched once"


@pytest.mark.usefixtures("fetched")
async def test_whatever_sns_did_not_sign_is_refused(world, source, clock):
    here = await source("cloudwatch")
    good = signed(notification("ALARM", clock.now()))
    forged = [
        {**good, "Message": "{}"},
        {**good, "MessageId": "other"},
        {**good, "SignatureVersion": "3"},
        {**good, "Signature": "no base64"},
        {**good, "Signature": base64.b64encode(b"x" * 256).decode()},
        {name: value for name, value in good.items() if name != "Signature"},
        {**good, "SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem"},
    ]
    for body in forged:
        assert (await here.post(body)).status_code == 401, body
    clock.advance(days=31)
    assert (await here.post(good)).status_code == 202, "another certificate is fetched the day after"
    assert await alerts(world) != []


@pytest.mark.parametrize(
    "address",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://evil.example/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com:444/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com/other.pem",
        "https://bucket.s3.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com.cn.evil.example/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem\n",
    ],
)
def test_a_certificate_of_another_host_is_never_fetched(address):
    assert not CERTIFICATE.fullmatch(address)
    assert CERTIFICATE.fullmatch(ADDRESS.replace(".com/", ".com.cn/"))
    assert CERTIFICATE.fullmatch("https://sns.us-gov-west-1.amazonaws.com/SimpleNotificationService-1.pem")


async def test_a_certificate_that_is_not_valid_or_none_at_all_has_sns_send_again(clock):
    async def old(_):
        return certificate(clock.now() - timedelta(days=90))

    async def odd(_):
        return b"Not found"

    for get in (old, odd):
        certificates = Certificates(get)
        for words in ("it is no", "a moment ago") if get is odd else ("not valid now", "a moment ago"):
            with pytest.raises(Refusal, match=words) as refused:
                await certificates.key_of(ADDRESS, clock.now())
            assert refused.value.response().status_code == 503
        clock.advance(seconds=6)
        with pytest.raises(Refusal, match="certificate that signs"):
            await certificates.key_of(ADDRESS, clock.now())


async def test_a_storm_fetches_a_certificate_once(clock):
    asked = []

    async def get(address):
        asked.append(address)
        await asyncio.sleep(0)
        return certificate(clock.now())

    certificates = Certificates(get)
    keys = await asyncio.gather(*(certificates.key_of(ADDRESS, clock.now()) for _ in range(20)))
    assert len(asked) == 1
    assert all(key == KEY.public_key() for key in keys)


@pytest.mark.usefixtures("fetched")
async def test_a_subscription_is_confirmed_by_a_job_at_snss_own_host(world, source):
    here = await source("cloudwatch")
    message = sample("cloudwatch-sns/subscription_confirmation_shape")
    answer = await here.post(signed(message, address=message["SigningCertURL"]))
    assert answer.status_code == 202
    assert "is being confirmed" in answer.json()["note"]
    (job,) = await world.jobs("alert_source.confirm")
    assert confirmation(job.args["address"]) == message["SubscribeURL"]
    elsewhere = {**message, "SubscribeURL": message["SubscribeURL"].replace("sns.", "evil.")}
    assert (await here.post(signed(elsewhere))).status_code == 400
    assert len(await world.jobs("alert_source.confirm")) == 1


@pytest.mark.usefixtures("fetched")
async def test_a_message_that_is_no_alarm_is_an_alert_that_says_so(world, source, clock):
    here = await source("cloudwatch")
    plain = {**notification("ALARM", clock.now()), "Message": "Disk full\nreally", "Subject": None}
    assert await here.takes(signed(plain)) == (1, 1, 0)
    (only,) = await alerts(world)
    assert (only.title, only.state) == ("Disk full", AlertState.FIRING)
    assert only.annotations["parse_note"].startswith("this is no alarm of CloudWatch")


async def test_a_source_of_cloudwatch_takes_no_secret(world, source):
    here = await source("cloudwatch")
    with pytest.raises(DomainError, match="not signed by a secret"):
        await world.do(set_alert_source_secret, world.ada, source=here.reference)
