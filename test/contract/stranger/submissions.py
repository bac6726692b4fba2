"""Whole proofs: a submission with its author, and a single line without (protocol-submission.md, Verifying a submission)."""

import hashlib

from documents import check_head, field, parse_author, parse_content, parse_decision, parse_entry
from documents import parse_manifest, parse_statement, split_lines
from notes import check_logged
from refusal import require
from signatures import open_token, pass_key_gate
from statements import parse_leaf
from strict_json import DIGEST, NAME, matches
from tree import check_inclusion, leaf_hash, root_of, root_of_entries

MAX_MANIFEST = 4_096
SUBMISSION_MEMBERS = ("content", "author", "head")
KEY_MEMBERS = ("member", "purpose", "key", "jwk")


def verify_submission(policy, hub, evidence):
    """The entries, the author and the log index of a submission to the hub of this origin.

    `evidence` maps to bytes: leaf, proof, author, content, manifest, decisions, lines, key (the key statement) and key-proof. Of lines
    that an `erase` names it has the leaf hashes by number under `erased`, and under `named` lists of a leaf and its proof: these
    statements. An entry is None then.
    It proves that the leaf and the key are in the log under the policy, that the author signed exactly these lines, and what the hub
    decided of each. It does not prove that the key or the member was in good standing: that needs the whole log.
    """
    leaf, index, checkpoint = _logged_submission(policy, hub, evidence["leaf"], evidence["proof"])
    content, author = _open(leaf, "content", evidence["content"]), _open(leaf, "author", evidence["author"])
    token = evidence["manifest"]
    require(_digest(token) == author["manifest"], "DIGEST_MISMATCH", "the manifest has the digest in the author body")
    key = _logged_key(policy, hub, evidence, author, index, checkpoint)
    manifest = parse_manifest(open_token(token, "cairn-submission+jws", MAX_MANIFEST, key))
    require(manifest["aud"] == hub, "WRONG_AUDIENCE", "the manifest is meant for this hub")
    _check_agreement(manifest, leaf, content, author)
    erased = evidence.get("erased", {})
    named = _named_lines(policy, hub, evidence.get("named", []), index)
    require(all(number in named for number in erased), "EVIDENCE_MISMATCH", "an erase names each line without bytes")
    entries = _check_lines(evidence["lines"], erased, content)
    verdicts = _check_decisions(split_lines(evidence["decisions"]), content, index)
    return {"index": index, "member": author["member"], "entries": entries, "verdicts": verdicts}


def verify_blinded_line(policy, hub, evidence):
    """The entry, its channel and the log index of a line whose author is not shown.

    `evidence` maps to bytes leaf, proof, content, line and, if the decision is shown, decision; to an integer number (of the line,
    from 0); and to lists of hashes path and, with a decision, decision-path, both leaf side first. It proves that the hub logged the
    line and what it decided, not that anybody signed it.
    """
    leaf, index, _checkpoint = _logged_submission(policy, hub, evidence["leaf"], evidence["proof"])
    content = _open(leaf, "content", evidence["content"])
    number, count = evidence["number"], content["count"]
    check_inclusion(leaf_hash(evidence["line"]), number, count, evidence["path"], bytes.fromhex(content["root"]))
    entry, verdict = parse_entry(evidence["line"]), None
    if "decision" in evidence:
        line, root = evidence["decision"], bytes.fromhex(content["decisions"])
        check_inclusion(leaf_hash(line), number, count, evidence["decision-path"], root)
        verdict = parse_decision(line, number, index)
    return {"index": index, "channel": content["channel"], "entry": entry, "verdict": verdict}


def _digest(data):
    return hashlib.sha256(data).hexdigest()


def _logged_submission(policy, hub, leaf, proof):
    index, checkpoint = check_logged(policy, f"{hub}/log", leaf_hash(leaf), proof)
    statement = parse_statement(leaf, "submission", SUBMISSION_MEMBERS)
    field(matches(DIGEST, statement["content"]) and matches(DIGEST, statement["author"]), "two digests")
    check_head(statement["head"])
    return statement, index, checkpoint


def _open(leaf, name, body):
    require(_digest(body) == leaf[name], "DIGEST_MISMATCH", "a body has the digest in the leaf")
    return parse_content(body) if name == "content" else parse_author(body)


def _logged_key(policy, hub, evidence, author, index, checkpoint):
    """The author's key out of a statement that stands in the log before the submission."""
    leaf = evidence["key"]
    key_index, other = check_logged(policy, f"{hub}/log", leaf_hash(leaf), evidence["key-proof"])
    same = other.size != checkpoint.size or other.root == checkpoint.root
    require(same, "EVIDENCE_MISMATCH", "one size has one root")
    require(key_index < index, "EVIDENCE_MISMATCH", "the key was registered before")
    statement = parse_statement(leaf, "key", KEY_MEMBERS)
    field(matches(NAME, statement["member"]) and statement["purpose"] in ("auth", "signing"), "a member and a purpose")
    jwk = statement["jwk"]
    field(isinstance(jwk, dict) and set(jwk) in ({"kty", "crv", "x"}, {"kty", "crv", "x", "y"}), "exactly the public members")
    key = pass_key_gate(jwk)
    require(key.thumbprint == statement["key"], "DIGEST_MISMATCH", "key is the thumbprint of jwk")
    require(key.thumbprint == author["key"], "EVIDENCE_MISMATCH", "the key is that of the author body")
    mine = statement["member"] == author["member"] and statement["purpose"] == "signing"
    require(mine, "EVIDENCE_MISMATCH", "the key is a signing key of the author")
    return key


def _named_lines(policy, hub, statements, index):
    """Numbers of the lines of the submission at this index that logged `erase` statements name."""
    named = set()
    for leaf, proof in statements:
        place, _checkpoint = check_logged(policy, f"{hub}/log", leaf_hash(leaf), proof)
        require(place > index, "EVIDENCE_MISMATCH", "the erase is logged after the submission")
        statement = parse_leaf(leaf)
        require(statement["kind"] == "erase", "EVIDENCE_MISMATCH", "the leaf is an erase statement")
        named |= {line["line"] for line in statement["lines"] if line["index"] == index}
    return named


def _check_agreement(manifest, leaf, content, author):
    require(manifest["iss"] == author["member"], "EVIDENCE_MISMATCH", "iss is the author body's member")
    for name in ("channel", "attribution", "count", "root"):
        require(manifest[name] == content[name], "EVIDENCE_MISMATCH", "manifest and content body agree")
    require(manifest["head"] == leaf["head"], "EVIDENCE_MISMATCH", "manifest and leaf have one head")


def _check_lines(data, erased, content):
    left = split_lines(data) if data or not erased else []
    whole = len(left) + len(erased) == content["count"] and all(number < content["count"] for number in erased)
    require(whole, "COUNT_MISMATCH", "as many lines as signed")
    rest = iter(left)
    lines = [None if number in erased else next(rest) for number in range(content["count"])]
    hashes = [erased[number] if line is None else leaf_hash(line) for number, line in enumerate(lines)]
    require(root_of(hashes).hex() == content["root"], "ROOT_MISMATCH", "the lines lead to the signed root")
    return [None if line is None else parse_entry(line) for line in lines]


def _check_decisions(lines, content, index):
    require(len(lines) == content["count"], "COUNT_MISMATCH", "a decision for each line")
    require(root_of_entries(lines).hex() == content["decisions"], "ROOT_MISMATCH", "the decision lines lead to their root")
    verdicts = [parse_decision(line, number, index) for number, line in enumerate(lines)]
    for name in ("accepted", "held", "rejected"):
        require(verdicts.count(name) == content[name], "COUNT_MISMATCH", "as many verdicts as the content body says")
    return verdicts
