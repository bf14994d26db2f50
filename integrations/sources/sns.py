"""Amazon SNS: what it posts over HTTPS, and whether it did.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html and
…/sns-verify-signature-of-message.html: the string to sign, versions 1 (SHA-1) and 2 (SHA-256). What SNS signs may come
from anybody's topic: the key in the address is the right to send, the signature shows that nobody in between wrote it.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from integrations.refusal import Reason, Refusal
from integrations.sources.body import object_of, part
from integrations.sources.certificates import CERTIFICATES
from integrations.sources.kind import Post
from integrations.sources.proof import missing

HINT = "Subscribe this address to an SNS topic by HTTPS, without raw message delivery."
HOST = r"https://sns\.[a-z]{2}(-[a-z]{1,12}){1,3}-[0-9]{1,2}\.amazonaws\.com(\.cn)?"
"""Only these hosts are SNS': a name before or after would be somebody else's."""
CERTIFICATE = re.compile(HOST + r"/SimpleNotificationService(-[0-9a-zA-Z]{1,64})?\.pem")
CONFIRMATION = re.compile(HOST + r"/\?Action=ConfirmSubscription&[A-Za-z0-9&=%:._~+/-]{1,1500}")

NOTIFICATION, SUBSCRIBED, UNSUBSCRIBED = "Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"
FIELDS = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIBED: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    UNSUBSCRIBED: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
"""What is signed of a message, in this order; a subject that is absent is left out."""
HASHES: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 (version 1 is SNS' own)


def messages_of(body: bytes) -> list[Mapping[str, Any]]:
    """The messages in a body: itself, or those that Lambda was handed and somebody passed on. Refusal for neither."""
    whole = object_of(body, HINT)
    records = whole.get("Records")
    if isinstance(records, list) and records and all(isinstance(record, Mapping) for record in records):
        found = [_respelled(part(record, "Sns")) for record in records[:100]]
    else:
        found = [whole]
    for message in found:
        if str(message.get("Type")) not in FIELDS:
            raise Refusal(Reason.INVALID, "This is no message of SNS.", field="Type", hint=HINT)
    return found


def _respelled(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Lambda writes Url where HTTPS has URL."""
    return {re.sub("Url$", "URL", key): value for key, value in message.items()}


async def prove(post: Post, now: datetime) -> None:
    """Refusal unless SNS signed every message of a body."""
    for message in messages_of(post.body):
        await _prove(message, now)


async def _prove(message: Mapping[str, Any], now: datetime) -> None:
    given, address = message.get("Signature"), message.get("SigningCertURL")
    if not isinstance(given, str) or not isinstance(address, str):
        raise missing("Signature", HINT)
    if not CERTIFICATE.fullmatch(address):
        raise _forged("The certificate is not one of SNS' own.", "SigningCertURL")
    digest = HASHES.get(str(message.get("SignatureVersion")))
    if digest is None:
        raise _forged("Only the signature versions 1 and 2 are known.", "SignatureVersion")
    key = await CERTIFICATES.key_of(address, now)
    try:
        key.verify(base64.b64decode(given, validate=True), signed_text(message), padding.PKCS1v15(), digest)
    except (InvalidSignature, binascii.Error) as error:
        raise _forged("SNS did not sign this message.", "Signature") from error


def signed_text(message: Mapping[str, Any]) -> bytes:
    """The string to sign: each name and value on a line of its own."""
    told = [(name, message[name]) for name in FIELDS[message["Type"]] if message.get(name) is not None]
    return "".join(f"{name}\n{value}\n" for name, value in told).encode("utf-8", "replace")


def _forged(words: str, field: str) -> Refusal:
    return Refusal(Reason.WRONG_SIGNATURE, words, field=field, hint=HINT)


def confirmation(address: Any) -> str:
    """The address that confirms a subscription. Refusal for any but SNS' own: it will be fetched."""
    if not isinstance(address, str) or not CONFIRMATION.fullmatch(address):
        raise Refusal(Reason.INVALID, "This is no address of SNS.", field="SubscribeURL", hint=HINT)
    return address
