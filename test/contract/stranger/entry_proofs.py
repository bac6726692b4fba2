"""Proofs of one entry, each a file of its own (protocol-proof.md)."""

import hashlib
from typing import NamedTuple

from documents import HOST, MAX_LEAF, MAX_LINE, field, parse_author, parse_content, parse_decision, parse_entry, parse_manifest
from proved_leaves import check_hub, check_proved, open_signed, read_proved_leaf, read_statement, same_note
from refusal import Refused, require
from signatures import is_thumbprint
from spelling import ordered_members, read_document, sized_text
from strict_json import DIGEST, NAME, exact_members, is_integer, matches, parse_strict_json
from tree import check_inclusion, leaf_hash

MEMBERS = ("origin", "index", "line", "entry", "path", "submission", "content", "decision", "author")
AUTHOR_MEMBERS = ("body", "manifest", "key", "hub", "standing")
STANDING_MEMBERS = ("iss", "iat", "size", "member", "key", "since", "revoked", "voidFrom")
MAX_LINE_NUMBER = 9_999
MAX_PATH = 63
MAX_TOKEN = 4_096


class Shown(NamedTuple):
    """What the parts of a file agree on: the entry's batch, and who signed and what the directory says, if that is shown."""

    batch: dict
    author: dict
    standing: dict


def verify_entry_proof(policy, origin, data):
    """What a proof of one entry shows: kind, index, line, channel, attribution, entry, verdict, member and standing.

    A blinded proof shows neither member nor standing, an own one no verdict; they are None then. The standing rests on the hub's word.
    """
    document = _read(data)
    require(document["origin"] == origin, "WRONG_AUDIENCE", "the proof is of the pinned hub")
    leaf, checkpoint = _submission(policy, origin, document)
    content = _content(leaf, document)
    author = document["author"]
    shown = Shown(content, None, None) if author is None else _author(policy, document, leaf, content, checkpoint)
    batch, number, index = shown.batch, document["line"], document["index"]
    _lead(document["entry"], number, batch["count"], document["path"], batch["root"])
    entry = parse_entry(document["entry"])
    verdict = None
    if content is not None:
        decision = document["decision"]
        _lead(decision["line"], number, content["count"], decision["path"], content["decisions"])
        verdict = parse_decision(decision["line"], number, index)
    kind = "own" if content is None else "blinded" if author is None else "whole"
    said = {"index": index, "line": number, "channel": batch["channel"], "attribution": batch["attribution"], "entry": entry}
    member = shown.author and shown.author["member"]
    return {"kind": kind, **said, "verdict": verdict, "member": member, "standing": shown.standing}


# --- The document ---


def _read(data):
    document = read_document(data, "entry-proof/1", MEMBERS)
    field(matches(HOST, document["origin"]), "origin is the name of a hub")
    field(is_integer(document["index"], 1), "index is from 1")
    field(is_integer(document["line"], 0, MAX_LINE_NUMBER), "line is from 0 to 9,999")
    document["entry"] = sized_text(document["entry"], MAX_LINE, "entry")
    document["path"] = _path(document["path"])
    document["submission"] = read_proved_leaf(document["submission"], "submission")
    content, author = document["content"], document["author"]
    field(content is not None or author is not None, "content or author is there")
    field((content is None) == (document["decision"] is None), "decision goes with content")
    if content is not None:
        document["content"] = sized_text(content, MAX_LEAF, "content")
        _read_decision(document["decision"])
    if author is not None:
        _read_author(author)
    return document


def _path(value):
    field(isinstance(value, list) and len(value) <= MAX_PATH, "a path has at most 63 hashes")
    field(all(matches(DIGEST, one) for one in value), "hashes are 64 hex digits")
    return [bytes.fromhex(one) for one in value]


def _read_decision(decision):
    ordered_members(decision, ("line", "path"))
    decision["line"] = sized_text(decision["line"], MAX_LINE, "decision.line")
    decision["path"] = _path(decision["path"])


def _read_author(author):
    ordered_members(author, AUTHOR_MEMBERS)
    author["body"] = sized_text(author["body"], MAX_LEAF, "author.body")
    author["manifest"] = sized_text(author["manifest"], MAX_TOKEN, "author.manifest")
    author["key"] = read_proved_leaf(author["key"], "author.key")
    author["hub"] = read_proved_leaf(author["hub"], "author.hub")
    author["standing"] = sized_text(author["standing"], MAX_TOKEN, "author.standing")


# --- What it claims ---


def _submission(policy, origin, document):
    """The submission's leaf, and the checkpoint that all proofs of the file are under."""
    proved = document["submission"]
    index, checkpoint = check_proved(policy, origin, proved)
    leaf = read_statement(proved, "submission")
    require(index == document["index"], "EVIDENCE_MISMATCH", "index is that of the proof")
    return leaf, checkpoint


def _content(leaf, document):
    body = document["content"]
    if body is None:
        return None
    require(_digest(body) == leaf["content"], "DIGEST_MISMATCH", "the content body has the digest in the leaf")
    return parse_content(body)


def _author(policy, document, leaf, content, checkpoint):
    parts, origin = document["author"], document["origin"]
    require(_digest(parts["body"]) == leaf["author"], "DIGEST_MISMATCH", "the author body has the digest in the leaf")
    author = parse_author(parts["body"])
    since, jwk = _key(policy, document, author)
    manifest = _manifest(parts["manifest"], author, jwk)
    require(manifest["aud"] == origin, "WRONG_AUDIENCE", "the manifest is meant for this hub")
    require(manifest["iss"] == author["member"], "EVIDENCE_MISMATCH", "iss is the author body's member")
    require(manifest["head"] == leaf["head"], "EVIDENCE_MISMATCH", "manifest and leaf have one head")
    for name in ("channel", "attribution", "count", "root"):
        require(content is None or manifest[name] == content[name], "EVIDENCE_MISMATCH", "manifest and content body agree")
    keys = check_hub(policy, origin, parts["hub"])
    same_note([document["submission"], parts["key"], parts["hub"]])
    standing = parse_strict_json(open_signed(parts["standing"], "cairn-key-standing+jws", MAX_TOKEN, keys))
    _standing(standing, document, author, since, checkpoint)
    return Shown(content or manifest, author, standing)


def _key(policy, document, author):
    """Index of the author's key statement, and the JWK in it."""
    proved = document["author"]["key"]
    index, _checkpoint = check_proved(policy, document["origin"], proved)
    statement = read_statement(proved, "key")
    mine = statement["member"] == author["member"] and statement["key"] == author["key"]
    require(mine and statement["purpose"] == "signing", "EVIDENCE_MISMATCH", "the key is a signing key of the author")
    require(index < document["index"], "EVIDENCE_MISMATCH", "the key was registered before")
    return index, statement["jwk"]


def _manifest(token, author, jwk):
    require(_digest(token) == author["manifest"], "DIGEST_MISMATCH", "the manifest has the digest in the author body")
    return parse_manifest(open_signed(token, "cairn-submission+jws", MAX_TOKEN, [jwk]))


def _standing(standing, document, author, since, checkpoint):
    exact_members(standing, STANDING_MEMBERS)
    size, revoked, void_from = standing["size"], standing["revoked"], standing["voidFrom"]
    field(matches(HOST, standing["iss"]) and matches(NAME, standing["member"]), "a hub and a member")
    field(is_thumbprint(standing["key"]) and is_integer(standing["iat"]), "a thumbprint and a time")
    for index in (size, standing["since"]):
        field(is_integer(index, 1), "size and since are from 1")
    for index in (revoked, void_from):
        field(index is None or is_integer(index), "an index or null")
    same = [standing[name] for name in ("iss", "member", "key", "since")]
    require(same == [document["origin"], author["member"], author["key"], since], "EVIDENCE_MISMATCH", "it is about the author's key")
    require(document["index"] < size <= checkpoint.size, "EVIDENCE_MISMATCH", "size lies above index, within the checkpoint")
    require((revoked is None) == (void_from is None), "EVIDENCE_MISMATCH", "voidFrom goes with revoked")
    if revoked is not None:
        require(since < revoked < size and void_from <= revoked, "EVIDENCE_MISMATCH", "revoked after since, before size")


def _lead(line, number, count, path, root):
    """Refuse unless the path leads from a line to the root of a tree of so many leaves."""
    try:
        check_inclusion(leaf_hash(line), number, count, path, bytes.fromhex(root))
    except Refused as refused:
        raise Refused("ROOT_MISMATCH", refused.rule) from None


def _digest(data):
    return hashlib.sha256(data).hexdigest()
