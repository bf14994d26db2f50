"""Rows that never change are read once; what may still be rolled back is not remembered."""

from sqlalchemy import select

from actions.catalogue.severities import save_severity
from core.db import Within
from core.ids import encode
from models.severity import SeverityVersion
from resolvers.unchanging import unchanging
from tests.resolvers.test_batch import several
from tests.schema.client import Statements

QUERY = "{ incidents(first: 5) { nodes { severity { name definition } unfilledRoles { key } } } }"


async def test_a_severity_is_read_once_and_a_new_version_when_it_is_met(client, world):
    await several(world, 2)
    before = await client.ask(QUERY)
    with Statements(world.database) as statements:
        assert await client.ask(QUERY) == before
    assert not [each for each in statements.seen if "FROM severity_version" in each]
    async with world.database.reading() as reader:
        found = await reader.scalar(select(SeverityVersion.severity_id).where(SeverityVersion.name == "SEV2"))
    await world.do(save_severity, world.ada, id=encode("Severity", found), definition="Rather bad")
    await several(world, 1)
    told = {node["severity"]["definition"] for node in (await client.ask(QUERY))["incidents"]["nodes"]}
    assert told == {node["severity"]["definition"] for node in before["incidents"]["nodes"]} | {"Rather bad"}


async def test_what_a_transaction_sees_is_not_remembered(world):
    async with world.database.rehearsal() as session:
        (row,) = (await session.scalars(select(SeverityVersion).limit(1))).all()
        changed, row.name = row.id, "Never written"
        found = await unchanging(Within(session), SeverityVersion, {row.id})
        assert found[changed].name == "Never written"
    async with world.database.reading() as reader:
        assert (await unchanging(reader, SeverityVersion, {changed}))[changed].name != "Never written"
        before = reader.statements
        again = await unchanging(reader, SeverityVersion, {changed, changed + 1_000_000})
    assert list(again) == [changed]
    assert reader.statements == before + 1
