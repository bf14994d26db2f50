"""Who is behind credentials, asked as a doorway asks that has just been opened."""

from auth.identify import identify
from core.client import Client
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings

HERE = Client("127.0.0.1", "tests")


async def identity_of(database, authorization=None, cookie=None, client=HERE):
    runtime = Runtime(Settings(), database, Live(database))
    return await identify(runtime, client, authorization=authorization, cookie=cookie)


async def actor_of(database, authorization=None, cookie=None, client=HERE):
    return (await identity_of(database, authorization, cookie, client)).actor
