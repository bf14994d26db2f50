"""The words that Muster itself puts into a template, in the language of the page."""

from collections.abc import Sequence

from models.words import ComponentStatus, MaintenanceState

STATES = {
    "en": {
        ComponentStatus.MAJOR_OUTAGE: "major outage",
        ComponentStatus.PARTIAL_OUTAGE: "partial outage",
        ComponentStatus.DEGRADED_PERFORMANCE: "degraded performance",
        ComponentStatus.UNDER_MAINTENANCE: "maintenance",
        ComponentStatus.OPERATIONAL: "normal operation",
    },
    "de": {
        ComponentStatus.MAJOR_OUTAGE: "schwerer Ausfall",
        ComponentStatus.PARTIAL_OUTAGE: "Teilausfall",
        ComponentStatus.DEGRADED_PERFORMANCE: "beeinträchtigt",
        ComponentStatus.UNDER_MAINTENANCE: "Wartung",
        ComponentStatus.OPERATIONAL: "Normalbetrieb",
    },
}
MAINTENANCE = {
    "en": {
        MaintenanceState.SCHEDULED: "planned",
        MaintenanceState.IN_PROGRESS: "under way",
        MaintenanceState.VERIFYING: "being checked",
        MaintenanceState.COMPLETED: "completed",
        MaintenanceState.CANCELLED: "cancelled",
    },
    "de": {
        MaintenanceState.SCHEDULED: "geplant",
        MaintenanceState.IN_PROGRESS: "im Gange",
        MaintenanceState.VERIFYING: "in Prüfung",
        MaintenanceState.COMPLETED: "abgeschlossen",
        MaintenanceState.CANCELLED: "abgesagt",
    },
}
AND = {"en": "and", "de": "und"}


def state(status: ComponentStatus, language: str) -> str:
    """How a component is, within a sentence."""
    return STATES[language][status]


def listed(names: Sequence[str], language: str) -> str:
    """`Checkout, Search and Mail`."""
    return f" {AND[language]} ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def line(text: str) -> str:
    """A text in one line."""
    return " ".join(text.split())
