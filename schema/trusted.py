"""Documents by their digests: automatic persisted queries, and those that are registered (actions.documents).

The protocol is Apollo's (https://www.apollographql.com/docs/apollo-server/performance/apq): a client sends the SHA-256
of a document in `extensions.persistedQuery`; is it unknown, the client hears so, and sends digest and text together.
What comes so is remembered by this process as long as there is room, and only from those with credentials.
"""

from collections import OrderedDict
from dataclasses import replace

from actions.documents import digest_of, documents_seen, trusted_documents
from auth.actor import Actor
from core.db import Database
from core.errors import DomainError, ErrorCode
from schema.errors import Refused, refusal
from schema.execution import Request

MOST = 1_000
"""Documents that are remembered by their digests and not registered."""
MAX_TEXT = 2_000_000
"""Characters of them together."""
LONGEST_KEPT = 20_000
"""Characters of one: longer ones are sent in full each time."""


class Sent:
    """Documents that clients sent together with their digests; the one that was asked for least lately goes first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._text = 0

    def get(self, digest: str) -> str | None:
        """The text of a digest."""
        if digest in self._kept:
            self._kept.move_to_end(digest)
        return self._kept.get(digest)

    def keep(self, digest: str, text: str) -> None:
        """Remember a text."""
        if digest in self._kept or len(text) > LONGEST_KEPT:
            return
        self._kept[digest] = text
        self._text += len(text)
        while len(self._kept) > MOST or self._text > MAX_TEXT:
            self._text -= len(self._kept.popitem(last=False)[1])


sent = Sent()


async def resolved(database: Database, request: Request) -> Request:
    """The request with its document, also if that was sent by digest alone.

    Refused: PERSISTED_QUERY_NOT_FOUND for a digest that nobody knows, GRAPHQL_INVALID for one that is not the text's.
    """
    digest = request.digest
    if digest and request.query and digest_of(request.query) != digest:
        raise _invalid("`sha256Hash` is not the SHA-256 of `query`.", "Send the digest of the very text that you send.")
    if digest and not request.query:
        found = (await trusted_documents(database)).get(digest)
        text = found.body if found is not None else sent.get(digest)
        if text is None:
            raise refusal(
                DomainError(
                    ErrorCode.PERSISTED_QUERY_NOT_FOUND,
                    "PersistedQueryNotFound",  # to the letter: older clients go by it
                    hint="Send `query` together with `extensions.persistedQuery`; then the digest alone will do.",
                )
            )
        return replace(request, query=text)
    return request


def remember(database: Database, request: Request, actor: Actor) -> None:
    """Remember a good document that came with its digest from somebody with credentials, and is not registered."""
    if request.digest and actor.access_role is not None and request.digest not in documents_seen(database):
        sent.keep(request.digest, request.query)


def _invalid(message: str, hint: str) -> Refused:
    return refusal(DomainError(ErrorCode.GRAPHQL_INVALID, message, hint=hint))
