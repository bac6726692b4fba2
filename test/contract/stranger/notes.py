"""Signed notes, checkpoints, cosignatures, policy files and proof files (protocol-tlog.md §5 to §9)."""

import base64
import binascii
import hashlib
import re
from typing import NamedTuple

from ed25519_points import is_sound
from refusal import Refused, require
from signatures import verify_ed25519
from strict_json import parse_decimal
from tree import EMPTY_ROOT, check_inclusion

MAX_BYTES = 65_536
MAX_SIGNATURES = 64
MAX_OF_EACH_KIND = 64
MAX_PROOF_HASHES = 63
MAX_PROOF = 163_840
LOG_KEY, WITNESS_KEY = 0x01, 0x04
SIGNATURE_LINE = re.compile("— ([^ ]+) ([A-Za-z0-9+/=]+)")
KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)
PROOF_MAGIC = "c2sp.org/tlog-proof@v1"


class VerifierKey(NamedTuple):
    """A pinned key."""

    name: str
    key_id: bytes
    kind: int
    public_key: bytes


class Checkpoint(NamedTuple):
    """A signed head of a log."""

    origin: str
    size: int
    root: bytes


class Policy(NamedTuple):
    """What a verifier pins: logs by origin, witnesses and groups by name, the name of the quorum or None."""

    logs: dict
    witnesses: dict
    groups: dict
    quorum: str


class Proof(NamedTuple):
    """A proof file, parsed."""

    index: int
    hashes: list
    note: bytes
    has_extra: bool


def decode_base64(text, code):
    """Bytes of canonical padded base64."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(code, "base64 of RFC 4648 §4") from None
    require(base64.b64encode(data).decode("ascii") == text, code, "only the spelling an encoder writes")
    return data


def decode_text(data, code):
    """UTF-8 without control characters below U+0020 other than LF, ending in LF."""
    text = _utf8(data, code)
    require(all(c >= " " or c == "\n" for c in text), code, "no control character")
    require(text.endswith("\n"), code, "every line ends in LF")
    return text


def _utf8(data, code):
    try:
        return data.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise Refused(code, "the bytes are UTF-8") from None


# --- Policy files ---


def parse_policy(data):
    """The Policy of a pinned file."""
    require(len(data) <= MAX_BYTES and data.endswith(b"\n"), "bad-policy", "at most 65,536 bytes, every line ends in LF")
    policy, quorums = Policy({}, {}, {}, None), []
    grouped = set()
    for line in data.split(b"\n")[:-1]:
        require(all(byte >= 0x20 and byte != 0x7F or byte == 0x09 for byte in line), "bad-policy", "no control character")
        if line.strip(b" \t").startswith(b"#"):
            continue
        words = [word for word in re.split("[ \t]+", _utf8(line, "bad-policy")) if word]
        if words:
            _read_policy_line(policy, words, quorums, grouped)
    require(len(quorums) == 1, "bad-policy", "exactly one quorum line")
    for kind in (policy.logs, policy.witnesses, policy.groups):
        require(len(kind) <= MAX_OF_EACH_KIND, "bad-policy", "at most 64 of each kind")
    _check_keys_are_different(policy)
    return policy._replace(quorum=quorums[0])


def _read_policy_line(policy, words, quorums, grouped):
    kind, rest = words[0], words[1:]
    if kind == "log" and len(rest) in (1, 2):
        key = parse_vkey(rest[0], LOG_KEY)
        policy.logs.setdefault(key.name, []).append(key)
    elif kind == "witness" and len(rest) in (2, 3):
        _define(policy, rest[0])
        policy.witnesses[rest[0]] = parse_vkey(rest[1], WITNESS_KEY)
    elif kind == "group" and len(rest) >= 3:
        _define(policy, rest[0])
        policy.groups[rest[0]] = _read_group(policy, rest, grouped)
    elif kind == "quorum" and len(rest) == 1:
        known = rest[0] == "none" or _is_defined(policy, rest[0])
        require(known, "bad-policy", "the quorum is defined before")
        quorums.append(None if rest[0] == "none" else rest[0])
    else:
        raise Refused("bad-policy", "a line is log, witness, group or quorum")


def _define(policy, name):
    require(name != "none" and not _is_defined(policy, name), "bad-policy", "a name is defined once")


def _is_defined(policy, name):
    return name in policy.witnesses or name in policy.groups


def _read_group(policy, words, grouped):
    members = words[2:]
    for member in members:
        require(_is_defined(policy, member) and member not in grouped, "bad-policy", "members are defined and in one group")
        grouped.add(member)
    named = {"all": len(members), "any": 1}
    least = named[words[1]] if words[1] in named else parse_decimal(words[1])
    require(least is not None and 1 <= least <= len(members), "bad-policy", "k is between 1 and the number of members")
    return least, members


def _check_keys_are_different(policy):
    logs = [key for keys in policy.logs.values() for key in keys]
    witnesses = list(policy.witnesses.values())
    for keys in (logs, witnesses):
        require(len({key.public_key for key in keys}) == len(keys), "bad-policy", "no public key twice")
    both = logs + witnesses
    require(len({(key.name, key.key_id) for key in both}) == len(both), "bad-policy", "no name and key id twice")


def parse_vkey(text, kind):
    """The VerifierKey of `<name>+<key id>+<base64>` of this kind."""
    parts = text.split("+", 2)
    require(len(parts) == 3 and KEY_ID.fullmatch(parts[1]) is not None, "bad-vkey", "name, key id and key")
    name, key_id = parts[0], bytes.fromhex(parts[1])
    require(_is_key_name(name), "bad-vkey", "a name without white space")
    data = decode_base64(parts[2], "bad-vkey")
    require(len(data) == 33 and data[0] == kind, "bad-vkey", "the type of the key, then 32 bytes")
    require(is_sound(data[1:], False), "bad-vkey", "a canonical point that is not of small order")
    computed = hashlib.sha256(name.encode("utf-8") + b"\n" + data).digest()[:4]
    require(computed == key_id, "bad-vkey", "the key id is that of name and key")
    return VerifierKey(name, key_id, kind, data[1:])


def _is_key_name(name):
    return name != "" and "+" not in name and not any(c.isspace() for c in name)


# --- Notes and checkpoints ---


def accept_checkpoint(policy, origin, note):
    """The Checkpoint of a note that the policy accepts for this origin (§8)."""
    require(origin in policy.logs, "unknown-log", "the policy names the log")
    text, lines = split_note(note)
    log_signed, cosigned = False, set()
    for name, key_id, signature in lines:
        key = _pinned(policy, name, key_id)
        if key is None:
            continue
        require(_line_verifies(key, text, signature), "bad-signature", "a line by a pinned key verifies")
        log_signed = log_signed or key in policy.logs[origin]
        if key.kind == WITNESS_KEY:
            cosigned.add(key)
    require(log_signed or cosigned, "no-signature", "a line by a pinned key")
    checkpoint = parse_checkpoint(text)
    require(checkpoint.origin == origin, "wrong-origin", "the origin is the one asked for")
    require(log_signed, "not-signed-by-log", "the log's key signed")
    require(policy.quorum is None or _is_met(policy, policy.quorum, cosigned), "no-quorum", "the quorum is met")
    return checkpoint


def split_note(note):
    """(signed bytes, signature lines as name, key id, signature) of a note; nothing is verified."""
    require(len(note) <= MAX_BYTES, "bad-note", "at most 65,536 bytes")
    decode_text(note, "bad-note")
    at = note.rfind(b"\n\n")
    require(at > 0, "bad-note", "text, empty line, signatures")
    lines = note[at + 2 :].decode("utf-8").split("\n")[:-1]
    require(1 <= len(lines) <= MAX_SIGNATURES, "bad-note", "1 to 64 signature lines")
    return note[: at + 1], [_split_line(line) for line in lines]


def _split_line(line):
    match = SIGNATURE_LINE.fullmatch(line)
    require(match is not None and _is_key_name(match[1]), "bad-note", "dash, key name, signature")
    data = decode_base64(match[2], "bad-note")
    require(len(data) > 4, "bad-note", "a key id and a signature")
    return match[1], data[:4], data[4:]


def _pinned(policy, name, key_id):
    candidates = [*policy.logs.get(name, []), *policy.witnesses.values()]
    return next((key for key in candidates if key.name == name and key.key_id == key_id), None)


def _line_verifies(key, text, signature):
    if key.kind == LOG_KEY:
        return verify_ed25519(key.public_key, text, signature)
    if len(signature) != 72:
        return False
    seconds = int.from_bytes(signature[:8], "big")
    message = b"cosignature/v1\ntime %d\n" % seconds + text
    return seconds < 2**53 and verify_ed25519(key.public_key, message, signature[8:])


def parse_checkpoint(text):
    """The Checkpoint that the text of a note says; nothing is verified."""
    lines = text.decode("utf-8").split("\n")[:-1]
    require(len(lines) >= 3 and all(lines), "bad-checkpoint", "three lines or more, none of them empty")
    size, root = parse_decimal(lines[1]), decode_base64(lines[2], "bad-checkpoint")
    require(size is not None and len(root) == 32, "bad-checkpoint", "a size and a root of 32 bytes")
    require(size > 0 or root == EMPTY_ROOT, "bad-checkpoint", "the root of no leaves")
    return Checkpoint(lines[0], size, root)


def _is_met(policy, name, cosigned):
    if name in policy.witnesses:
        return policy.witnesses[name] in cosigned
    least, members = policy.groups[name]
    return sum(_is_met(policy, member, cosigned) for member in members) >= least


# --- Proof files ---


def parse_proof(data):
    """The Proof of a proof file (§9)."""
    require(len(data) <= MAX_PROOF, "bad-proof", "at most 163,840 bytes")
    head, separator, note = data.partition(b"\n\n")
    require(separator != b"", "bad-proof", "an empty line before the note")
    lines = decode_text(head + b"\n", "bad-proof").split("\n")[:-1]
    require(lines[0] == PROOF_MAGIC, "bad-proof", "the first line names the format")
    lines = lines[1:]
    has_extra = bool(lines) and lines[0].startswith("extra ")
    if has_extra:
        _check_extra(lines.pop(0)[len("extra ") :])
    require(lines and lines[0].startswith("index "), "bad-proof", "an index line")
    index = parse_decimal(lines[0][len("index ") :])
    hashes = [decode_base64(line, "bad-proof") for line in lines[1:]]
    require(index is not None and len(hashes) <= MAX_PROOF_HASHES, "bad-proof", "an index, at most 63 hashes")
    require(all(len(one) == 32 for one in hashes), "bad-proof", "hashes of 32 bytes")
    return Proof(index, hashes, note, has_extra)


def _check_extra(text):
    data = decode_base64(text, "bad-proof")
    require(0 < len(data) <= MAX_BYTES, "bad-proof", "1 to 65,536 bytes of extra")


def check_logged(policy, origin, leaf, data):
    """(index, Checkpoint) of a leaf hash whose proof file holds under the policy for this log."""
    proof = parse_proof(data)
    checkpoint = accept_checkpoint(policy, origin, proof.note)
    check_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return proof.index, checkpoint
