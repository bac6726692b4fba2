"""Packs: strict decoding and application (protocol-feed.md, Pack)."""

import hashlib
import re
from typing import NamedTuple

from records import Reader, check_metadata
from refusal import require

MAGIC = b"CAIRNPK1"
MAX_BYTES = 8 * 1024 * 1024
MAX_CHANGES = 65_536
MAX_VALUE = 1_024
TYPE_NAME = re.compile(rb"[a-z0-9-]{1,32}")


class Pack(NamedTuple):
    """A decoded pack; added is (key, metadata, value), updated (key, metadata), removed (key, reason)."""

    type_name: str
    shape: tuple
    before: bytes
    after: bytes
    added: list
    updated: list
    removed: list


def decode_pack(data):
    """The Pack of bytes in their one encoding."""
    require(len(data) <= MAX_BYTES, "oversize", "at most 8 MiB")
    reader = Reader(data)
    require(reader.take(8) == MAGIC, "bad-magic", "a pack begins with its magic")
    type_name = reader.take(reader.integer(1))
    require(TYPE_NAME.fullmatch(type_name) is not None, "bad-type", "1 to 32 of a-z 0-9 -")
    key_length, flags = reader.integer(1), reader.integer(1)
    require(flags in (0, 1), "bad-flags", "bits above 0 are zero")
    require(key_length >= 1 and (flags == 0 or key_length == 32), "bad-key-length", "a length the flags allow")
    counts = [reader.integer(4) for _ in range(3)]
    require(sum(counts) <= MAX_CHANGES, "oversize", "at most 65,536 changes")
    before, after = reader.take(32), reader.take(32)
    table = _read_table(reader)
    keys = _read_keys(reader, counts, key_length)
    indexes = _read_indexes(reader, counts[0] + counts[1], len(table))
    require(set(indexes) == set(range(len(table))), "unused-metadata", "every string of the table is used")
    reasons = reader.take(counts[2])
    require(0 not in reasons, "bad-reason", "1 to 255")
    values = [_read_value(reader, key) if flags else b"" for key in keys[0]]
    require(reader.is_at_end(), "trailing", "nothing follows")
    chosen = [table[index] for index in indexes]
    added = list(zip(keys[0], chosen, values))
    updated = list(zip(keys[1], chosen[counts[0] :]))
    removed = list(zip(keys[2], reasons))
    return Pack(type_name.decode("ascii"), (key_length, flags), before, after, added, updated, removed)


def _read_table(reader):
    table = []
    for _ in range(reader.integer(4)):
        string = reader.take(reader.integer(2))
        require(not table or string != table[-1], "duplicate-metadata", "no string twice")
        require(not table or string > table[-1], "unsorted-metadata", "strings ascend")
        check_metadata(string)
        table.append(string)
    return table


def _read_keys(reader, counts, key_length):
    sections = []
    for count in counts:
        keys = [reader.take(key_length) for _ in range(count)]
        for left, right in zip(keys, keys[1:]):
            require(left != right, "duplicate", "no key twice")
            require(left < right, "unsorted", "keys ascend")
        sections.append(keys)
    require(len(set().union(*sections)) == sum(counts), "overlap", "sections are disjoint")
    return sections


def _read_indexes(reader, count, table_length):
    width = 1 if table_length <= 256 else 2 if table_length <= 65_536 else 4
    indexes = [reader.integer(width) for _ in range(count)]
    require(all(index < table_length for index in indexes), "bad-metadata-index", "a position in the table")
    return indexes


def _read_value(reader, key):
    length = reader.integer(2)
    require(1 <= length <= MAX_VALUE, "bad-value", "1 to 1,024 bytes")
    value = reader.take(length)
    require(hashlib.sha256(value).digest() == key, "key-mismatch", "the key is the SHA-256 of the value")
    return value


def apply_pack(pack, records):
    """Change the records of a type; Refused when the pack does not belong on them. The caller drops them then."""
    require(records.shape in (None, pack.shape), "wrong-shape", "a type keeps its key length and flags")
    require(records.root() == pack.before, "wrong-base", "the root before is that of the set")
    records.shape = pack.shape
    for key, metadata, value in pack.added:
        require(records.get(key) is None, "already-present", "an added key was absent")
        records.put(key, metadata, value)
    for key, metadata in pack.updated:
        record = records.get(key)
        require(record is not None, "absent", "an updated key was there")
        records.put(key, metadata, record[1])
    for key, _reason in pack.removed:
        require(records.get(key) is not None, "absent", "a removed key was there")
        records.remove(key)
    records.rehash([change[0] for change in (*pack.added, *pack.updated, *pack.removed)])
    require(records.root() == pack.after, "wrong-result", "the root after is that of the set")
