"""Which columns can hold personal data of a person who works here, and what their erasure does with each.

Every column that holds a text, JSON or bytes stands in at least one of three lists (tests/models/test_personal.py), so
that a new one can't be forgotten. It may stand in the first two: some of its rows are known to be about a person, and
of others only their words can tell.
"""

from models.person import NOBODYS

ERASED = {
    "access_token": "name hint documents last_used_address scopes networks",
    "app_user": "name given_name family_name email external_id",
    "browser_session": "digest address user_agent provider issuer subject provider_session id_token",
    "chat_message": "author body",
    "chat_person": "external_id name",
    "contact_method": "label sealed_address ending sealed_code error",
    "delivery": "to error suppressed_because",
    "device_authorization": "device_digest user_digest client_id scopes address user_agent",
    "event_origin": "salt address user_agent",
    "event_text": "salt body",
    "on_call_roster": "people",
    "outward_action": "ticket_assignee",
    "page_attempt": "error external_id",
    "paging_preference": "rules zone",
    "postmortem_section": "generated",
    "postmortem_statement": "text",
    "saved_filter": "name filter order",
    "sign_in_link": "digest",
    "subscriber": "digest email sealed_url host sealed_secret disabled_because",
    "subscriber_delivery": "error",
    "user_identity": "issuer subject",
}
"""What is known to be a person's: it is emptied, replaced or deleted (actions.erasing.person_rows)."""

SEARCHED = {
    "action_item": "title ticket_url",
    "alert": "fingerprint group_key title labels annotations url suppressed_because noise_reason bundle",
    "alert_delivery": "name",
    "alert_flapping": "fingerprint",
    "alert_group": "group_key",
    "alert_source": "name mapping",
    "access_token": "name",
    "blame_phrase": "phrase suggestion",
    "change": "name title environment author url",
    "chat_message": "channel body files url",
    "chat_person": "external_id name",
    "chat_reading": "channel words",
    "component": "name group_name description",
    "contributing_factor": "note",
    "escalation_policy": "name",
    "event": "data",
    "event_change": "rows",
    "event_text": "body",
    "factor_kind": "name description",
    "heartbeat": "name",
    "incident": "title public_title summary labels",
    "integration": "name configuration error checks",
    "job": "args options error",
    "maintenance": "title body",
    "maintenance_series": "title body",
    "maintenance_update": "body",
    "maintenance_update_revision": "body",
    "metric_snapshot": "name query series error",
    "oauth_client": "name",
    "on_call_roster": "error",
    "opened_runbook": "name body",
    "organisation": "name support_url",
    "outward_action": "arguments external_id url error ticket_status ticket_assignee",
    "paging_run": "alert_key",
    "postmortem_comment": "quote body",
    "postmortem_reviewer": "note",
    "postmortem_section": "title generated edited",
    "postmortem_section_revision": "markdown",
    "postmortem_statement": "text",
    "postmortem_suggestion": "base markdown reason statements",
    "postmortem_template": "name sections",
    "postmortem_wording": "sections error",
    "public_postmortem": "body",
    "role": "name duties",
    "routing_rule": "name matchers condition drop_reason",
    "routing_version": "rules change",
    "runbook": "name body",
    "schedule": "name",
    "schedule_override": "reason",
    "schedule_version": "definition",
    "service": "name runbook_url",
    "service_account": "name subject",
    "service_metric": "name query",
    "severity_version": "name definition examples",
    "silence": "matchers reason",
    "status_export": "error",
    "status_page": "name",
    "status_page_link": "note",
    "status_update": "body",
    "status_update_revision": "body",
    "task": "title",
    "team": "slug name external_id",
    "trusted_document": "name body",
    "unread_delivery": "reason message field hint",
    "update_template": "name title body variables",
    "webhook": "url disabled_because",
    "workflow": "name",
    "workflow_run": "words",
    "workflow_step_run": "name inputs outputs words answer",
    "workflow_version": "definition",
}
"""What people and vendors wrote: who is erased may be named there, which a person has to judge. A report says where."""

IMPERSONAL = {
    "access_token": "digest",
    "alert_delivery": "answer",
    "alert_flapping": "changes",
    "alert_source": "kind key_digest sealed_secret sealed_old_secret",
    "archive": "name target rows",
    "audit_link": "digest",
    "backup": "target",
    "broadcast": "topic",
    "change": "state",
    "chat_message": "stamp thread",
    "chat_reading": "cursor",
    "delivery": "channel template external_id",
    "escalation_policy_version": "definition",  # keys of people
    "event": "kind text_digest origin_digest",  # salted: the salt goes with the text
    "factor_kind": "key",
    "feed_era": "cluster",
    "heartbeat": "key_digest old_key_digest",
    "idempotency_claim": "mutation key digest",  # gone after a day
    "incident": "alike",  # words of its title and summary, which are searched
    "integration": "key vendor sealed_secrets",
    "job": "queue name epoch",
    "maintenance_series": "rule time_zone component_ids",
    "metric_snapshot": "unit",
    "oauth_client": "client_id secret_digest scopes networks",
    "organisation": "time_zone language accent_light accent_dark aims",
    "outward_action": "key",
    "page_logo": "media_type digest content",
    "paging_run": "plan",  # keys of people
    "postmortem_comment": "section",
    "postmortem_section": "key",
    "postmortem_statement": "section source_ids message_ids",
    "postmortem_suggestion": "section model_name",
    "postmortem_wording": "model_name",
    "practice_tuning": "key",
    "role": "key",
    "routing_rule": "group_by",
    "seen_token": "issuer jti",
    "service": "slug",
    "service_account": "issuer",
    "service_metric": "unit",
    "setup_skip": "step",
    "severity_version": "required_role_ids",
    "sign_in_attempt": "state_digest browser_digest provider nonce verifier return_to",  # gone after ten minutes
    "status_export": "target",
    "status_page": "slug language time_zone accent_light accent_dark",
    "status_page_host": "host",
    "status_page_logo": "media_type digest content",
    "subscriber": "kinds",
    "subscriber_delivery": "topic message_id",
    "suppression": "digest reason",  # keeps us from writing to an address, which has to be known to be told by it
    "trusted_document": "digest",
    "unread_delivery": "sealed_post",  # gone after seven days
    "vendor_pace": "key",
    "webhook": "kinds sealed_secret",
    "workflow": "key",
    "workflow_run": "key",
    "workflow_step_run": "kind",
    "workflow_trigger": "kind",
}
"""What is about nobody, or goes by itself within days."""


def placeholder(key: int) -> str:
    """What a person is called once they were erased."""
    return f"Erased person {key}"


def placeholder_address(key: int) -> str:
    """What stands where their address was: of a domain that never is one (RFC 2606 §2), and nobody else's."""
    return f"erased-{key}{NOBODYS}"
