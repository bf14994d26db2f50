"""The lifecycle of an incident as a pure table (DESIGN §3, "Transitions"). Nothing else is legal."""

from enum import StrEnum

from models.words import Stage


class Verb(StrEnum):
    """What moves an incident from one stage to another. Each is one action."""

    REPORT = "reportIncident"
    ACKNOWLEDGE = "acknowledgeIncident"
    DECLARE = "declareIncident"
    DECLINE = "declineIncident"
    CHANGE_STAGE = "changeStage"
    CANCEL = "cancelIncident"
    MERGE = "mergeIncident"
    REOPEN = "reopenIncident"


OPEN_STAGES = frozenset({Stage.DETECTION, Stage.TRIAGE, Stage.RESPONSE, Stage.MITIGATION})
"""The stages in which an incident still hurts, or may."""

DRILL_STAGES = (
    Stage.DETECTION,
    Stage.TRIAGE,
    Stage.RESPONSE,
    Stage.MITIGATION,
    Stage.RESOLUTION,
    Stage.POSTMORTEM,
)
"""The six stages that a track shows, in order."""

TRANSITIONS: dict[Stage | None, dict[Verb, frozenset[Stage]]] = {
    None: {Verb.REPORT: frozenset({Stage.DETECTION}), Verb.DECLARE: frozenset({Stage.RESPONSE})},
    Stage.DETECTION: {
        Verb.ACKNOWLEDGE: frozenset({Stage.TRIAGE}),
        Verb.DECLARE: frozenset({Stage.RESPONSE}),
        Verb.DECLINE: frozenset({Stage.DECLINED}),
        Verb.CANCEL: frozenset({Stage.CANCELLED}),
        Verb.MERGE: frozenset({Stage.MERGED}),
    },
    Stage.TRIAGE: {
        Verb.DECLARE: frozenset({Stage.RESPONSE}),
        Verb.DECLINE: frozenset({Stage.DECLINED}),
        Verb.CANCEL: frozenset({Stage.CANCELLED}),
        Verb.MERGE: frozenset({Stage.MERGED}),
    },
    Stage.RESPONSE: {
        Verb.CHANGE_STAGE: frozenset({Stage.MITIGATION, Stage.RESOLUTION}),
        Verb.CANCEL: frozenset({Stage.CANCELLED}),
        Verb.MERGE: frozenset({Stage.MERGED}),
    },
    Stage.MITIGATION: {
        Verb.CHANGE_STAGE: frozenset({Stage.RESPONSE, Stage.RESOLUTION}),
        Verb.CANCEL: frozenset({Stage.CANCELLED}),
        Verb.MERGE: frozenset({Stage.MERGED}),
    },
    Stage.RESOLUTION: {
        Verb.CHANGE_STAGE: frozenset({Stage.POSTMORTEM, Stage.CLOSED}),
        Verb.REOPEN: frozenset({Stage.RESPONSE}),
    },
    Stage.POSTMORTEM: {
        Verb.CHANGE_STAGE: frozenset({Stage.CLOSED}),
        Verb.REOPEN: frozenset({Stage.RESPONSE}),
    },
    Stage.CLOSED: {Verb.REOPEN: frozenset({Stage.RESPONSE})},
    Stage.DECLINED: {Verb.REOPEN: frozenset({Stage.RESPONSE})},
    Stage.CANCELLED: {Verb.REOPEN: frozenset({Stage.RESPONSE})},
    Stage.MERGED: {},
}


def is_legal(stage: Stage | None, verb: Verb, target: Stage) -> bool:
    """Whether `verb` may take an incident from `stage` (None: a new one) to `target`."""
    return target in TRANSITIONS[stage].get(verb, frozenset())


def ways_on(stage: Stage) -> list[str]:
    """What can be done from a stage, in words for a person: `changeStage to MITIGATION`."""
    return [f"{verb} to {target}" for verb, targets in TRANSITIONS[stage].items() for target in sorted(targets)]
