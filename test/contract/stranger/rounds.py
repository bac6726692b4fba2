"""The leaves of a feed: strict decoding (protocol-feed.md, Round and Rollup)."""

import json
import re

from packs import MAX_BYTES
from records import RecordSet
from refusal import require
from strict_json import DIGEST, NAME, SALT, is_integer, matches, parse_strict_json

MAX_ROUND = 65_535
TYPE_NAME = re.compile(r"[a-z0-9-]{1,32}", re.ASCII)
HEAD = ("cairn", "kind", "feed", "time", "log", "nonce")
OWN_MEMBERS = {
    "round": ("changes",),
    "idle": (),
    "rollup": ("from", "to", "changes"),
    "snapshot": ("changes",),
    "horizon": ("horizons",),
}
EMPTY_ROOT = RecordSet().root().hex()
PACK_COUNTS = ("bytes", "added", "updated", "removed", "count")


def parse_round(data):
    """The checked document of a leaf."""
    require(len(data) <= MAX_ROUND, "round-oversize", "at most 65,535 bytes")
    document = parse_strict_json(data)
    require(isinstance(document, dict), "bad-round", "an object")
    require(document.get("cairn") == "feed/1", "unsupported-version", "feed/1")
    kind = document.get("kind")
    require(isinstance(kind, str) and kind in OWN_MEMBERS, "unknown-kind", "a known kind")
    _exact(document, HEAD + OWN_MEMBERS[kind])
    _exact(document["log"], ("size", "root"))
    log = document["log"]
    sound = matches(NAME, document["feed"]) and is_integer(document["time"]) and matches(SALT, document["nonce"])
    require(sound and is_integer(log["size"]) and matches(DIGEST, log["root"]), "bad-round", "members in their form")
    if kind in ("round", "snapshot"):
        require(document["changes"] != [], "bad-round", "at least one change")
    if kind == "rollup":
        _check_window(document)
    if "changes" in document:
        _check_changes(document["changes"])
        for change in document["changes"]:
            _check_packs(kind, change)
    if kind == "snapshot":
        require(len(document["changes"]) == 1, "inconsistent-round", "a snapshot is of one type")
    if kind == "horizon":
        _check_horizons(document["horizons"])
    require(_encode(document) == data, "not-canonical-round", "exactly these bytes")
    return document


def _exact(value, names):
    require(isinstance(value, dict), "bad-round", "an object")
    require(all(name in names for name in value), "unknown-member", "no other member")
    require(all(name in value for name in names), "bad-round", "all members")


def _check_window(document):
    sound = is_integer(document["from"]) and is_integer(document["to"])
    require(sound, "bad-round", "members in their form")
    require(document["from"] < document["to"], "inconsistent-round", "from is below to")


def _check_changes(changes):
    require(isinstance(changes, list), "bad-round", "changes are a list")
    last = ""
    for change in changes:
        _exact(change, ("type", "count", "root", "packs"))
        sound = matches(TYPE_NAME, change["type"]) and is_integer(change["count"]) and matches(DIGEST, change["root"])
        require(sound and isinstance(change["packs"], list), "bad-round", "a change in its form")
        require(change["type"] > last, "unsorted-types", "types ascend")
        last = change["type"]
        _check_announced(change)


def _check_packs(kind, change):
    packs = change["packs"]
    if kind == "rollup":
        require(len(packs) <= 1, "inconsistent-round", "one pack for each type")
    if kind != "snapshot":
        require(packs, "bad-round", "at least one pack")
        return
    only_adds = all(pack["updated"] + pack["removed"] == 0 for pack in packs)
    require(only_adds and (not packs or packs[0]["count"] == packs[0]["added"]), "inconsistent-round", "a snapshot adds to nothing")
    nothing = (change["count"], change["root"]) == (0, EMPTY_ROOT)
    require(packs or nothing, "inconsistent-round", "only a set without records has no pack")


def _check_horizons(horizons):
    require(isinstance(horizons, list) and horizons, "bad-round", "at least one horizon")
    last = ""
    for horizon in horizons:
        _exact(horizon, ("type", "size"))
        require(matches(TYPE_NAME, horizon["type"]) and is_integer(horizon["size"]), "bad-round", "a horizon in its form")
        require(horizon["type"] > last, "unsorted-types", "types ascend")
        last = horizon["type"]


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
    same = not change["packs"] or (change["count"], change["root"]) == (count, change["packs"][-1]["root"])
    require(same, "inconsistent-round", "count and root are those of the last pack")


def _encode(document):
    """The one spelling: the members in the order of the page, whatever order they were read in."""

    def ordered(value, names):
        return {name: value[name] for name in names if name in value}

    result = ordered(document, HEAD + OWN_MEMBERS[document["kind"]])
    result["log"] = ordered(document["log"], ("size", "root"))
    if "horizons" in result:
        result["horizons"] = [ordered(horizon, ("type", "size")) for horizon in document["horizons"]]
    if "changes" in result:
        result["changes"] = [
            {
                **ordered(change, ("type", "count", "root")),
                "packs": [ordered(pack, ("digest", *PACK_COUNTS, "root")) for pack in change["packs"]],
            }
            for change in document["changes"]
        ]
    return json.dumps(result, separators=(",", ":"), ensure_ascii=True).encode("ascii")
