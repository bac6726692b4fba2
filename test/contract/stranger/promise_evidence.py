"""Evidence that a hub promised and is overdue (protocol-proof.md, Overdue promises)."""

import hashlib

from documents import HOST, UUID, field, parse_manifest
from proved_leaves import check_hub, check_proved, open_signed, read_proved_leaf, same_note
from refusal import Refused, require
from signatures import split_token
from spelling import read_document, sized_text
from statements import parse_leaf
from strict_json import DIGEST, NAME, exact_members, is_integer, matches, parse_strict_json

MEMBERS = ("origin", "manifest", "promise", "hub", "last", "seen")
PROMISE_MEMBERS = ("iss", "sub", "jti", "digest", "received", "counter", "deadline")
MAX_TOKEN = 4_096


def verify_promise_evidence(policy, origin, data):
    """What the evidence shows: member, jti, deadline and size of the log, and whether the log itself had gone past the deadline."""
    document = read_document(data, "promise-evidence/1", MEMBERS)
    manifest_token = sized_text(document["manifest"], MAX_TOKEN, "manifest")
    promise_token = sized_text(document["promise"], MAX_TOKEN, "promise")
    hub, last = read_proved_leaf(document["hub"], "hub"), read_proved_leaf(document["last"], "last")
    field(is_integer(document["seen"]), "seen is a time")
    require(document["origin"] == origin, "WRONG_AUDIENCE", "the evidence is about the pinned hub")
    keys = check_hub(policy, origin, hub)
    index, checkpoint = check_proved(policy, origin, last)
    same_note([hub, last])
    last_time = parse_leaf(last.leaf)["time"]
    require(index == checkpoint.size - 1, "EVIDENCE_MISMATCH", "last is the last leaf")
    promise = _promise(open_signed(promise_token, "cairn-promise+jws", MAX_TOKEN, keys))
    require(promise["iss"] == origin, "EVIDENCE_MISMATCH", "the promise is of this hub")
    _check_manifest(manifest_token, promise)
    require(document["seen"] > promise["deadline"], "EVIDENCE_MISMATCH", "the checkpoint was read after the deadline")
    said = {"member": promise["sub"], "jti": promise["jti"], "deadline": promise["deadline"], "size": checkpoint.size}
    return {**said, "passed": last_time > promise["deadline"]}


def _promise(payload):
    promise = parse_strict_json(payload)
    exact_members(promise, PROMISE_MEMBERS)
    field(matches(HOST, promise["iss"]), "iss is a hub")
    field(matches(NAME, promise["sub"]) and matches(UUID, promise["jti"]), "a member and a UUID")
    field(matches(DIGEST, promise["digest"]) and is_integer(promise["counter"], 1), "a digest and a counter from 1")
    field(is_integer(promise["received"]) and is_integer(promise["deadline"]), "two times")
    return promise


def _check_manifest(token, promise):
    """Header and signature do not count: a promise covers the payload."""
    try:
        payload = split_token(token, MAX_TOKEN)[1][1]
    except Refused as refused:
        raise Refused("BAD_FIELD", refused.rule) from None
    require(hashlib.sha256(payload).hexdigest() == promise["digest"], "DIGEST_MISMATCH", "the promise is about this payload")
    manifest = parse_manifest(payload)
    same = [manifest["iss"], manifest["aud"], manifest["jti"]] == [promise["sub"], promise["iss"], promise["jti"]]
    require(same, "EVIDENCE_MISMATCH", "the promise is about this manifest")
