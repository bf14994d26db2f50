"""No secret reaches the log, whoever logs it."""

import json
import logging

import pytest

from auth.secret import PREFIXES, new_secret
from core.logging import JsonFormatter, configure_logging
from core.redaction import RedactingFormatter, redacted


@pytest.fixture(autouse=True)
def as_before():
    """Logging is the process's: give it back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.mark.parametrize("style", ["text", "json"])
def test_secrets_of_ours_are_masked_in_messages_arguments_and_tracebacks(capsys, style):
    configure_logging(style)
    secrets = [new_secret(prefix) for prefix in PREFIXES]
    for secret in secrets:
        logging.getLogger("anybody").warning("GET /auth/link/%s failed", secret)
    try:
        int(secrets[0])
    except ValueError:
        logging.getLogger("anybody").exception("it failed")
    text = capsys.readouterr().err
    assert "ValueError" in text
    assert [secret for secret in secrets if secret in text or secret[8:40] in text] == []
    assert "mst_…" in text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Authorization: Bearer abc.def.ghi", "Authorization: …"),
        ("{'authorization': 'Basic dXNlcjpwYXNz'}", "{'authorization': '…'}"),
        ("Cookie: muster_session=abc", "Cookie: …"),
        ("postgresql://muster:hunter2@db.example/muster", "postgresql://muster:…@db.example/muster"),
        ("smtp://u:p%40ss@mail.example:587", "smtp://u:…@mail.example:587"),
        ("grant_type=x&client_secret=abc&scope=y", "grant_type=x&client_secret=…&scope=y"),
        ('{"id_token": "eyJ.abc.def"}', '{"id_token": "…"}'),
        ("whsec_aGVsbG8gd29ybGQ=", "whsec_…"),
        ("the token xoxb-12345678-abcdef is no good", "the token xoxb-… is no good"),
    ],
)
def test_what_is_masked(written, read):
    assert redacted(written) == read


@pytest.mark.parametrize(
    "harmless",
    [
        "listening on 127.0.0.1:8000",
        "http://127.0.0.1:8000/",
        "the bearer came",
        "msl_ is a prefix",
        "a password is wrong",
    ],
)
def test_what_is_left_alone(harmless):
    assert redacted(harmless) == harmless


def test_json_stays_json():
    record = logging.LogRecord("x", logging.INFO, "", 0, "token %s of %s", (new_secret("mst_"), "Ben"), None)
    assert json.loads(RedactingFormatter(JsonFormatter()).format(record))["message"] == "token mst_… of Ben"
