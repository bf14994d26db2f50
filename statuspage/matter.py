"""What pages are rendered from, as bytes.

It is kept beside the bundle, so that a process that starts while the database is gone can render pages once more, and
say on them that they may be old.
"""

from dataclasses import fields, replace
from functools import lru_cache

import orjson
from pydantic import TypeAdapter

from statuspage.read import Said, Site, Thread

_site = TypeAdapter(Site)


def dumped(site: Site | None) -> bytes:
    """A site as JSON; of updates that were withdrawn no word is left in it."""
    if site is None:
        return b"null"
    plain = {field.name: getattr(site, field.name) for field in fields(site)}
    return orjson.dumps(plain | {"threads": [_kept(thread) for thread in site.threads]}, default=list)  # spans: tuples


def dumped_member(site: Site) -> bytes:
    """The same of one incident or one planned work, with the components that it names only."""
    named = {key for thread in site.threads for said in thread.updates for key, _ in said.changes}
    named.update(key for work in site.works for key in work.components)
    return dumped(replace(site, components=tuple(part for part in site.components if part.id in named)))


def loaded(content: bytes) -> Site:
    """The site again. pydantic's ValidationError if it is none: of another version, or damaged."""
    return _site.validate_json(content)


@lru_cache(maxsize=4096)
def _kept(thread: Thread) -> orjson.Fragment:
    """An incident without the words of what was withdrawn, and without what was found out about it."""
    return orjson.Fragment(orjson.dumps(replace(thread, updates=tuple(map(_silenced, thread.updates)))))


def _silenced(said: Said) -> Said:
    return said if said.withdrawn_at is None else replace(said, body="", earlier=())
