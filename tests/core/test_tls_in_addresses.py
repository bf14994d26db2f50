"""Addresses of managed databases say how TLS is to be used, in the words of libpq."""

import pytest
from sqlalchemy import text

from core.db import Database
from core.outage import NoDatabaseError
from migrations.apply import migrate


def asking(url, **more):
    """The address with more in its query."""
    return url + ("&" if "?" in url else "?") + "&".join(f"{name}={value}" for name, value in more.items())


async def test_an_address_may_say_that_tls_is_not_needed(database_url):
    url = asking(database_url, sslmode="disable")
    await migrate(url)
    opened = Database(url)
    try:
        async with opened.reading() as reader:
            assert await reader.scalar(text("select 1")) == 1
    finally:
        await opened.close()


async def test_one_that_wants_tls_gets_it_or_nothing(tmp_path):
    """Over TCP the servers of the tests are not there at all; what is seen is that the words are understood."""
    asked = asking(
        "postgresql://postgres@127.0.0.1:9/postgres", sslmode="verify-full", sslrootcert=tmp_path / "none.pem"
    )
    opened = Database(asked)
    try:
        with pytest.raises(NoDatabaseError, match="No such file"):
            async with opened.reading() as reader:
                await reader.scalar(text("select 1"))
    finally:
        await opened.close()
