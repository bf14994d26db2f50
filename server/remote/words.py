"""Words of the API that options take.

They are written down here, so that a client needs nothing of the server; a test compares them with the schema.
"""

STAGES = (
    "DETECTION",
    "TRIAGE",
    "RESPONSE",
    "MITIGATION",
    "RESOLUTION",
    "POSTMORTEM",
    "CLOSED",
    "DECLINED",
    "CANCELLED",
    "MERGED",
)
KINDS = ("REAL", "DRILL", "BACKFILLED")
VISIBILITIES = ("ORGANISATION", "PRIVATE")
ENTRY_KINDS = ("NOTE", "DECISION", "OBSERVATION", "ACTION", "HYPOTHESIS")
PUBLIC_STATUSES = ("INVESTIGATING", "IDENTIFIED", "MONITORING", "RESOLVED")
COMPONENT_STATUSES = (
    "OPERATIONAL",
    "UNDER_MAINTENANCE",
    "DEGRADED_PERFORMANCE",
    "PARTIAL_OUTAGE",
    "MAJOR_OUTAGE",
)
ORDERS = ("NEWEST", "OLDEST", "SEVERITY")
