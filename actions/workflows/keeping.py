"""Writing the rows of runs that begin, as they are when the transaction that begins them ends.

Most runs are over by then. A row that is written once costs half of one that is changed as well, and rows by the
hundred in one statement cost a tenth of as many statements.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.workflows.stands import Stand
from core.rows import names_of
from models.workflow import WorkflowRun, WorkflowStepRun

DRAW = text("""
select nextval(name) from (select pg_get_serial_sequence(:table, 'id')::regclass as name offset 0) of,
  generate_series(1, :count)
""")
WRITE_RUNS = text("""
insert into workflow_run select * from jsonb_populate_recordset(null::workflow_run, cast(:rows as jsonb))
""")
WRITE_STEPS = text("""
insert into workflow_step_run select * from jsonb_populate_recordset(null::workflow_step_run, cast(:rows as jsonb))
""")


async def draw(session: AsyncSession, model: type[Any], count: int) -> list[int]:
    """Keys for new rows."""
    if not count:
        return []
    return list(await session.scalars(DRAW, {"table": model.__tablename__, "count": count}))


async def keep(session: AsyncSession, begun: Sequence[Stand]) -> None:
    """Write runs that began, with their steps."""
    if begun:
        await session.flush()  # what they ordered at vendors, and point to
        await session.execute(WRITE_RUNS, {"rows": _rows(WorkflowRun, [stand.run for stand in begun])})
        await session.execute(
            WRITE_STEPS, {"rows": _rows(WorkflowStepRun, [s for stand in begun for s in stand.steps])}
        )


def _rows(model: type[Any], rows: Iterable[Any]) -> str:
    names = names_of(cast("Any", model))
    return orjson.dumps([{name: getattr(row, name) for name in names} for row in rows]).decode()
