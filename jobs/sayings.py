"""The words of what is said in a channel, read when it is said."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from core.db import Reader
from integrations.ports import Remark
from models.runbook import OpenedRunbook
from models.workflow import WorkflowStepRun


async def words_of(reader: Reader, what: Mapping[str, Any]) -> Remark | None:
    """What is to be said, by whose words they are; None for what this version does not know."""
    if "opened_runbook_id" in what:
        return await _runbook(reader, what["opened_runbook_id"])
    if "question_id" in what:
        return await _question(reader, what["question_id"])
    if "step_run_id" in what:
        return await _step(reader, what["step_run_id"])
    return None


async def _runbook(reader: Reader, key: int) -> Remark | None:
    row = await reader.row(OpenedRunbook, select(OpenedRunbook).where(OpenedRunbook.id == key))
    return Remark(f"runbook-{key}", f"Runbook: {row.name}\n\n{row.body}") if row is not None else None


async def _question(reader: Reader, key: int) -> Remark | None:
    """What a step of a workflow asks, and where it is answered."""
    row = await reader.row(WorkflowStepRun, select(WorkflowStepRun).where(WorkflowStepRun.id == key))
    if row is None:
        return None
    choices = tuple(row.inputs.get("choices") or ())
    how = f"Answer {' or '.join(choices)} on" if choices else "Answer on"
    words = f"A workflow asks: {row.inputs['question']}\n{how} the incident's page in Muster."
    return Remark(f"question-{key}", words, key, choices)


async def _step(reader: Reader, key: int) -> Remark | None:
    """What a step of a workflow was told to say."""
    row = await reader.row(WorkflowStepRun, select(WorkflowStepRun).where(WorkflowStepRun.id == key))
    return Remark(f"step-{key}", str(row.inputs["text"])) if row is not None else None
