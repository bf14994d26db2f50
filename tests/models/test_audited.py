"""Every change of who may do what, and of settings, is audited: it keeps where it came from."""

from models.facts.base import Fact
from models.facts.every import KINDS

SEEING = {"incident.visibility_changed", "member.added", "member.removed"}
VOUCHING = {"subscriber.added", "subscriber.removed", "suppression.lifted"}
"""What admins do about addresses of people who are no part of the organisation."""
DISCLOSING = {f"public_postmortem.{what}" for what in ("published", "edited", "withdrawn")}
"""What was learned inside, told to everybody."""
OPENING = {"status_page.link_created", "status_page.links_revoked"}
"""Ways into a status page that is not for everybody."""

CALENDARS = {"schedule.calendar_linked"}
"""Ways to read shifts without signing in."""
JUDGING = {"practice.tuned"}
"""What the organisation holds itself to."""
ERASING = {"text.erased"}
"""Words that are gone for good."""
REPAIRING = {"delivery.repeated", "alert_delivery.replayed", "job.retried", "job.discarded"}
"""What admins do about work that was given up."""


def test_every_fact_about_access_people_and_settings_is_audited():
    expected = {kind for kind in KINDS if kind.startswith(("setting.", "access.", "person."))}
    others = SEEING | VOUCHING | DISCLOSING | OPENING | CALENDARS | JUDGING | ERASING | REPAIRING
    assert others < KINDS
    assert {kind for kind in KINDS if Fact.registry[kind].audited} == expected | others
