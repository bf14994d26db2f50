"""Mails as monitors send them: pairs of beginnings and ends, what says neither, and whatever else arrives by mail."""

import random
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from actions.alerts.mail_patterns import checked_patterns
from auth.secret import new_mail_key
from core.errors import DomainError
from integrations.refusal import Refusal
from integrations.sources.kind import Post
from integrations.sources.mail import parse
from integrations.sources.mail_message import MOST_PARTS
from models.matcher import part_found
from tests.effort import effort

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)

PAIRS = {
    "Nagios, a service": (
        "** PROBLEM Service Alert: web-1/HTTP is CRITICAL **",
        "** RECOVERY Service Alert: web-1/HTTP is OK **",
        "service alert web-1/http is",
    ),
    "Nagios, a host": (
        "** PROBLEM Host Alert: web-1 is DOWN **",
        "** RECOVERY Host Alert: web-1 is UP **",
        "host alert web-1 is",
    ),
    "Nagios, worse": (
        "** PROBLEM Service Alert: web-1/disk is WARNING **",
        "** RECOVERY Service Alert: web-1/disk is OK **",
        "service alert web-1/disk is",
    ),
    "Icinga 2": ("[PROBLEM] disk on web-1 is CRITICAL!", "[RECOVERY] disk on web-1 is OK!", "disk on web-1 is"),
    "Checkmk": (
        "Check_MK: web-1/Filesystem / OK -> CRITICAL",
        "Check_MK: web-1/Filesystem / CRITICAL -> OK",
        "check_mk web-1/filesystem",
    ),
    "Zabbix": ("Problem: High CPU on web-1", "Resolved in 5m 3s: High CPU on web-1", "high cpu on web-1"),
    "Zabbix, in between": (
        "Updated problem in 1d 2h: High CPU on web-1",
        "Resolved in 1d 3h 12s: High CPU on web-1",
        "high cpu on web-1",
    ),
    "UptimeRobot": ("Monitor is DOWN: My Website", "Monitor is UP: My Website", "monitor is my website"),
    "Uptime Kuma": ("[My Site] [🔴 Down] timeout of 48000ms exceeded", "[My Site] [✅ Up] 200 - OK", "my site"),
    "Pingdom": ("DOWN alert: Shop (example.com) is DOWN", "UP alert: Shop (example.com) is UP", None),
    "Healthchecks": ("DOWN | Nightly backup", "UP | Nightly backup", "nightly backup"),
    "CloudWatch": ('ALARM: "CPU-high" in US East (N. Virginia)', 'OK: "CPU-high" in US East (N. Virginia)', None),
    "Alertmanager": (
        "[FIRING:2] DiskFull (web-1 critical)",
        "[RESOLVED] DiskFull (web-1 critical)",
        "diskfull web-1 critical",
    ),
    "Datadog": ("[Triggered] CPU high on host:web-1", "[Recovered] CPU high on host:web-1", "cpu high on host:web-1"),
    "Azure Monitor": ("Fired:Sev3 Azure Monitor Alert X on y", "Resolved:Sev3 Azure Monitor Alert X on y", None),
    "by hand": ("Shop is down", "Re: Fwd: AW: Shop is back up", None),
    "denied": ("link is not OK", "link is OK", "link is"),
}
FIRES = {
    "Cron <root@web-1> /usr/local/bin/backup.sh": "cron root@web-1 usr/local/bin/backup.sh",
    "Up to 20% off": "up to off",
    "Set up failed on web-1": "set up failed on web-1",
    "backup-ok of db_UP follow-up": "backup-ok of db_up follow-up",
    "[FIRING:1, RESOLVED:2] Disk": "disk",
    "Fail event on /dev/md0:web-1": "fail event on dev/md0:web-1",
    "Errors at 10.0.0.12:8080": "errors at 10.0.0.12:8080",
}
SAME = (
    ("Disk 91% full on db-2 (2026-11-24 03:00 UTC)", "Disk 93.5 % full on db-2 (2026-11-24 04:10:00 UTC)"),
    ("Backup took 3h 12m, 4.2 GiB", "Backup took 2h, 900 MB"),
    ("Queue stuck since Tue Nov 24 03:00:00 UTC 2026", "Queue stuck since Wed Nov 25 14:20:01 UTC 2026"),
    ("Job failed [#1234] incident 77", "Job failed [#1235] incident 78"),
    ("Payment 8f14e45f-ceea-467f-a8d2-9fb4a5b1c001 lost", "Payment 0f14e45f-ceea-467f-a8d2-9fb4a5b1c002 lost"),
    ("Order 1234567 is late", "Order 7654321 is late"),
)


def mail(subject, text="Look at it.", **headers):
    message = EmailMessage()
    message["From"], message["To"] = "Monitor <monitor@example.org>", "alerts@muster.example"
    if subject is not None:
        message["Subject"] = subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def read(sent, mapping=None):
    raw = sent if isinstance(sent, bytes) else sent.as_bytes()
    return parse(Post(raw, {}, mapping), NOW)


def one(sent, mapping=None):
    (group,) = read(sent, mapping).groups
    (alert,) = group.alerts
    assert alert.continues
    return alert


@pytest.mark.parametrize("vendor", PAIRS)
def test_the_end_has_the_key_of_the_beginning(vendor):
    began, ended, key = PAIRS[vendor]
    first, last = one(mail(began)), one(mail(ended))
    assert (first.firing, last.firing) == (True, False)
    assert first.fingerprint == last.fingerprint
    assert key in (None, last.fingerprint)


def test_what_differs_from_mail_to_mail_is_no_part_of_the_key_and_names_of_hosts_are():
    for subject, key in FIRES.items():
        alert = one(mail(subject))
        assert (alert.firing, alert.fingerprint) == (True, key), subject
    for one_day, another in SAME:
        assert one(mail(one_day)).fingerprint == one(mail(another)).fingerprint, one_day
    hosts = {one(mail(f"Disk full on {host}")).fingerprint for host in ("web-1", "web-2", "10.0.0.1", "10.0.0.2")}
    assert len(hosts) == 4


def test_labels_moments_and_names_of_deliveries():
    sent = mail("Größe überschritten", Date="Tue, 24 Nov 2026 04:50:00 +0200", Message_ID="<1@x>", List_Id="<ops.x>")
    reading = read(sent)
    (alert,) = reading.groups[0].alerts
    assert (alert.title, reading.delivery) == ("Größe überschritten", "<1@x>")
    assert alert.starts_at == datetime(2026, 11, 24, 2, 50, tzinfo=UTC)
    assert alert.labels == {
        "from": "Monitor <monitor@example.org>", "to": "alerts@muster.example", "subject": "Größe überschritten",
        "list-id": "<ops.x>",
    }  # fmt: skip
    assert alert.annotations == {"description": "Look at it."}
    dated, bare = mail("a", Date="Tue, 24 Nov 2026 02:50:00 -0000"), mail("a")
    assert read(dated).delivery.startswith("sha256:")
    assert (read(bare).delivery, one(bare).starts_at) == (None, NOW)
    for odd in ("Tue, 99 Foo 99999 99:99:99 +9999", "Tue, 24 Nov 2099 03:00:00 +0000"):
        assert "date" in one(b"Subject: a\r\nDate: " + odd.encode() + b"\r\n\r\n").annotations["parse_note"]


def test_the_key_of_the_source_is_told_to_nobody_who_reads_alerts():
    key = new_mail_key()
    sent = mail("Disk full", f"To: {key.upper()}@alerts.example\nForwarded to {key}@alerts.example.")
    sent.replace_header("To", f"{key}@alerts.example")
    alert = one(sent)
    assert key[8:] not in repr(alert).lower()
    assert alert.labels["to"].endswith("@alerts.example")


def test_texts_are_found_in_parts_markup_and_odd_charsets():
    rich = mail("a", "plain")
    rich.add_alternative("<p>rich</p>", subtype="html")
    rich.add_attachment(b"no text", maintype="text", subtype="plain", filename="a.txt")
    assert one(rich).annotations["description"] == "plain"
    markup = b"<style>p{}</style><h1>Disk &amp; co</h1><p>is<br>full&nbsp;now</p><script>x()</script>"
    told = one(b"Subject: a\r\nContent-Type: text/html; charset=x-odd\r\n\r\n" + markup)
    assert told.annotations["description"].split() == ["Disk", "&", "co", "is", "full", "now"]
    for charset, text in (("utf-16", "hé".encode("utf-16")), ("latin-1", b"h\xe9"), ("x-odd", b"h\xe9")):
        alert = one(b"Subject: a\r\nContent-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\n" + text)
        assert alert.annotations["description"] == "hé"
        assert ("'x-odd'" in alert.annotations.get("parse_note", "")) == (charset == "x-odd")
    for raw in ("Größe".encode(), "Größe".encode("latin-1"), b"=?iso-8859-1?q?Gr=F6=DFe?="):
        assert one(b"Subject: " + raw + b"\r\n\r\n").title == "Größe"


def test_what_says_nothing_is_taken_and_what_changes_nothing_noted():
    alert = one(mail(None))
    assert alert.title == "Mail of Monitor <monitor@example.org> without a subject"
    assert "taken for one" in alert.annotations["parse_note"]
    assert one(mail("DOWN")).fingerprint == one(mail("UP")).fingerprint
    for subject in (
        "** ACKNOWLEDGEMENT Service Alert: web-1/HTTP is CRITICAL **",
        'INSUFFICIENT_DATA: "CPU-high" in US East (N. Virginia)',
        "[DOWNTIMESTART] disk on web-1 is OK!",
    ):
        reading = read(mail(subject))
        assert (reading.groups, bool(reading.note)) == ((), True)


def test_an_admins_patterns_decide_and_are_checked():
    patterns = {"resolve_when": "(?i)all clear", "fingerprint": r"\bhost-\d+\b"}
    assert one(mail("PROBLEM web: all clear on xhost-1 host-22"), patterns).firing is False
    assert one(mail("RESOLVED on xhost-1 host-22!"), patterns).firing is True
    assert one(mail("RESOLVED on xhost-1 host-22!"), patterns).fingerprint == "host-22"
    assert one(mail("no such thing is OK"), patterns).fingerprint == "no such thing is"
    assert [part_found("abc", p) for p in ("^b", "c$", "a|ab", "x*", "b.")] == [None, "c", "ab", "", "bc"]
    for wrong in ([1], {"title": "a"}, {"fingerprint": "("}, {"fingerprint": 1}, {"fingerprint": "a" * 201}):
        with pytest.raises(DomainError):
            checked_patterns(wrong)
    assert checked_patterns({"resolve_when": "ok", "fingerprint": ""}) == {"resolve_when": "ok"}


def nested(depth, lines=0):
    levels = (b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(depth))
    return b"Subject: bomb\r\n" + b"".join(levels) + b"\r\n" + b"x\r\n" * lines


HOSTILE = {
    "nested": nested(MOST_PARTS - 2, 2000),
    "headers": b"A: b\r\n" * 20_000 + b"Subject: late\r\n\r\nx",
    "folded": b"Subject: a\r\n" + b" folded\r\n" * 30_000 + b"\r\nhi",
    "subject": b"Subject: " + b"=?utf-8?q?=C3=A9?= " * 20_000 + b"\r\n\r\nx",
    "comments": b"From: " + b"(" * 3000 + b"\r\nTo: " + b'"\\' * 999 + b"\r\nSubject: x\r\n\r\n",
    "parameters": b"Subject: a\r\nContent-Type: " + b"text/plain; a*0=b;" * 10_000 + b"\r\n\r\nhi",
    "charset": b"Subject: a\r\nContent-Type: text/plain; charset=punycode\r\n\r\n" + b"a-b" * 30_000,
    "markup": b"Subject: a\r\nContent-Type: text/html\r\n\r\n" + b"<<<a<" * 20_000,
    "base64": b"Subject: a\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!" + b"QUJD\r\n" * 20_000,
    "NUL": b"Subject: a\0b\r\nTo: \0\r\n\r\nh\0i",
    "large": b"Subject: x\r\n\r\n" + b"y" * 1_000_000,
    "types": b"Subject: x\r\nContent-Type: ;;;\r\nContent-Disposition: \xff;;\r\nMessage-ID: <<<>>>@\r\n\r\nhi",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_mails_are_alerts(kind):
    alert = one(HOSTILE[kind])
    assert "\0" not in str(alert)
    assert len(alert.title) <= 200
    assert len(alert.annotations.get("description", "")) <= 10_000


def test_what_is_no_mail_or_a_bomb_is_refused():
    for raw in (b"", bytes(range(256)) * 100, b"{}", nested(3000), b"Content-Type: message/rfc822\r\n\r\n" * 500):
        with pytest.raises(Refusal):
            read(raw)


def test_mangled_mails_are_alerts_or_refused():
    rng = random.Random(1)  # noqa: S311 (the same mails each time)
    rich = mail(
        "** PROBLEM Größe: web-1 is DOWN **", "plain", Date="Tue, 24 Nov 2026 02:50:00 +0000", Message_ID="<a@b>"
    )
    rich.add_alternative("<p>rich</p>", subtype="html")
    whole = rich.as_bytes()
    for _ in range(effort(300, 20_000)):
        raw = bytearray(whole)
        for _ in range(rng.randint(1, 12)):
            at = rng.randrange(len(raw))
            match rng.randrange(4):
                case 0:
                    raw[at] = rng.randrange(256)
                case 1:
                    del raw[at : at + rng.randrange(40)]
                case 2:
                    raw[at:at] = raw[(begin := rng.randrange(len(raw))) : begin + rng.randrange(60)]
                case _:
                    raw[at:at] = rng.choice((b"\r\n", b"\0", b"=?utf-8?b?", b"(", b'"', b"\xff\xfe", b";=", b"--"))
            raw = raw or bytearray(b"x")
        with suppress(Refusal):
            read(bytes(raw))
