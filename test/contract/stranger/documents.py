"""Entries, bodies, manifests, decision lines and the statements a submission's proof needs (protocol-submission.md)."""

import datetime
import re

from refusal import Refused, require
from signatures import is_thumbprint
from strict_json import CODE, DIGEST, NAME, SALT, exact_members, is_integer, matches, parse_strict_json

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_LINES = 10_000
MAX_LINES_BYTES = 4_194_304
MAX_LINE = 4_096
MAX_LEAF = 65_535
MAX_LABELS = 16

# Hex digits of the value of each type; perceptual types may say a quality.
TYPES = {"md5": 32, "sha1": 40, "sha256": 64, "pdq": 64}
PERCEPTUAL = ("pdq",)
OPERATIONS = ("assert", "retract")
RESERVED_OPERATIONS = ("confirm", "dispute", "sighting")
MEDIA = ("image", "video", "audio", "text", "other")
REASONS = ("withdrawn", "false_positive", "error", "superseded", "legal")
VERDICTS = ("accepted", "held", "rejected")
DECISION_CODES = ("unknown_label", "type_not_in_channel")
RESERVED_STATEMENTS = ("relayed", "dispute", "adjudication")

HEX = re.compile(r"[0-9a-f]+", re.ASCII)
DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9][0-9]{0,4})?", re.ASCII)
DECISION = re.compile(
    rb'\{"line":(0|[1-9][0-9]*),"verdict":"([a-z]+)","code":(null|"([a-z_]+)"),"prev":(null|0|[1-9][0-9]*)\}'
)


def field(condition, rule):
    """Refuse a document whose member breaks its rule."""
    require(condition, "BAD_FIELD", rule)


# --- Lines and entries ---


def split_lines(data):
    """The lines of a file whose every line ends in LF."""
    require(len(data) <= MAX_LINES_BYTES, "TOO_LARGE", "at most 4,194,304 bytes of lines")
    require(not data.startswith(BYTE_ORDER_MARK), "BAD_FRAMING", "no byte-order mark")
    require(data.endswith(b"\n") and b"\r" not in data, "BAD_FRAMING", "every line ends in LF, no CR")
    lines = data[:-1].split(b"\n")
    require(all(lines), "BAD_FRAMING", "no empty line")
    require(max(map(len, lines)) <= MAX_LINE, "BAD_FRAMING", "at most 4,096 bytes a line")
    require(len(lines) <= MAX_LINES, "TOO_MANY_ENTRIES", "at most 10,000 lines")
    return lines


def parse_entry(line):
    """The checked entry of a line."""
    require(len(line) <= MAX_LINE, "TOO_LARGE", "at most 4,096 bytes a line")
    require(b"\n" not in line and b"\r" not in line, "BAD_FRAMING", "one line")
    entry = parse_strict_json(line)
    require(isinstance(entry, dict), "BAD_FIELD", "an object")
    operation = entry.get("op")
    require(operation not in RESERVED_OPERATIONS, "OPERATION_NOT_ENABLED", "an operation of later versions")
    require("op" in entry, "MISSING_FIELD", "a member is missing")
    require(operation in OPERATIONS, "UNKNOWN_OPERATION", "a known operation")
    optional = ("labels", "quality", "expires", "legalBasis", "media") if operation == "assert" else ("reason",)
    exact_members(entry, ("op", "type", "value", "salt"), optional)
    require(isinstance(entry["type"], str) and entry["type"] in TYPES, "UNKNOWN_TYPE", "a known type")
    digits = TYPES[entry["type"]]
    require(matches(HEX, entry["value"]) and len(entry["value"]) == digits, "BAD_VALUE", "the one spelling")
    field(matches(SALT, entry["salt"]), "salt is 32 hex digits")
    for name, check in OPTIONAL_MEMBERS.items():
        if name in entry:
            check(entry[name], entry)
    return entry


def _labels(labels, _entry):
    field(isinstance(labels, list) and len(labels) <= MAX_LABELS, "at most 16 labels")
    field(all(matches(CODE, label) for label in labels), "labels are codes")
    field(all(left < right for left, right in zip(labels, labels[1:])), "labels ascend")


def _quality(quality, entry):
    field(entry["type"] in PERCEPTUAL and is_integer(quality, 0, 100), "0 to 100, perceptual types only")


def _expires(expires, _entry):
    match = DAY.fullmatch(expires) if isinstance(expires, str) else None
    field(match is not None, "YYYY-MM-DD")
    try:
        day = datetime.date(*(int(part) for part in match.groups()))
    except ValueError:
        raise Refused("BAD_FIELD", "a day of the calendar") from None
    field(day.year >= 1970, "from 1970-01-01 on")


OPTIONAL_MEMBERS = {
    "labels": _labels,
    "quality": _quality,
    "expires": _expires,
    "legalBasis": lambda value, _entry: field(matches(CODE, value), "legalBasis is a code"),
    "media": lambda value, _entry: field(value in MEDIA, "a known medium"),
    "reason": lambda value, _entry: field(value in REASONS, "a known reason"),
}


# --- Manifest, bodies, decisions ---


def parse_manifest(payload):
    """The checked payload of a manifest."""
    manifest = parse_strict_json(payload)
    names = ("iss", "aud", "jti", "iat", "channel", "attribution", "count", "root", "head")
    exact_members(manifest, names)
    field(matches(NAME, manifest["iss"]), "iss is a name")
    field(matches(HOST, manifest["aud"]), "aud is an origin")
    field(matches(UUID, manifest["jti"]), "jti is a lower-case UUID")
    field(is_integer(manifest["iat"]), "iat is a time")
    _check_batch(manifest)
    check_head(manifest["head"])
    return manifest


def _check_batch(document):
    """What manifest and content body both say of the lines."""
    field(matches(NAME, document["channel"]), "channel is a name")
    field(document["attribution"] in ("named", "anonymous"), "named or anonymous")
    field(is_integer(document["count"], 1, MAX_LINES), "1 to 10,000 lines")
    field(matches(DIGEST, document["root"]), "root is a digest")


def check_head(head):
    """Refuse a head that is neither null nor the size and root of a log."""
    if head is not None:
        exact_members(head, ("size", "root"))
        field(is_integer(head["size"], 1) and matches(DIGEST, head["root"]), "head is a size and a root")


def parse_content(data):
    """The checked content body."""
    body = parse_strict_json(data)
    counts = ("accepted", "held", "rejected")
    exact_members(body, ("cairn", "salt", "channel", "attribution", "count", "root", "decisions", *counts))
    field(body["cairn"] == "content/1" and matches(SALT, body["salt"]), "content/1 with a salt")
    _check_batch(body)
    field(matches(DIGEST, body["decisions"]), "decisions is a digest")
    field(all(is_integer(body[name]) for name in counts), "numbers of verdicts")
    field(sum(body[name] for name in counts) == body["count"], "count in all")
    return body


def parse_author(data):
    """The checked author body."""
    body = parse_strict_json(data)
    exact_members(body, ("cairn", "salt", "member", "group", "key", "counter", "manifest"))
    field(body["cairn"] == "author/1" and matches(SALT, body["salt"]), "author/1 with a salt")
    field(matches(NAME, body["member"]) and matches(NAME, body["group"]), "member and group are names")
    field(is_thumbprint(body["key"]), "key is a thumbprint")
    field(is_integer(body["counter"], 1), "counter is from 1")
    field(matches(DIGEST, body["manifest"]), "manifest is a digest")
    return body


def parse_decision(line, number, index):
    """The verdict of the decision line of entry `number` of the submission at log index `index`."""
    match = DECISION.fullmatch(line)
    require(match is not None, "BAD_FRAMING", "a decision line in its exact bytes")
    verdict = match[2].decode("ascii")
    field(verdict in VERDICTS, "a known verdict")
    code = None if match[4] is None else match[4].decode("ascii")
    field((code is None) == (verdict == "accepted"), "a code unless accepted")
    field(code is None or code in DECISION_CODES, "a known code")
    require(int(match[1]) == number, "EVIDENCE_MISMATCH", "a decision about the line")
    require(match[5] == b"null" or int(match[5]) < index, "EVIDENCE_MISMATCH", "prev lies before the submission")
    return verdict


# --- Statements ---


def parse_statement(leaf, kind, names):
    """The checked leaf of this kind with these members of its own."""
    require(len(leaf) <= MAX_LEAF, "TOO_LARGE", "at most 65,535 bytes")
    statement = parse_strict_json(leaf)
    require(isinstance(statement, dict), "BAD_FIELD", "an object")
    field(statement.get("cairn") == "statement/1", "statement/1")
    require(statement.get("kind") not in RESERVED_STATEMENTS, "KIND_NOT_ENABLED", "a kind of later versions")
    require(statement.get("kind") == kind, "UNKNOWN_KIND", f"the leaf is a {kind} statement")
    exact_members(statement, ("cairn", "kind", "time", *names))
    field(is_integer(statement["time"]), "time is a time")
    return statement
