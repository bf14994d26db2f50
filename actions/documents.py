"""Documents of GraphQL that are trusted: who runs this Muster registers them, and takes them back.

They are told by their digests (SHA-256 of the text in UTF-8, in hexadecimal digits), so that a client may send that
in place of the text, be bound to them (tokens), or be refused all others (MUSTER_TRUSTED_DOCUMENTS_ONLY).
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import NoReturn
from weakref import WeakKeyDictionary

from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import now, record, record_saved
from auth.actor import Actor
from auth.permission import Permission, require
from core.db import Database
from core.errors import conflict, invalid, not_found
from core.feed import FeedRow
from core.live import Live
from core.outage import tell
from core.remembered import Remembered
from models.document import TrustedDocument
from models.facts.settings import SettingDeleted
from models.words import Visibility

MOST = 2_000
"""Documents in all: a program has some dozens."""
LONGEST = 20_000
"""Characters of one."""
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,79}")
DIGEST = re.compile(r"[0-9a-f]{64}")
KEY = b"documents"
READ_SECONDS = 60.0
"""Between two looks of a process that heard of no change."""
NOUN = "trusted_document"


@dataclass(frozen=True, slots=True)
class Trusted:
    """A document as this process remembers it."""

    name: str
    body: str


def digest_of(document: str) -> str:
    """How a document is named: the SHA-256 of its text in UTF-8, in hexadecimal digits."""
    return hashlib.sha256(document.encode("utf-8", "surrogatepass")).hexdigest()


async def trust_document(session: AsyncSession, actor: Actor, *, name: str, body: str) -> TrustedDocument | None:
    """Register a document under a name; None if it is registered already. Whether it is good GraphQL the caller knows.

    INVALID_INPUT for a name that is none or a text that is too long; CONFLICT beyond 2,000.
    """
    require(actor, Permission.ADMINISTER)
    if not NAME.fullmatch(name):
        raise invalid("name", f"{name[:80]!r} is no name of a document.", "Use letters, digits, _ . and -, at most 80.")
    if len(body) > LONGEST:
        raise invalid("body", f"{name} has more than {LONGEST} characters.", "Split it into several documents.")
    digest = digest_of(body)
    if await session.scalar(select(TrustedDocument.id).where(TrustedDocument.digest == digest)) is not None:
        return None
    if (await session.scalar(select(func.count()).select_from(TrustedDocument)) or 0) >= MOST:
        raise conflict(f"There are {MOST} trusted documents.", hint="Take some back: muster documents remove.")
    made = TrustedDocument(digest=digest, name=name, body=body, created_at=now(session))
    session.add(made)
    await session.flush()
    record_saved(session, actor, NOUN, made.id, {"digest": {"from": None, "to": digest}}, created=True)
    return made


async def distrust_document(session: AsyncSession, actor: Actor, *, digest: str) -> TrustedDocument:
    """Take a document back, by its digest or how that begins (8 digits at least). NOT_FOUND; CONFLICT for several."""
    require(actor, Permission.ADMINISTER)
    if not re.fullmatch(r"[0-9a-f]{8,64}", digest):
        raise invalid("digest", f"{digest[:80]!r} is no digest.", "Send at least 8 hexadecimal digits of it.")
    found = (await session.scalars(select(TrustedDocument).where(TrustedDocument.digest.startswith(digest)))).all()
    if not found:
        raise not_found("digest", "trusted document", digest)
    if len(found) > 1:
        raise conflict(f"{len(found)} documents begin with {digest}.", field="digest", hint="Send more of its digits.")
    await session.execute(delete(TrustedDocument).where(TrustedDocument.id == found[0].id))
    gone = SettingDeleted(noun=NOUN, key=found[0].id)
    record(session, actor, gone, visibility=Visibility.PRIVATE)
    return found[0]


async def list_documents(session: AsyncSession) -> Sequence[TrustedDocument]:
    """All of them, by name."""
    return (await session.scalars(select(TrustedDocument).order_by(TrustedDocument.name, TrustedDocument.id))).all()


_memories: WeakKeyDictionary[Database, Remembered[Mapping[str, Trusted]]] = WeakKeyDictionary()
_last: WeakKeyDictionary[Database, Mapping[str, Trusted]] = WeakKeyDictionary()


def memory_of(database: Database) -> Remembered[Mapping[str, Trusted]]:
    """What this process remembers of them. It is told of its own commits; of others' by whoever follows the feed."""
    known = _memories.get(database)
    if known is None:
        known = _memories[database] = Remembered(_concerns, lasts=3600.0)
        database.watchers.append(known.on_commit)
    return known


def _concerns(kind: str) -> bool:
    return kind.startswith("setting.")


async def trusted_documents(database: Database) -> Mapping[str, Trusted]:
    """The documents by digest, as this process knows them: at most five seconds old."""

    async def read() -> Mapping[str, Trusted]:
        async with database.looking() as reader:
            columns = (TrustedDocument.digest, TrustedDocument.name, TrustedDocument.body)
            found = {row.digest: Trusted(row.name, row.body) for row in await reader.execute(select(*columns))}
            _last[database] = found
            return found

    return await memory_of(database).get(KEY, read, may_be_old=True) or {}


def documents_seen(database: Database) -> Mapping[str, Trusted]:
    """The same as they were when they were last read: for names in metrics, which must not cost a statement."""
    return _last.get(database, {})


@asynccontextmanager
async def keeping_documents(database: Database, live: Live) -> AsyncIterator[None]:
    """Read them at once, and whenever they may have changed, while the block runs."""
    changed, memory = asyncio.Event(), memory_of(database)

    def look(rows: Sequence[FeedRow]) -> None:
        memory.on_events(rows)
        if not rows or any(_concerns(row.kind) for row in rows):
            changed.set()

    stop, reading = live.watch(look), asyncio.create_task(_read_again(database, changed))
    try:
        yield
    finally:
        stop()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _read_again(database: Database, changed: asyncio.Event) -> NoReturn:
    while True:
        changed.clear()
        try:
            await trusted_documents(database)
        except (OSError, SQLAlchemyError) as error:
            tell(error, "can't read the trusted documents")
        with suppress(TimeoutError):
            async with asyncio.timeout(READ_SECONDS):
                await changed.wait()
