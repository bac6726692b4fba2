"""States of a log: directory and chunks (protocol-state.md)."""

import hashlib
import json

from documents import HOST, MAX_LABELS, MAX_LINES, PERCEPTUAL, TYPES, field, parse_statement
from notes import check_logged
from records import Reader
from refusal import require
from signatures import is_thumbprint
from strict_json import CODE, DIGEST, MAX_INTEGER, NAME, exact_members, is_integer, matches, parse_strict_json
from tree import leaf_hash, root_of

LEAVES = 257
SALT_BYTES = 16
MAX_STATE_LEAF = 268_435_456
TYPE_CODES = {1: "md5", 2: "sha1", 3: "sha256", 4: "pdq"}
MEMBER_KINDS = ("platform", "hotline", "ngo", "academic", "government")
STATUSES = ("active", "probation", "suspended", "expelled")
TLP = ("clear", "green", "amber", "amber+strict", "red")
LAST_DAY = 2_932_896

HEADER = ("cairn", "size", "time", "now", "origin", "members", "keys", "channels", "rights")
MEMBER = ("member", "code", "name", "memberKind", "group", "accredited", "status", "submissions")
KEY = ("key", "member", "purpose", "revokedAt")
CHANNEL = ("channel", "policy")
RIGHT = ("channel", "member", "submit", "receive")
POLICY = ("tlp", "types", "labels", "corroboration")
LABEL = ("code", "label")


def salted(leaf):
    """What follows the salt."""
    require(len(leaf) <= MAX_STATE_LEAF, "TOO_LARGE", "at most 268,435,456 bytes")
    require(len(leaf) >= SALT_BYTES, "BAD_FRAMING", "the leaf begins with its salt")
    return leaf[SALT_BYTES:]


# --- Directory ---


def parse_directory(leaf):
    """The checked directory: header, members by name, keys and channels in their order."""
    lines = salted(leaf).split(b"\n")
    require(len(lines) > 1 and lines.pop() == b"", "BAD_FRAMING", "every line ends in LF")
    documents = [_spelled_line(line) for line in lines]
    header = _header(documents[0])
    counts = [header[name] for name in ("members", "keys", "channels", "rights")]
    require(len(documents) == 1 + sum(counts), "BAD_FRAMING", "as many lines as the header says")
    rest = iter(documents[1:])
    members, keys, channels, rights = ([next(rest) for _ in range(count)] for count in counts)
    by_name = _members(members)
    _keys(keys, by_name, header["size"])
    _channels(channels)
    _rights(rights, by_name, [channel["channel"] for channel in channels])
    return {"header": header, "members": by_name, "keys": keys, "channels": channels}


def _spelled_line(line):
    document = parse_strict_json(line)
    require(isinstance(document, dict), "BAD_FIELD", "an object")
    spelled = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    require(spelled == line, "BAD_FRAMING", "the one spelling")
    return document


def in_order(document, names):
    """Refuse an object that has not just these members in this order."""
    exact_members(document, names)
    require(tuple(document) == names, "BAD_FRAMING", "members in their order")


def _header(header):
    in_order(header, HEADER)
    field(header["cairn"] == "state/1", "state/1")
    field(is_integer(header["size"], 1), "at least one statement")
    field(is_integer(header["time"]) and is_integer(header["now"], 0, header["time"]), "times")
    field(matches(HOST, header["origin"]), "an origin")
    field(all(is_integer(header[name]) for name in ("members", "keys", "channels", "rights")), "numbers of lines")
    return header


def _ascend(values):
    field(all(left < right for left, right in zip(values, values[1:])), "strictly ascending")


def _members(lines):
    for line in lines:
        in_order(line, MEMBER)
        field(matches(NAME, line["member"]) and matches(NAME, line["group"]), "names")
        field(is_integer(line["code"], 1) and is_integer(line["submissions"]), "code and counter")
        field(isinstance(line["name"], str) and 1 <= len(line["name"]) <= 200, "1 to 200 code points")
        field(not any(ord(one) < 0x20 or 0x7F <= ord(one) < 0xA0 for one in line["name"]), "no control character")
        field(line["memberKind"] in MEMBER_KINDS and line["status"] in STATUSES, "kind and status")
        field(isinstance(line["accredited"], bool), "a boolean")
        field(not line["accredited"] or line["memberKind"] == "hotline", "hotlines only")
    _ascend([line["member"] for line in lines])
    field(len({line["code"] for line in lines}) == len(lines), "a code stands for one member")
    return {line["member"]: line for line in lines}


def _keys(lines, members, size):
    for line in lines:
        in_order(line, KEY)
        field(is_thumbprint(line["key"]), "a thumbprint")
        field(isinstance(line["member"], str) and line["member"] in members, "a member of the directory")
        field(line["purpose"] in ("auth", "signing"), "a purpose")
        field(line["revokedAt"] is None or is_integer(line["revokedAt"], 0, size - 1), "a log index")
    _ascend([line["key"] for line in lines])


def _channels(lines):
    for line in lines:
        in_order(line, CHANNEL)
        field(matches(NAME, line["channel"]), "a name")
        _policy(line["policy"])
    _ascend([line["channel"] for line in lines])


def _policy(policy):
    in_order(policy, POLICY)
    field(policy["tlp"] in TLP and is_integer(policy["corroboration"], 2, 100), "marking and corroboration")
    types, labels = policy["types"], policy["labels"]
    field(isinstance(types, list) and len(types) <= 64, "types")
    require(all(isinstance(one, str) and one in TYPES for one in types), "UNKNOWN_TYPE", "known types")
    _ascend(types)
    field(isinstance(labels, list) and len(labels) <= 500, "labels")
    for label in labels:
        in_order(label, LABEL)
        field(is_integer(label["code"], 1, 32_767) and matches(CODE, label["label"]), "code and label")
    _ascend([label["code"] for label in labels])
    field(len({label["label"] for label in labels}) == len(labels), "no label twice")


def _rights(lines, members, channels):
    for line in lines:
        in_order(line, RIGHT)
        field(line["channel"] in channels, "a channel of the directory")
        field(isinstance(line["member"], str) and line["member"] in members, "a member of the directory")
        field(members[line["member"]]["memberKind"] != "government", "no right for observers")
        field(isinstance(line["submit"], bool) and isinstance(line["receive"], bool), "booleans")
    _ascend([(line["channel"], line["member"]) for line in lines])


# --- Chunks ---


def parse_chunk(directory, chunk, leaf):
    """The signals of a chunk: (channel, type, key, latest, operations) each."""
    reader, last, signals = Reader(salted(leaf), "BAD_FRAMING"), (-1, -1), []
    while not reader.is_at_end():
        place = (reader.integer(2), reader.integer(2))
        require(place[0] < len(directory["channels"]), "BAD_FRAMING", "a channel of the directory")
        require(place[1] in TYPE_CODES, "BAD_FRAMING", "a known type")
        field(place > last, "sections ascend")
        last = place
        channel, type_name = directory["channels"][place[0]], TYPE_CODES[place[1]]
        signals.extend(_section(reader, directory, chunk, channel, type_name))
    return signals


def _section(reader, directory, chunk, channel, type_name):
    count, last = reader.integer(4), b""
    field(count > 0, "at least one signal")
    for _ in range(count):
        key = reader.take(TYPES[type_name] // 2)
        field(key > last, "keys ascend")
        field(hashlib.sha256(key).digest()[0] == chunk, "the key belongs to the chunk")
        last = key
        latest, operations = _signal(reader, directory, channel, type_name)
        yield channel["channel"], type_name, key, latest, operations


def _signal(reader, directory, channel, type_name):
    latest, operations = _u64(reader), []
    for _ in range(reader.integer(4)):
        operation = _operation(reader, directory, channel, type_name)
        field(not operations or operation[:2] > operations[-1][:2], "operations in log order")
        operations.append(operation)
    field(latest < directory["header"]["size"], "below the size")
    field(not operations or latest >= operations[-1][0], "not before an operation")
    return latest, operations


def _u64(reader):
    value = reader.integer(8)
    require(value <= MAX_INTEGER, "BAD_FRAMING", "at most 2^53 - 1")
    return value


def _operation(reader, directory, channel, type_name):
    index, line, number, flags = _u64(reader), reader.integer(2), reader.integer(4), reader.integer(1)
    field(line < MAX_LINES, "a line of a submission")
    require(number < len(directory["keys"]), "BAD_FRAMING", "a key of the directory")
    key = directory["keys"][number]
    field(key["purpose"] == "signing", "a signing key")
    field(flags < 32, "known flags")
    quality = reader.integer(1) if flags & 8 else None
    field(quality is None or (type_name in PERCEPTUAL and quality <= 100), "a quality")
    expires = reader.integer(4) if flags & 16 else None
    field(expires is None or expires <= LAST_DAY, "a day")
    count = reader.integer(1)
    field(count <= MAX_LABELS, "at most 16 labels")
    labels = [reader.integer(2) for _ in range(count)]
    _ascend(labels)
    known = {label["code"] for label in channel["policy"]["labels"]}
    field(known.issuperset(labels), "labels of the channel")
    field(not flags & 1 or (not flags & 24 and not labels), "a retraction has nothing else")
    return index, line, key["member"], flags, quality, expires, labels


# --- A whole state ---


def verify_state(policy, hub, files):
    """The state in `leaf/0` to `leaf/256` under the logged `statement` with its `proof`: (index, size, signals)."""
    statement = parse_statement(files["statement"], "state", ("size", "root"))
    field(is_integer(statement["size"], 1) and matches(DIGEST, statement["root"]), "size and root")
    index, _ = check_logged(policy, f"{hub}/log", leaf_hash(files["statement"]), files["proof"])
    require(statement["size"] <= index, "INVALID_HISTORY", "not later than the statement itself")
    leaves = [files[f"leaf/{number}"] for number in range(LEAVES)]
    directory = parse_directory(leaves[0])
    require(directory["header"]["size"] == statement["size"], "EVIDENCE_MISMATCH", "the size of the statement")
    require(directory["header"]["origin"] == hub, "EVIDENCE_MISMATCH", "the hub whose log it is")
    signals = [signal for chunk in range(256) for signal in parse_chunk(directory, chunk, leaves[1 + chunk])]
    root = root_of([leaf_hash(leaf) for leaf in leaves]).hex()
    require(root == statement["root"], "ROOT_MISMATCH", "the root of the statement")
    return index, statement["size"], signals
