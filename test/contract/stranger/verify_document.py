"""Usage: verify_document.py [--flips | --each] POLICY ORIGIN FILE

Verifies a proof of one entry (`entry-proof/1`) or evidence of an overdue promise (`promise-evidence/1`) of the hub ORIGIN under a pinned
policy file, offline. With --flips it judges a copy for each line `<name> <offset> <mask>` of standard input, with --each every file in
the directory FILE.
"""

import sys

from cairn_stranger import verify_entry_proof, verify_promise_evidence
from command import judge_under_policy
from refusal import require
from spelling import MAX_DOCUMENT
from strict_json import parse_strict_json

MEANINGS = {
    "whole": "signed by its author, logged, decided",
    "blinded": "logged and decided; the signature is not shown",
    "own": "signed by its author, logged; the decision is not shown",
}


def verify_document(policy, origin, data):
    """What is said of a document of either kind."""
    require(len(data) <= MAX_DOCUMENT, "TOO_LARGE", "at most 1,048,576 bytes")
    document = parse_strict_json(data)
    if isinstance(document, dict) and document.get("cairn") == "promise-evidence/1":
        return say_evidence(verify_promise_evidence(policy, origin, data))
    return say_proof(verify_entry_proof(policy, origin, data))


def say_proof(shown):
    """What a proof of an entry shows, and what it does not."""
    what = f"leaf {shown['index']} line {shown['line']} of {shown['channel']}, {shown['attribution']}"
    lines = [f"{what}: {MEANINGS[shown['kind']]}"]
    if shown["verdict"] is not None:
        lines.append(f"decision {shown['verdict']}")
    standing = shown["standing"]
    if standing is not None:
        revoked = f"revoked at {standing['revoked']}, void from {standing['voidFrom']}"
        state = "not revoked" if standing["revoked"] is None else revoked
        lines.append(f"by {shown['member']}; on the hub's word the key is {state} as of {standing['size']}")
    return lines


def say_evidence(shown):
    """What evidence of an overdue promise shows, and on whose word."""
    word = "by the hub's own clock" if shown["passed"] else "by the author's word"
    return [f"promised to {shown['member']} by {shown['deadline']}, passed {word}; the log had {shown['size']} leaves"]


def verify(policy, origin, files):
    """What is said of the one document that is there."""
    require(len(files) == 1, "unexpected-file", "one document")
    return verify_document(policy, origin, *files.values())


if __name__ == "__main__":
    sys.exit(judge_under_policy(verify, __doc__, sys.argv[1:]))
