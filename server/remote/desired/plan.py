"""Comparing what files want with what a server has: what would be saved, and the difference in words."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import DomainError, ErrorCode
from core.yaml_files import written_out
from server.remote.api import Api
from server.remote.desired.comparing import comparable
from server.remote.desired.faults import Fault, FaultyFilesError
from server.remote.desired.files import Wanted
from server.remote.desired.kinds import PERSON, Kind
from server.remote.desired.spelling import to_file
from server.remote.desired.workflow import DEFINITION, WORKFLOW
from server.remote.people import people_at

Values = dict[str, Any]
PEOPLE_AT = "query ($text: String) { users(text: $text) { id email name accessRole archived } }"


@dataclass(slots=True)
class Present:
    """What a server has of the kinds that files speak of."""

    rows: dict[str, list[Values]]
    people: list[Values]

    def find(self, kind: str, key_field: str, key: str) -> Values | None:
        """The thing with a key: one in use, if there is one, and an archived one else."""
        found = [row for row in self.rows[kind] if row[key_field].lower() == key.lower()]
        return min(found, key=lambda row: bool(row.get("archived")), default=None)

    def keys(self, kind: Kind) -> set[str]:
        """What things in use of a kind are called, in lower case."""
        return {row[kind.key].lower() for row in self.rows[kind.name] if not row.get("archived")}

    def ids(self, kind: Kind) -> dict[str, str]:
        """Ids of things in use, by what they are called in lower case."""
        return {row[kind.key].lower(): row["id"] for row in self.rows[kind.name] if not row.get("archived")}


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one thing."""

    wanted: Wanted
    action: str
    """added, changed or unchanged."""
    values: Values
    """The fields that differ, as files have them."""
    diff: str
    id: str | None
    version: int | None

    def as_values(self) -> Values:
        """As JSON has it."""
        place = self.wanted.document.places[""]
        where = {"file": self.wanted.path, "line": place.line}
        told = {"kind": self.wanted.kind.name, "key": self.wanted.key, "action": self.action}
        return {**told, "fields": sorted(self.values), **where}


def read_present(api: Api, wanted: Sequence[Wanted], kinds: dict[str, Kind]) -> Present:
    """What a server has of the kinds that are wanted, and of those that they refer to."""
    concerned = {each.kind.name for each in wanted}
    refers = {field.refers for name in concerned for field in kinds[name].fields.values()}
    rows = {}
    for name, kind in kinds.items():
        if name in concerned or (name in refers and kind is not PERSON):
            keys = list(dict.fromkeys([*(each.key for each in wanted if each.kind is kind), *_named(wanted, name)]))
            rows[name] = [_row(kind, found) for found in _found(api, kind, keys)]
    return Present(rows, people_at(api, _addresses(wanted)) if "Person" in refers else [])


def _addresses(wanted: Sequence[Wanted]) -> Iterator[str]:
    """The addresses by which files name people."""
    return _named(wanted, "Person")


def _named(wanted: Sequence[Wanted], noun: str) -> Iterator[str]:
    """The keys by which files name things of a kind."""
    for each in wanted:
        for name, value in each.values.items():
            if value is not None and each.kind.fields[name].refers == noun:
                yield from map(str, value if isinstance(value, list) else [value])


def _found(api: Api, kind: Kind, keys: Sequence[str]) -> list[Values]:
    if kind is PERSON:  # the list of all of them ends at 1,000
        return [found for key in keys for found in api.ask(PEOPLE_AT, text=key)[kind.listing] if _is(found, key)]
    if kind.single is None:
        return list(api.ask(kind.query)[kind.listing])
    each = [api.ask(kind.query, ref=key)[kind.single] for key in keys]
    return [found for found in each if found is not None]


def _is(person: Values, address: str) -> bool:
    return (person["email"] or "").lower() == address.lower()


def _row(kind: Kind, found: Values) -> Values:
    """A thing as files have it, and beside that its id and version."""
    row: Values = {"id": found["id"]}
    for name, field in kind.fields.items():
        value = found["version"] if kind is WORKFLOW and name in DEFINITION else found.get(_answered(field.selection))
        row |= to_file({name: field.read(value)})
    version = found.get("version")
    row["version"] = version["version"] if isinstance(version, dict) else version
    return row


def _answered(selection: str) -> str:
    return selection.partition(" ")[0]


def plan(wanted: Sequence[Wanted], present: Present, kinds: dict[str, Kind]) -> list[Change]:
    """What becomes of each. FaultyFilesError for what refers to something that is neither there nor in the files."""
    faults = [fault for each in wanted for fault in _unknown(each, wanted, present, kinds)]
    if faults:
        raise FaultyFilesError(faults)
    return [_change(each, present) for each in wanted]


def _change(wanted: Wanted, present: Present) -> Change:
    kind = wanted.kind
    now = present.find(kind.name, kind.key, wanted.key)
    values = dict(wanted.values)
    if now is not None and "archived" in kind.fields:
        values.setdefault("archived", False)  # what stands in a file is in use
    if kind is WORKFLOW and (now is None or any(name in values for name in DEFINITION)):
        values.update({name: values.get(name) for name in DEFINITION})
    before = {} if now is None else now
    differing = {
        name: value
        for name, value in values.items()
        if name != kind.key
        and comparable(kind, name, kind.fields[name], value)
        != comparable(kind, name, kind.fields[name], before.get(name))
    }
    diff = "" if now is not None and not differing else _diff(wanted, before, values)
    action = "added" if now is None else "changed" if differing else "unchanged"
    if now is None:
        differing = {name: value for name, value in values.items() if value is not None}
    version = before.get("version") if kind.version or kind is WORKFLOW else None
    return Change(wanted, action, differing, diff, before.get("id"), version)


def _diff(wanted: Wanted, before: Values, values: Values) -> str:
    kind = wanted.kind
    names = [name for name in kind.fields if name in values]
    title = f"{kind.name} {wanted.key} (now)"
    now, then = (_lines(kind, side, names) for side in (before, values))
    return "\n".join(difflib.unified_diff(now, then, title, wanted.path, lineterm="", n=2))


def _lines(kind: Kind, values: Values, names: Sequence[str]) -> list[str]:
    """What is compared, as YAML without its first line; nothing of a thing that is not there."""
    found = {name: comparable(kind, name, kind.fields[name], values[name]) for name in names if name in values}
    told = {name: value for name, value in found.items() if value is not None}
    return written_out(told).splitlines()[1:] if told else []


def _unknown(wanted: Wanted, everything: Sequence[Wanted], present: Present, kinds: dict[str, Kind]) -> Iterator[Fault]:
    for name, value in wanted.values.items():
        noun = wanted.kind.fields[name].refers
        if noun is None or value is None:
            continue
        coming = {each.key.lower() for each in everything if each.kind.name == noun and not each.values.get("archived")}
        if noun == "Person":
            here = {(person["email"] or "").lower() for person in present.people if not person["archived"]}
        else:
            here = present.keys(kinds[noun])
        known = here | coming
        for index, each in enumerate(value if isinstance(value, list) else [value]):
            if str(each).lower() not in known:
                place = f"{name}.{index}" if isinstance(value, list) else name
                message = f"There is no {'person' if noun == 'Person' else noun} {str(each)[:120]!r}."
                hint = "People are named by their address." if noun == "Person" else None
                yield wanted.fault(DomainError(ErrorCode.NOT_FOUND, message, field=place, hint=hint))
