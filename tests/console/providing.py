"""What tests of identity providers share: going there and back, and what became of it."""

from sqlalchemy import select

from auth.cookies import SESSION
from models.person import User

BASE = "http://muster.test"


async def leave(browser, issuer, onwards="/console"):
    """Go to the provider; what is brought back."""
    answer = await browser.get("/auth/login/sso", params={"next": onwards})
    assert answer.status_code == 303
    return issuer.authorize(answer.headers["location"])


async def sign_in(browser, issuer, onwards="/console"):
    return await browser.get("/auth/callback/sso", params=await leave(browser, issuer, onwards))


async def refusals(world):
    return [event.data["cause"] for event in await world.events(None, "person.sign_in_refused")]


async def person(world, email):
    async with world.database.reading() as reader:
        return await reader.row(User, select(User).where(User.email == email))


async def stays_out(world, browser, answer, status=403):
    assert answer.status_code == status
    assert SESSION not in browser.cookies
    assert await world.events(None, "person.signed_in") == []
