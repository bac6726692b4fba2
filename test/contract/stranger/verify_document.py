"""Usage: verify_document.py [--flips | --each] POLICY ORIGIN FILE

Verifies a proof of one entry (`entry-proof/1`) or evidence of an overdue promise (`promise-evidence/1`) of the hub ORIGIN under a pinned
policy file, offline. With --flips it judges a copy for each line `<name> <offset> <mask>` of standard input, with --each every file in
the directory FILE.
"""

import sys
from pathlib import Path

from cairn_stranger import Refused, parse_policy, verify_entry_proof, verify_promise_evidence
from command import run, take_mode
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


def main(arguments):
    """Judge the document that the arguments name; the exit code."""
    mode, arguments = take_mode(arguments)
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        policy = parse_policy(Path(arguments[0]).read_bytes())
    except Refused as refused:
        print(refused.code)
        return 1

    def verify(files):
        require(len(files) == 1, "unexpected-file", "one document")
        return verify_document(policy, arguments[1], *files.values())

    return run(verify, arguments[2], mode)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
