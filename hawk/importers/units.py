"""The samples of an archive: one member each, or, where Inspect split a large one, a folder of members."""

from __future__ import annotations

import re
import zlib
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import chain

import msgspec

from hawk.importers.decoding import Undecodable, decode
from hawk.importers.directory import Member

_SHELL = re.compile(r"(samples/.*_epoch_[0-9]+)/sample\.json\Z", re.DOTALL)
_SLASH = re.compile("/")
_SEQUENCES = ("messages", "events", "calls", "attachments")


class Unit(msgspec.Struct, frozen=True):
    """One sample's members. ``name`` is that of the one member, or that a whole sample would have.

    ``size`` is its bytes of JSON, ``crc`` a checksum of all of them.
    """

    name: str
    members: Sequence[Member]
    size: int
    crc: int

    @property
    def is_split(self) -> bool:
        """Whether the sample's members are to be put together."""
        return len(self.members) > 1 or self.members[0].name != self.name


def whole_unit(member: Member) -> Unit:
    """A sample that is one member."""
    return Unit(member.name, (member,), member.size, member.crc)


def units_of(members: Mapping[str, Member]) -> dict[str, Unit]:
    """Every sample of an archive, by its name."""
    prefixes = {match[1] for name in members if (match := _SHELL.match(name))}
    whole = {name for name in members if name.startswith("samples/") and name.endswith(".json")}
    split = {prefix for prefix in prefixes if f"{prefix}.json" not in whole}
    parts: dict[str, list[Member]] = {prefix: [] for prefix in split}
    found: dict[str, Unit] = {}
    for name in sorted(whole, key=lambda name: members[name].offset):
        prefix = _prefix_in(name, prefixes) if prefixes else None
        if prefix is None:
            found[name] = whole_unit(members[name])
        elif prefix in split:
            parts[prefix].append(members[name])
    split_units = (_split_unit(f"{prefix}.json", these) for prefix, these in parts.items())
    return found | {unit.name: unit for unit in split_units}


def put_together(unit: Unit, contents: Mapping[str, bytes]) -> bytes:
    """The JSON of a split sample, as if it had never been split. Raises Undecodable."""
    prefix = unit.name.removesuffix(".json")
    shell = decode(contents[f"{prefix}/sample.json"], _OBJECT)
    rows = {kind: list(_sequence(f"{prefix}/{kind}/", contents)) for kind in _SEQUENCES}
    refs = decode(bytes(shell.pop("message_refs", msgspec.Raw(b"[]"))), _REFS)
    metadata = contents.get(f"{prefix}/metadata.json")
    whole = {
        **shell,
        **({"metadata": msgspec.Raw(metadata)} if metadata else {}),
        "messages": list(chain.from_iterable(rows["messages"][start:end] for start, end in refs)),
        "events": rows["events"],
        "attachments": {str(number): text for number, text in enumerate(rows["attachments"])},
        "events_data": {"messages": rows["messages"], "calls": rows["calls"]},
    }
    return msgspec.json.encode(whole)


def _split_unit(name: str, members: Sequence[Member]) -> Unit:
    told = "\n".join(f"{member.name} {member.size} {member.crc}" for member in members)
    crc = zlib.crc32(told.encode(errors="backslashreplace"))
    return Unit(name, members, sum(member.size for member in members), crc)


def _prefix_in(name: str, prefixes: Container[str]) -> str | None:
    """The folder of a split sample that a member lies in. Ids have slashes of their own."""
    folders = (name[: match.start()] for match in _SLASH.finditer(name))
    return next((folder for folder in folders if folder in prefixes), None)


def _sequence(folder: str, contents: Mapping[str, bytes]) -> Iterable[msgspec.Raw]:
    """The items of the chunks in a folder, which are named by the number of their first item."""
    numbers: dict[int, str] = {}
    for name in contents:
        stem = name.removeprefix(folder).removesuffix(".json")
        if name.startswith(folder) and stem.isdecimal():
            numbers[int(stem)] = name
    count = 0
    for number in sorted(numbers):
        if number != count:
            raise Undecodable(f"{folder} has a gap at {count}")
        chunk = decode(contents[numbers[number]], _LIST)
        count += len(chunk)
        yield from chunk


_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_REFS = msgspec.json.Decoder(list[tuple[int, int]])
