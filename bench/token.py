"""A credential for the benchmarks."""

from auth.token import issue_token
from core.db import Database
from models.words import AccessRole


async def make_token(url: str) -> str:
    """A responder's bearer token."""
    database = Database(url, pool_size=1)
    try:
        async with database.unit_of_work() as session:
            secret, _ = await issue_token(session, database.clock, name="bench", access_role=AccessRole.RESPONDER)
    finally:
        await database.close()
    return secret
