"""A whole feed as it is served: log, leaves, packs, set roots (protocol-feed.md and protocol-tlog.md §4)."""

import hashlib

from documents import TYPES
from notes import accept_checkpoint
from packs import apply_pack, decode_pack
from records import Reader, RecordSet
from refusal import require
from rollups import EMPTY_ROOT, Rollups
from rounds import parse_round
from tree import leaf_hash, root_of

TILE = 256
KEY_LENGTHS = {name: digits // 2 for name, digits in TYPES.items()}


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
    documents = [parse_round(entry) for entry in entries]
    follower = _Follower(channel, files, used, _last_horizons(documents))
    for document in documents:
        follower.follow(document)
    follower.finish()
    require(set(files) == used, "unexpected-file", "every file belongs to the signed head")
    return {name: records.count for name, records in sorted(follower.sets.items())}


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


# --- Leaves ---


class _Follower:
    """The sets of a feed, leaf by leaf."""

    def __init__(self, channel, files, used, horizons):
        self._channel = channel
        self._files = files
        self._used = used
        # By type, where the signed head says that packs are served from.
        self._horizons = horizons
        self._log_size = 0
        self._index = 0
        self._rollups = Rollups()
        # Count and root of each type as announced; what is below its horizon cannot be followed, only believed.
        self._standings = {}
        # Type and index of the last snapshot.
        self._snapshot = None
        self._horizon_now = {}
        self.sets = {}

    def follow(self, document):
        require(document["feed"] == self._channel, "inconsistent-round", "the round is of this channel")
        require(document["log"]["size"] >= self._log_size, "inconsistent-round", "the provenance log does not shrink")
        follow = {"rollup": self._follow_rollup, "snapshot": self._follow_snapshot, "horizon": self._follow_horizon}
        follow.get(document["kind"], self._follow_step)(document)
        self._log_size = document["log"]["size"]
        self._index += 1

    def finish(self):
        self._rollups.require_none_due()

    def _is_gone(self, type_name):
        return self._index < self._horizons.get(type_name, 0)

    def _follow_step(self, document):
        self._rollups.begin_step(self._index, self._standings)
        for change in document.get("changes", []):
            if not self._is_gone(change["type"]):
                self._follow_packs(change, self.sets.setdefault(change["type"], RecordSet()), self._rollups.add)
            self._standings[change["type"]] = (change["count"], bytes.fromhex(change["root"]))
        self._rollups.end_step(self._index)

    def _follow_packs(self, change, records, take):
        for announced in change["packs"]:
            pack = self._read_pack(change["type"], announced)
            apply_pack(pack, records)
            require(records.count == announced["count"], "count-mismatch", "the set is as large as announced")
            take(pack)

    def _follow_rollup(self, document):
        window = self._rollups.take(document)
        for change in document["changes"]:
            name = change["type"]
            require(document["from"] >= self._horizon_now.get(name, 0), "wrong-rollup", "no rollup begins below a horizon")
            if self._is_gone(name):
                self._require_standing(change, "wrong-rollup")
                continue
            pack = self._read_pack(name, change["packs"][0])
            window.check(pack, change, self.sets.get(name, RecordSet()))

    def _follow_snapshot(self, document):
        self._rollups.require_none_due()
        change = document["changes"][0]
        self._require_standing(change, "wrong-snapshot")
        self._snapshot = (change["type"], self._index)
        if self._is_gone(change["type"]):
            return
        records = RecordSet()
        self._follow_packs(change, records, lambda pack: None)
        if self._index == self._horizons.get(change["type"]):
            self.sets[change["type"]] = records

    def _require_standing(self, change, code):
        standing = self._standings.get(change["type"], (0, EMPTY_ROOT))
        same = standing == (change["count"], bytes.fromhex(change["root"]))
        require(same, code, "count and root are those that the rounds lead to")

    def _follow_horizon(self, document):
        self._rollups.require_none_due()
        for horizon in document["horizons"]:
            name, size = horizon["type"], horizon["size"]
            follows = size == self._index - 1 and self._snapshot == (name, size)
            require(follows, "wrong-horizon", "a horizon is at a snapshot of its type, the leaf right before it")
            self._horizon_now[name] = size

    def _read_pack(self, type_name, announced):
        path = f"pack/{announced['digest']}"
        data = _file(self._files, path)
        self._used.add(path)
        return _open_pack(data, type_name, announced)


def _last_horizons(documents):
    horizons = {}
    for document in documents:
        for horizon in document.get("horizons", []):
            horizons[horizon["type"]] = max(horizon["size"], horizons.get(horizon["type"], 0))
    return horizons


def _open_pack(data, type_name, announced):
    require(len(data) == announced["bytes"], "bytes-mismatch", "a pack is as long as announced")
    require(hashlib.sha256(data).hexdigest() == announced["digest"], "digest-mismatch", "a pack has the announced digest")
    pack = decode_pack(data)
    require(pack.type_name == type_name, "type-mismatch", "a pack is of the announced type")
    counts = tuple(len(section) for section in (pack.added, pack.updated, pack.removed))
    require(counts == tuple(announced[name] for name in ("added", "updated", "removed")), "count-mismatch", "counts as announced")
    require(pack.after.hex() == announced["root"], "root-mismatch", "the root after is the announced one")
    expected = KEY_LENGTHS.get(type_name)
    require(expected is None or pack.shape == (expected, 0), "wrong-shape", "keys as long as the type's values")
    return pack
