"""Varints, metadata, records and the set tree of a feed (protocol-feed.md)."""

import hashlib

from refusal import Refused, require
from strict_json import MAX_INTEGER
from tree import leaf_hash, node_hash

MAX_METADATA = 65_535
LEVELS = 16


class Reader:
    """Reads bytes from the front; never beyond the end."""

    def __init__(self, data, code="truncated"):
        self.data, self.at, self.code = data, 0, code

    def take(self, length):
        """The next bytes."""
        require(self.at + length <= len(self.data), self.code, "all bytes are there")
        self.at += length
        return self.data[self.at - length : self.at]

    def integer(self, width):
        """An unsigned big-endian integer."""
        return int.from_bytes(self.take(width), "big")

    def is_at_end(self):
        """Whether nothing is left."""
        return self.at == len(self.data)


def read_varint(reader):
    """Unsigned LEB128 of the least length, at most 2^53 - 1."""
    value = 0
    for position in range(8):
        byte = reader.integer(1)
        value |= (byte & 0x7F) << (7 * position)
        if byte & 0x80 == 0:
            require(byte != 0 or position == 0, "bad-varint", "the least length")
            require(value <= MAX_INTEGER, "bad-varint", "at most 2^53 - 1")
            return value
    raise Refused("bad-varint", "at most 8 bytes")


# --- Metadata ---


def check_metadata(data):
    """Refuse metadata that is not in its one encoding."""
    require(len(data) <= MAX_METADATA, "bad-metadata", "at most 65,535 bytes")
    reader, tags = Reader(data, "bad-metadata"), []
    while not reader.is_at_end():
        tag = read_varint(reader)
        require(tag > (tags[-1] if tags else 0), "bad-metadata", "tags ascend and none is 0")
        tags.append(tag)
        payload = Reader(reader.take(read_varint(reader)), "bad-metadata")
        if tag in FIELDS:
            FIELDS[tag](payload)
            require(payload.is_at_end(), "bad-metadata", "a field ends where its payload ends")
    require(tags[:3] == [1, 2, 3], "bad-metadata", "status, assurance and supporters are always there")


def _one_byte(most):
    def check(payload):
        require(payload.integer(1) <= most, "bad-metadata", "a byte in its range")

    return check


def _bucketed(payload):
    count = read_varint(payload)
    exact_or_power = 1 <= count <= 3 or (count > 3 and count & (count - 1) == 0)
    require(exact_or_power, "bad-metadata", "a bucketed count")


def _labels(payload):
    last = -1
    require(not payload.is_at_end(), "bad-metadata", "empty labels are left out")
    while not payload.is_at_end():
        code = read_varint(payload)
        require(code > last, "bad-metadata", "codes of labels ascend")
        last = code
        _bucketed(payload)


def _authors(payload):
    codes = []
    while not payload.is_at_end():
        codes.append(read_varint(payload))
        require(len(codes) < 2 or codes[-1] > codes[-2], "bad-metadata", "codes of authors ascend")
    require(1 <= len(codes) <= 8, "bad-metadata", "1 to 8 authors")


FIELDS = {
    1: _one_byte(1),
    2: _one_byte(2),
    3: _bucketed,
    4: _labels,
    5: read_varint,
    6: _one_byte(100),
    7: _authors,
}


# --- Records and the set tree ---


def encode_record(key, metadata, value):
    """Bytes of a record as they stand in the leaf data of its bucket."""
    parts = (len(key).to_bytes(2, "big"), key, len(metadata).to_bytes(2, "big"), metadata)
    return b"".join(parts) + len(value).to_bytes(4, "big") + value


def _empty_levels():
    levels = [leaf_hash(b"")]
    for _ in range(LEVELS):
        levels.append(node_hash(levels[-1], levels[-1]))
    return levels


EMPTY = _empty_levels()


class RecordSet:
    """The records of one type with their set tree, of which only what is not empty is kept."""

    def __init__(self):
        self.shape = None
        self.count = 0
        self._buckets = {}
        self._levels = [{} for _ in range(LEVELS + 1)]

    def root(self):
        """The set root."""
        return self._levels[LEVELS].get(0, EMPTY[LEVELS])

    def get(self, key):
        """(metadata, value) of a key, or None."""
        return self._buckets.get(_bucket_of(key), {}).get(key)

    def put(self, key, metadata, value):
        """Add or replace a record."""
        bucket = self._buckets.setdefault(_bucket_of(key), {})
        self.count += 0 if key in bucket else 1
        bucket[key] = (metadata, value)

    def remove(self, key):
        """Remove a record that is there."""
        del self._buckets[_bucket_of(key)][key]
        self.count -= 1

    def rehash(self, keys):
        """Compute the nodes above these keys anew."""
        touched = {_bucket_of(key) for key in keys}
        for bucket in touched:
            records = sorted(self._buckets.get(bucket, {}).items())
            data = b"".join(encode_record(key, *record) for key, record in records)
            self._levels[0][bucket] = leaf_hash(data)
        for level in range(LEVELS):
            touched = {index >> 1 for index in touched}
            for index in touched:
                left, right = (self._levels[level].get(2 * index + side, EMPTY[level]) for side in (0, 1))
                self._levels[level + 1][index] = node_hash(left, right)


def _bucket_of(key):
    return int.from_bytes(hashlib.sha256(key).digest()[:2], "big")
