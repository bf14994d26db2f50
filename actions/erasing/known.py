"""What is known of a person by which others' texts may name them."""

import json
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.secrets import SealError, Secrets
from models.access import UserIdentity
from models.chat import ChatPerson
from models.paging.contact import ContactMethod
from models.person import User

SHORTEST = 4
"""Characters from which on a text is looked for: what is shorter stands everywhere."""


@dataclass(frozen=True, slots=True)
class Known:
    """Who a person is, to themselves and to vendors."""

    key: int
    name: str
    email: str
    terms: tuple[str, ...]
    """Name, address, numbers, and what directories, providers and chats call them: each once, the longest first."""
    accounts: tuple[str, ...]
    """What chats call them."""
    spelt: tuple[str, ...] = ()
    """The terms as they are spelt: a name of one word may be a common word in another case."""

    def named_in(self, text: str) -> bool:
        """Whether a text names them, in any case."""
        lower = text.lower()
        return any(each in lower or _within(each) in lower for each in self.terms)

    def patterns(self) -> list[str]:
        """What ILIKE looks for, in texts and in what stands inside JSON."""
        both = {spelt for each in self.terms for spelt in (each, _within(each))}
        return [f"%{_plain(spelt)}%" for spelt in sorted(both)]


async def know(session: AsyncSession, user: User, secrets: Secrets | None) -> Known:
    """What is known of a person now. Addresses that no key opens are left out."""
    own = UserIdentity.user_id == user.id
    subjects = await session.scalars(select(UserIdentity.subject).where(own))
    called = (
        await session.execute(select(ChatPerson.external_id, ChatPerson.name).where(ChatPerson.user_id == user.id))
    ).all()
    sealed = await session.scalars(
        select(ContactMethod.sealed_address).where(
            ContactMethod.user_id == user.id, ContactMethod.sealed_address.is_not(None)
        )
    )
    opened = [_opened(secrets, each) for each in sealed if each is not None]
    found = [user.name, user.email, user.external_id, *subjects, *(text for row in called for text in row), *opened]
    spelt = {each.strip() for each in found if each and len(each.strip()) >= SHORTEST}
    terms = {each.lower() for each in spelt}
    return Known(
        user.id,
        user.name,
        user.email,
        tuple(sorted(terms, key=lambda term: (-len(term), term))),
        tuple(row.external_id for row in called),
        tuple(sorted(spelt)),
    )


def _opened(secrets: Secrets | None, sealed: bytes) -> str:
    try:
        return secrets.open(sealed) if secrets is not None else ""
    except SealError:
        return ""


def _within(term: str) -> str:
    """A text as it stands inside JSON."""
    return json.dumps(term, ensure_ascii=False)[1:-1]


def _plain(term: str) -> str:
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
