"""Assembling a postmortem anew because a person asks for it, who has seen before what it would change."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.postmortems.assembly import rewrite
from actions.postmortems.changes import drafted
from actions.postmortems.composing import Document, compose
from actions.postmortems.diffs import DiffLine, diff
from actions.postmortems.reading import read_material
from actions.postmortems.sections import SECTIONS
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.cursor import decode_cursor, encode_cursor
from core.db import Within
from core.errors import DomainError, ErrorCode
from models.postmortem import Postmortem, PostmortemSection


@dataclass(frozen=True, slots=True)
class SectionChange:
    """What re-assembly would do to a section."""

    key: str
    title: str
    kept: bool
    """Whether a person wrote it: then it stays as it is, and the diff shows what was generated beneath."""
    changes: bool
    """Whether what people read would change."""
    diff: list[DiffLine]


@dataclass(frozen=True, slots=True)
class Reassembly:
    """What re-assembly would change, if the record stays as it is."""

    version: int
    cursor: str
    """The newest event that it would rest on: what is sent back shows that nothing came since."""
    sections: list[SectionChange]

    @property
    def changes(self) -> bool:
        """Whether it would change anything that people read."""
        return any(section.changes for section in self.sections)


def preview(version: int, sections: Iterable[PostmortemSection], document: Document) -> Reassembly:
    """What re-assembly would change of a postmortem at a version; nothing is changed by it."""
    present = {section.key: section for section in sections}
    markdown = document.markdown()
    found = []
    for section in SECTIONS:
        row = present.get(section.key)
        lines = diff(row.generated if row is not None else "", markdown[section.key])
        kept = row is not None and row.edited is not None
        found.append(SectionChange(section.key, section.title, kept, bool(lines) and not kept, lines))
    return Reassembly(version, encode_cursor(document.cursor), found)


async def reassemble_postmortem(
    session: AsyncSession, actor: Actor, *, incident: str, expected_version: int, seen: str | None = None
) -> Postmortem:
    """Bring the generated parts up to date with the record; what people wrote stays, and the status, too.

    `expected_version` is the postmortem's (VERSION_CONFLICT names the present one). `seen` is the cursor of the preview
    that it was decided by: VERSION_CONFLICT if the record has more by now. CONFLICT before it has been drafted.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.REASSEMBLE_POSTMORTEM, incident)
    postmortem = await drafted(session, target)
    check.expected_version(expected_version, postmortem.version, "postmortem")
    document = compose(await read_material(Within(session), target.id))
    if seen is not None and decode_cursor(seen) != document.cursor:
        raise DomainError(
            ErrorCode.VERSION_CONFLICT,
            "More has been recorded since that preview.",
            field="seen",
            hint="Look at Postmortem.reassembly again, and send its cursor.",
        )
    if await rewrite(session, actor, target, postmortem, document):
        postmortem.version += 1
    return postmortem
