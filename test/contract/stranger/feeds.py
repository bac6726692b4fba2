"""A whole feed as it is served: log, rounds, packs, set roots (protocol-feed.md and protocol-tlog.md §4)."""

import hashlib
import json
import re

from documents import TYPES
from notes import accept_checkpoint
from packs import MAX_BYTES, apply_pack, decode_pack
from records import Reader, RecordSet
from refusal import require
from strict_json import DIGEST, NAME, SALT, is_integer, matches, parse_strict_json
from tree import leaf_hash, root_of

MAX_ROUND = 65_535
TILE = 256
TYPE_NAME = re.compile(r"[a-z0-9-]{1,32}", re.ASCII)
RESERVED_KINDS = ("rollup", "snapshot", "horizon")
KEY_LENGTHS = {name: digits // 2 for name, digits in TYPES.items()}
PACK_COUNTS = ("bytes", "added", "updated", "removed", "count")


def verify_feed(policy, origin, files):
    """Number of records by type of a feed `<hub>/feed/<channel>`.

    `files` maps each path under the feed's URL to its bytes and holds the whole feed and nothing else: what the signed head
    does not vouch for is refused, so that whoever reads OK knows it of every file.
    """
    channel = origin.rpartition("/feed/")[2]
    checkpoint = accept_checkpoint(policy, origin, _file(files, "checkpoint"))
    used = {"checkpoint"}
    entries = _read_entries(files, checkpoint.size, used)
    hashes = [leaf_hash(entry) for entry in entries]
    require(root_of(hashes) == checkpoint.root, "root-mismatch", "the entries lead to the signed root")
    _check_tiles(files, hashes, used)
    sets, log_size = {}, 0
    for entry in entries:
        log_size = _follow_round(entry, channel, log_size, files, sets, used)
    require(set(files) == used, "unexpected-file", "every file belongs to the signed head")
    return {name: records.count for name, records in sorted(sets.items())}


def _file(files, path):
    require(path in files, "missing-file", "a file that the feed needs is there")
    return files[path]


# --- The log ---


def tile_number(number):
    """`<N>` of a path: groups of three digits, an x before all but the last."""
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03d}")
    return "/".join(groups)


def _tile_paths(prefix, count):
    """(path, width) of each tile over so many hashes or entries."""
    for number in range(0, (count + TILE - 1) // TILE):
        width = min(TILE, count - number * TILE)
        yield f"{prefix}/{tile_number(number)}" + ("" if width == TILE else f".p/{width}"), width


def _read_entries(files, size, used):
    entries = []
    for path, width in _tile_paths("tile/entries", size):
        reader = Reader(_file(files, path), "bad-bundle")
        entries.extend(reader.take(reader.integer(2)) for _ in range(width))
        require(reader.is_at_end(), "bad-bundle", "nothing follows the entries")
        used.add(path)
    return entries


def _check_tiles(files, hashes, used):
    level = 0
    while hashes:
        for number, (path, width) in enumerate(_tile_paths(f"tile/{level}", len(hashes))):
            expected = b"".join(hashes[number * TILE : number * TILE + width])
            require(_file(files, path) == expected, "bad-tile", "a tile holds the hashes of the tree")
            used.add(path)
        full = len(hashes) // TILE
        hashes = [root_of(hashes[index * TILE : (index + 1) * TILE]) for index in range(full)]
        level += 1


# --- Rounds ---


def _follow_round(entry, channel, log_size, files, sets, used):
    document = parse_round(entry)
    require(document["feed"] == channel, "inconsistent-round", "the round is of this channel")
    require(document["log"]["size"] >= log_size, "inconsistent-round", "the provenance log does not shrink")
    for change in document.get("changes", []):
        records = sets.setdefault(change["type"], RecordSet())
        for announced in change["packs"]:
            path = f"pack/{announced['digest']}"
            _follow_pack(_file(files, path), change["type"], announced, records)
            used.add(path)
    return document["log"]["size"]


def _follow_pack(data, type_name, announced, records):
    require(len(data) == announced["bytes"], "bytes-mismatch", "a pack is as long as announced")
    require(hashlib.sha256(data).hexdigest() == announced["digest"], "digest-mismatch", "a pack has the announced digest")
    pack = decode_pack(data)
    require(pack.type_name == type_name, "type-mismatch", "a pack is of the announced type")
    counts = tuple(len(section) for section in (pack.added, pack.updated, pack.removed))
    require(counts == tuple(announced[name] for name in ("added", "updated", "removed")), "count-mismatch", "counts as announced")
    require(pack.after.hex() == announced["root"], "root-mismatch", "the root after is the announced one")
    expected = KEY_LENGTHS.get(type_name)
    require(expected is None or pack.shape == (expected, 0), "wrong-shape", "keys as long as the type's values")
    apply_pack(pack, records)
    require(records.count == announced["count"], "count-mismatch", "the set is as large as announced")


def parse_round(data):
    """The checked document of a leaf."""
    require(len(data) <= MAX_ROUND, "round-oversize", "at most 65,535 bytes")
    document = parse_strict_json(data)
    require(isinstance(document, dict), "bad-round", "an object")
    require(document.get("cairn") == "feed/1", "unsupported-version", "feed/1")
    kind = document.get("kind")
    require(kind not in RESERVED_KINDS, "unsupported-kind", "a kind of later versions")
    require(kind in ("round", "idle"), "unknown-kind", "a known kind")
    head = ("cairn", "kind", "feed", "time", "log", "nonce")
    _exact(document, head + (("changes",) if kind == "round" else ()))
    _exact(document["log"], ("size", "root"))
    log = document["log"]
    sound = matches(NAME, document["feed"]) and is_integer(document["time"]) and matches(SALT, document["nonce"])
    require(sound and is_integer(log["size"]) and matches(DIGEST, log["root"]), "bad-round", "members in their form")
    if kind == "round":
        _check_changes(document["changes"])
    require(_encode(document) == data, "not-canonical-round", "exactly these bytes")
    return document


def _exact(value, names):
    require(isinstance(value, dict), "bad-round", "an object")
    require(all(name in names for name in value), "unknown-member", "no other member")
    require(all(name in value for name in names), "bad-round", "all members")


def _check_changes(changes):
    require(isinstance(changes, list) and changes, "bad-round", "at least one change")
    last = ""
    for change in changes:
        _exact(change, ("type", "count", "root", "packs"))
        sound = matches(TYPE_NAME, change["type"]) and is_integer(change["count"]) and matches(DIGEST, change["root"])
        require(sound and isinstance(change["packs"], list) and change["packs"], "bad-round", "a change in its form")
        require(change["type"] > last, "unsorted-types", "types ascend")
        last = change["type"]
        _check_announced(change)


def _check_announced(change):
    count = None
    for pack in change["packs"]:
        _exact(pack, ("digest", *PACK_COUNTS, "root"))
        sound = matches(DIGEST, pack["digest"]) and matches(DIGEST, pack["root"])
        require(sound and all(is_integer(pack[name]) for name in PACK_COUNTS), "bad-round", "a pack in its form")
        require(1 <= pack["bytes"] <= MAX_BYTES, "bad-round", "as long as a pack can be")
        changed = pack["added"] + pack["updated"] + pack["removed"]
        require(1 <= changed <= 65_536, "inconsistent-round", "1 to 65,536 changes")
        before = pack["count"] - pack["added"] + pack["removed"]
        require(before >= pack["updated"] + pack["removed"], "inconsistent-round", "no more changes than records")
        follows = count is None or pack["count"] == count + pack["added"] - pack["removed"]
        require(follows, "inconsistent-round", "count follows from the part before")
        count = pack["count"]
    same = (change["count"], change["root"]) == (count, change["packs"][-1]["root"])
    require(same, "inconsistent-round", "count and root are those of the last pack")


def _encode(document):
    """The one spelling: the members in the order of the page, whatever order they were read in."""

    def ordered(value, names):
        return {name: value[name] for name in names if name in value}

    result = ordered(document, ("cairn", "kind", "feed", "time", "log", "nonce", "changes"))
    result["log"] = ordered(document["log"], ("size", "root"))
    if "changes" in result:
        result["changes"] = [
            {
                **ordered(change, ("type", "count", "root")),
                "packs": [ordered(pack, ("digest", *PACK_COUNTS, "root")) for pack in change["packs"]],
            }
            for change in document["changes"]
        ]
    return json.dumps(result, separators=(",", ":"), ensure_ascii=True).encode("ascii")
