"""A new key for what is sealed at rest."""

import pytest
from sqlalchemy import LargeBinary, select

from actions.sealing import SEALED, reseal
from actions.webhooks import create_webhook
from core.secrets import SealError, Secrets
from core.settings import Settings
from models.delivery import Webhook
from models.tables import metadata
from tests.server.processes import muster

DIGESTS = ("digest", "salt")
PICTURES = {"page_logo.content", "status_page_logo.content"}
"""What everybody may see."""


def test_every_sealed_column_is_known():
    """Whatever is bytes, no digest and no picture is sealed."""
    found = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and not column.name.endswith(DIGESTS)
    }
    assert found - PICTURES == {f"{column.class_.__tablename__}.{column.key}" for column in SEALED}


async def webhooks(world, number):
    for each in range(number):
        await world.do(create_webhook, world.ada, url=f"https://hooks.example/{each}")


async def sealed(world):
    async with world.database.reading() as reader:
        return list(await reader.execute(select(Webhook.id, Webhook.sealed_secret).order_by(Webhook.id)))


async def test_everything_is_sealed_anew_and_twice_is_harmless(world):
    await webhooks(world, 3)
    before = {row.id: Secrets(["tests"]).open(row.sealed_secret) for row in await sealed(world)}
    for _ in range(2):
        found = await reseal(world.database, Secrets(["new", "tests"]))
        assert {(each.column, each.done, each.lost) for each in found} >= {("webhook.sealed_secret", 3, 0)}
    only_new = Secrets(["new"])
    assert {row.id: only_new.open(row.sealed_secret) for row in await sealed(world)} == before
    with pytest.raises(SealError):
        Secrets(["tests"]).open((await sealed(world))[0].sealed_secret)


async def test_what_no_key_opens_is_counted_and_left(world):
    await webhooks(world, 2)
    before = await sealed(world)
    found = {each.column: (each.done, each.lost) for each in await reseal(world.database, Secrets(["other"]))}
    assert found["webhook.sealed_secret"] == (0, 2)
    assert await sealed(world) == before


async def test_the_command_replaces_the_key_of_the_data_folder_beside_running_processes(world, database_url, tmp_path):
    settings = {"DATABASE_URL": database_url, "MUSTER_DATA_DIR": tmp_path}
    running = Secrets.of(Settings(data_dir=tmp_path))
    world.database.secrets = running
    await webhooks(world, 1)
    old = (tmp_path / "secret.key").read_text()
    done = muster("secrets", "rotate", **settings)
    assert done.returncode == 0, done.stderr
    assert "webhook.sealed_secret: 1 sealed anew" in done.stdout
    (row,) = await sealed(world)
    assert running.open(row.sealed_secret).startswith("whsec_"), "who runs finds the new key"
    assert old not in (tmp_path / "secret.key").read_text()
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


async def test_the_command_says_what_is_lost_and_keeps_every_key(world, database_url, tmp_path):
    await webhooks(world, 1)  # under a key that is nowhere
    done = muster("secrets", "rotate", DATABASE_URL=database_url, MUSTER_DATA_DIR=tmp_path)
    assert done.returncode == 1
    assert "1 that no key opens" in done.stdout
    assert len((tmp_path / "secret.key").read_text().split()) == 2
