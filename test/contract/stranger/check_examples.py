"""Usage: check_examples.py DOCS: the worked examples of the pages, read out of the pages themselves, hold to the last byte."""

import hashlib
import re
import sys
from datetime import date
from pathlib import Path

from cairn_stranger import RecordSet, apply_pack, check_logged, decode_pack, parse_policy, parse_round, verify_entry_proof
from documents import parse_author, parse_content, parse_decision, parse_entry, parse_manifest, parse_statement
from feeds import tile_number
from promise_evidence import verify_promise_evidence
from records import check_metadata
from signatures import base64url_decode, base64url_encode, open_token, pass_key_gate
from statements import parse_leaf
from states import LEAVES, parse_chunk, parse_directory
from strict_json import parse_strict_json
from tree import leaf_hash, root_of_entries


# RFC 8032, section 7.1, TEST 3.
PROMISE_KEY = {"kty": "OKP", "crv": "Ed25519", "x": "_FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU"}


def same(left, right, what):
    """Stop with the name of what differs."""
    if left != right:
        raise SystemExit(f"{what} differs")


def check_log_page(page):
    """Tree, tile names, policy and proof file of the log's page."""
    example = page.partition("## 10. Example")[2]
    hashes = re.findall(r"^ +(?:leaf hashes +|root, size \d +)?([0-9a-f]{64})$", example, re.M)
    entries = [b"one", b"two", b"three"]
    computed = [leaf_hash(entry) for entry in entries] + [root_of_entries(entries[:size]) for size in (2, 3)]
    same([one.hex() for one in computed], hashes, "hashes of the log")
    same([tile_number(1234067), tile_number(5)], ["x001/x234/067", "005"], "tile names")
    policy_text, proof_text = (indented(part) for part in re.split(r"^P(?:olicy|roof) file.*:$", example, flags=re.M)[1:])
    index, checkpoint = check_logged(parse_policy(policy_text), "hub.example.org/log", computed[2], proof_text)
    same((index, checkpoint.size), (2, 3), "proof file")


def indented(part):
    """The indented block of a part of a page, with the empty lines inside of it."""
    lines = [line[4:] for line in part.strip("\n").split("\n")]
    return ("\n".join(lines).strip("\n") + "\n").encode("utf-8")


def check_feed_page(page):
    """Records, set roots, pack and round of the feed's page."""
    example = page.partition("## Worked example")[2]
    first = example.partition("### A rollup")[0]
    words = dict(re.findall(r"^(metadata [123]|record of A|leaf hash|empty set|root before|root after|digest) +([0-9a-f]+)", first, re.M))
    metadata = [bytes.fromhex(words[f"metadata {number}"]) for number in (1, 2, 3)]
    for one in metadata:
        check_metadata(one)
    keys = [bytes(range(first, first + 16)) for first in (0, 16, 32)]
    records = RecordSet()
    same(records.root().hex(), words["empty set"], "root of nothing")
    same(leaf_hash(bytes.fromhex(words["record of A"])).hex(), words["leaf hash"], "leaf of a bucket")
    records.put(keys[0], metadata[0], b"")
    records.put(keys[1], metadata[2], b"")
    records.rehash(keys[:2])
    same(records.root().hex(), words["root before"], "root before")
    block = re.search(r"^pack, 176 bytes\n(.*?)^digest", example, re.M | re.S)[1]
    pack = bytes.fromhex("".join(block.split()))
    same(hashlib.sha256(pack).hexdigest(), words["digest"], "digest of the pack")
    apply_pack(decode_pack(pack), records)
    same(records.root().hex(), words["root after"], "root after")
    check_rollup(example, records)
    rounds = re.findall(r'^(\{"cairn":"feed/1".*)\n([0-9a-f]{64})$', example, re.M)
    same([parse_round(line.encode("ascii"))["kind"] for line, _ in rounds], ["round", "idle", "rollup", "rollup", "snapshot", "horizon", "snapshot"], "rounds")
    same([leaf_hash(line.encode("ascii")).hex() for line, _ in rounds], [expected for _, expected in rounds], "leaves of rounds")
    check_delta_page(example, words, keys, metadata)


def check_rollup(example, after):
    """The pack of the rollup leads from nothing to the set after the rounds."""
    block, digest = re.search(r"^pack of the rollup, 159 bytes\n(.*?)^digest +([0-9a-f]+)", example, re.M | re.S).groups()
    pack = bytes.fromhex("".join(block.split()))
    same(hashlib.sha256(pack).hexdigest(), digest, "digest of the rollup's pack")
    records = RecordSet()
    apply_pack(decode_pack(pack), records)
    same((records.count, records.root()), (after.count, after.root()), "set after the rollup")


def check_delta_page(example, words, keys, metadata):
    """The signed page: its signature, the metadata that follow from its words, and its set root."""
    page = parse_strict_json(open_block(example, "cairn-feed-page+jws"))
    updated, removed, added = page["changes"]
    same([change["value"] for change in page["changes"]], [key.hex() for key in sorted(keys)], "values of the page")
    same(removed, {"op": "REMOVED", "value": keys[1].hex(), "reason": "false_positive"}, "what is removed")
    written = [metadata_of(change, {"a1": 1}) for change in (updated, added)]
    same(written, [metadata[1], metadata[2]], "metadata of the page")
    records = RecordSet()
    for key, one in zip((keys[0], keys[2]), written):
        records.put(key, one, b"")
    records.rehash([keys[0], keys[2]])
    same(page["setRoot"], records.root().hex(), "set root of the page")
    same(page["setRoot"], words["root after"], "root after the page")


def metadata_of(change, codes):
    """Metadata from the words of a change that names no authors."""
    status = ("ACTIVE", "DISPUTED").index(change["status"])
    assurance = ("PROVISIONAL", "CORROBORATED", "VERIFIED").index(change["assurance"])
    fields = [(1, bytes([status])), (2, bytes([assurance])), (3, varint(change["supporters"]))]
    labels = sorted((codes[label["label"]], label["count"]) for label in change["labels"])
    if labels:
        fields.append((4, b"".join(varint(code) + varint(count) for code, count in labels)))
    if "expires" in change:
        fields.append((5, varint((date.fromisoformat(change["expires"]) - date(1970, 1, 1)).days)))
    return b"".join(varint(tag) + varint(len(data)) + data for tag, data in fields)


def varint(value):
    """Unsigned LEB128."""
    data = bytearray()
    while value > 127:
        data.append(value & 127 | 128)
        value >>= 7
    return bytes(data) + bytes([value])


def check_submission_page(page):
    """Lines, manifest, bodies, decisions and log of the submissions' page; then the promise, and a statement of each other kind."""
    example, promise, statements = re.split(r"^### .*$", page.partition("## Worked example")[2], flags=re.M)
    blocks = [block.encode("utf-8").split(b"\n")[:-1] for block in re.findall(r"^```\n(.*?)^```", example, re.M | re.S)]
    lines, (header, payload, signature), (*decisions, root, content, author), log = blocks
    digests = re.findall(r"`([0-9a-f]{64})`", example)
    same([leaf_hash(line).hex() for line in lines], digests[:2], "leaf hashes of the lines")
    same(root_of_entries(lines).hex(), digests[2], "root of the lines")
    same([parse_entry(line)["type"] for line in lines], ["sha256", "pdq"], "entries")
    token = b".".join([base64url_encode(part).encode("ascii") for part in (header, payload)] + [signature])
    key = pass_key_gate(parse_strict_json(log[3])["jwk"])
    same(open_token(token, "cairn-submission+jws", 4_096, key), payload, "payload of the manifest")
    same([hashlib.sha256(data).hexdigest() for data in (payload, token)], digests[3:5], "digests of the manifest")
    same(root_of_entries(decisions).hex(), root.decode("ascii"), "decision root")
    same([parse_decision(line, number, 5) for number, line in enumerate(decisions)], ["accepted"] * 2, "decisions")
    same(parse_content(content)["root"], parse_manifest(payload)["root"], "content body")
    same(parse_author(author)["manifest"], digests[4], "author body")
    statement = parse_statement(log[5], "submission", ("content", "author", "head"))
    bodies = [hashlib.sha256(body).hexdigest() for body in (content, author)]
    same(bodies, [statement["content"], statement["author"]], "commitments")
    same([leaf_hash(log[5]).hex(), root_of_entries(log).hex()], digests[5:7], "log")
    same(base64url_decode(parse_author(author)["key"]) is not None, True, "thumbprint")
    promised = parse_strict_json(open_block(promise, "cairn-promise+jws"))
    same(promised["digest"], digests[3], "digest of the promise")
    lines = [line.encode("utf-8") for line in re.findall(r'^\{"cairn":"statement/1".*$', statements, re.M)]
    same(len({parse_leaf(line)["kind"] for line in lines}), 9, "other statements")


def open_block(part, typ):
    """The payload of the token whose header, payload and signature are lines of a part of a page, by the promise key."""
    header, payload, signature = re.search(r'^(\{"alg":.*)\n(\{.*)\n(\S{86})$', part, re.M).groups()
    token = ".".join([*(base64url_encode(text.encode("ascii")) for text in (header, payload)), signature])
    return open_token(token.encode("ascii"), typ, 4_096, pass_key_gate(PROMISE_KEY))


def check_proof_page(page):
    """Policy, standing, and both proofs of the page about proofs; then the evidence of an overdue promise."""
    example, _, overdue = page.partition("## Worked example")[2].partition("\n### ")
    blocks = re.findall(r"^```\n(.*?)^```", example, re.M | re.S)
    policy_text, standing, *proofs = (block.encode("utf-8") for block in blocks)
    policy = parse_policy(policy_text)
    same([hashlib.sha256(proof).hexdigest() for proof in proofs], re.findall(r"`([0-9a-f]{64})`", example), "digests of the proofs")
    whole, blinded = (verify_entry_proof(policy, "hub.example.org", proof) for proof in proofs)
    same([whole["kind"], blinded["kind"], whole["member"]], ["whole", "blinded", "hotline-a"], "what the proofs show")
    same(whole["entry"], blinded["entry"], "the entry")
    token = parse_strict_json(proofs[0])["author"]["standing"].split(".")[:2]
    same([base64url_decode(part) for part in token], standing.split(b"\n")[:-1], "the standing")
    evidence = re.search(r"^```\n(.*?)^```", overdue, re.M | re.S)[1].encode("utf-8")
    same(hashlib.sha256(evidence).hexdigest(), re.search(r"`([0-9a-f]{64})`", overdue)[1], "digest of the evidence")
    shown = verify_promise_evidence(policy, "hub.example.org", evidence)
    same((shown["member"], shown["size"], shown["passed"]), ("hotline-a", 6, True), "what the evidence shows")


def check_audit_page(page):
    """The chain value of the event on the page about the audit trail."""
    event, value, empty = re.search(r"the bytes `(.*?)`.*the chain value `([0-9a-f]{64})` \(.* of `(\{\})`", page).groups()
    data = event.replace("⏎", "\n").encode("utf-8")
    same(hashlib.sha256(bytes(32) + data).hexdigest(), value, "chain value")
    same(hashlib.sha256(empty.encode("ascii")).hexdigest(), event.split("⏎")[6], "digest of the inputs")


def check_state_page(page):
    """Directory, chunks and statement of the states' page."""
    example = page.partition("## Worked example")[2]
    directory, *chunks, statement = re.findall(r"^```\n(.*?)^```", example, re.M | re.S)
    salts = [b"\x5a" * 14 + number.to_bytes(2, "big") for number in range(LEAVES)]
    leaves = {0: salts[0] + directory.encode("utf-8")}
    parsed = parse_directory(leaves[0])
    for number, text in zip(map(int, re.findall(r"leaf (\d+), with the leaf hash", example)), chunks):
        leaves[number] = bytes.fromhex("".join(text.split()))
        same(leaves[number][:16], salts[number], "salt")
        same(len(parse_chunk(parsed, number - 1, leaves[number])), 1, "signals of a chunk")
    same(len(leaves), 3, "leaves that hold something")
    same([leaf_hash(leaf).hex() for leaf in leaves.values()], re.findall(r"`([0-9a-f]{64})`", example), "leaf hashes")
    root = root_of_entries([leaves.get(number, salts[number]) for number in range(LEAVES)]).hex()
    stated = parse_statement(statement.strip().encode("ascii"), "state", ("size", "root"))
    same((stated["size"], stated["root"]), (parsed["header"]["size"], root), "root of the state")


PAGES = {
    "tlog": check_log_page,
    "feed": check_feed_page,
    "submission": check_submission_page,
    "state": check_state_page,
    "proof": check_proof_page,
    "audit": check_audit_page,
}


def main(arguments):
    """Check the pages that have examples."""
    folder = Path(arguments[0])
    for name, check in PAGES.items():
        check((folder / f"protocol-{name}.md").read_text("utf-8"))
    print("OK")


if __name__ == "__main__":
    main(sys.argv[1:])
