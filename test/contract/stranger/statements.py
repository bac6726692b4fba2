"""Leaves of the provenance log of every kind (protocol-submission.md, Statements)."""

import unicodedata
from functools import partial

from documents import HOST, MAX_LEAF, MAX_LINES, RESERVED_STATEMENTS, TYPES, check_head, field
from refusal import require
from signatures import base64url_decode, is_thumbprint, jwk_thumbprint
from strict_json import CODE, DIGEST, NAME, exact_members, is_integer, matches, parse_strict_json

MAX_HUB_KEYS = 16
MAX_ERASED = 1_000
MAX_FEEDS = 370
MAX_TYPES = 64
MAX_LABELS = 500
COORDINATES = {"OKP": ("Ed25519", ("x",)), "EC": ("P-256", ("x", "y"))}
ADMISSION_BOUNDS = {
    "endorsements": (0, 20),
    "foundingMembers": (0, 100),
    "objectionDays": (0, 90),
    "probationDays": (0, 730),
    "probationEntriesADay": (1, 10_000_000),
    "conformanceDays": (1, 730),
    "attestationDays": (30, 1095),
}


def parse_leaf(leaf):
    """The checked statement of a leaf, of whatever kind this version enables."""
    require(len(leaf) <= MAX_LEAF, "TOO_LARGE", "at most 65,535 bytes")
    statement = parse_strict_json(leaf)
    field(isinstance(statement, dict), "an object")
    for name in ("cairn", "kind"):
        require(name in statement, "MISSING_FIELD", "a member is missing")
    field(statement["cairn"] == "statement/1", "statement/1")
    kind = statement["kind"]
    require(kind not in RESERVED_STATEMENTS, "KIND_NOT_ENABLED", "a kind of later versions")
    require(isinstance(kind, str) and kind in KINDS, "UNKNOWN_KIND", "a known kind")
    exact_members(statement, ("cairn", "kind", "time", *KINDS[kind]))
    for name, check in KINDS[kind].items():
        check(statement[name])
    _integer(statement["time"])
    if kind == "key":
        require(jwk_thumbprint(statement["jwk"]) == statement["key"], "DIGEST_MISMATCH", "key is the thumbprint of jwk")
    return statement


def _text(pattern, value):
    field(matches(pattern, value), "a text of its form")


def _one_of(words, value):
    field(isinstance(value, str) and value in words, "one of its words")


def _integer(value, least=0, most=2**53 - 1):
    field(is_integer(value, least, most), "an integer in its range")


def _boolean(value):
    field(isinstance(value, bool), "true or false")


def _thumbprint(value):
    field(is_thumbprint(value), "a thumbprint")


def _printable(value):
    field(isinstance(value, str) and 1 <= len(value) <= 200, "1 to 200 code points")
    field(not any(unicodedata.category(one) == "Cc" for one in value), "no control character")


def _jwk(value):
    field(isinstance(value, dict) and isinstance(value.get("kty"), str) and value["kty"] in COORDINATES, "a known kty")
    curve, coordinates = COORDINATES[value["kty"]]
    exact_members(value, ("kty", "crv", *coordinates))
    field(value["crv"] == curve, "the curve of the kty")
    for name in coordinates:
        data = base64url_decode(value[name]) if isinstance(value[name], str) else None
        field(data is not None and len(data) == 32, "a coordinate is 32 bytes in canonical base64url")


def _list(most, check, value):
    field(isinstance(value, list) and len(value) <= most, "a list within its limit")
    for one in value:
        check(one)


def _record(checks, value):
    exact_members(value, tuple(checks))
    for name, check in checks.items():
        check(value[name])


def _ascending(values):
    field(all(left < right for left, right in zip(values, values[1:])), "strictly ascending")


def _known_type(value):
    require(isinstance(value, str) and value in TYPES, "UNKNOWN_TYPE", "a known type")


def _channel_policy(value):
    _record(CHANNEL_POLICY, value)
    _ascending(value["types"])
    _ascending([one["code"] for one in value["labels"]])
    labels = [one["label"] for one in value["labels"]]
    field(len(set(labels)) == len(labels), "no label twice")


def _erased_places(value):
    _list(MAX_ERASED, PLACE, value)
    field(len(value) > 0, "at least one line")
    _ascending([(one["index"], one["line"]) for one in value])


NAMED, HASH, INDEX, LEAST_ONE = partial(_text, NAME), partial(_text, DIGEST), _integer, partial(_integer, least=1)
LABEL = partial(_record, {"code": partial(_integer, least=1, most=32_767), "label": partial(_text, CODE)})
CHANNEL_POLICY = {
    "tlp": partial(_one_of, ("clear", "green", "amber", "amber+strict", "red")),
    "types": partial(_list, MAX_TYPES, _known_type),
    "labels": partial(_list, MAX_LABELS, LABEL),
    "corroboration": partial(_integer, least=2, most=100),
}
HUB_KEY = partial(_record, {"purpose": partial(_one_of, ("promise", "token")), "jwk": _jwk})
PLACE = partial(_record, {"index": INDEX, "line": partial(_integer, most=MAX_LINES - 1)})
FEED = partial(_record, {"feed": NAMED, "size": INDEX, "root": HASH})
ADMISSION = {name: partial(_integer, least=least, most=most) for name, (least, most) in ADMISSION_BOUNDS.items()}
MEMBER_KINDS = ("platform", "hotline", "ngo", "academic", "government")

# Members of each kind besides cairn, kind and time, and the rule of each.
KINDS = {
    "hub": {"origin": partial(_text, HOST), "keys": partial(_list, MAX_HUB_KEYS, HUB_KEY)},
    "channel": {"channel": NAMED, "policy": _channel_policy},
    "member": {
        "member": NAMED,
        "code": LEAST_ONE,
        "name": _printable,
        "memberKind": partial(_one_of, MEMBER_KINDS),
        "group": NAMED,
        "accredited": _boolean,
    },
    "member_status": {"member": NAMED, "status": partial(_one_of, ("active", "probation", "suspended", "expelled"))},
    "key": {"member": NAMED, "purpose": partial(_one_of, ("auth", "signing")), "key": _thumbprint, "jwk": _jwk},
    "key_revoked": {
        "member": NAMED,
        "key": _thumbprint,
        "from": INDEX,
        "reason": partial(_one_of, ("compromised", "lost", "retired")),
    },
    "right": {"member": NAMED, "channel": NAMED, "submit": _boolean, "receive": _boolean},
    "recall": {"member": NAMED, "from": INDEX},
    "agreement": {"member": NAMED, "version": LEAST_ONE, "digest": HASH},
    "admission_policy": {"policy": partial(_record, ADMISSION)},
    "bootstrap": {"staff": partial(_integer, least=1, most=100)},
    "submission": {"content": HASH, "author": HASH, "head": check_head},
    "tick": {},
    "published": {"feeds": partial(_list, MAX_FEEDS, FEED)},
    "audit": {"size": LEAST_ONE, "head": HASH},
    "state": {"size": LEAST_ONE, "root": HASH},
    "erase": {
        "lines": _erased_places,
        "reason": partial(_one_of, ("data_subject", "court_order", "legal", "mistake")),
    },
}
