"""Usage: verify_submission.py [--flips | --each] POLICY HUB DIR

Verifies a submission to the hub of the origin HUB, such as hub.example.org, under a pinned policy file. DIR holds the exact bytes:

  whole     leaf, proof, content, author, manifest, lines, decisions, key, key-proof
  blinded   leaf, proof, content, line, path, and if the decision is shown decision, decision-path

A whole one may have `erased` besides: of each line that an `erase` statement names its number, a space and its leaf hash in hex, by
ascending number. `lines` holds the others. The statements are in `erase-0` and so on, each with its proof in `erase-0-proof`: a line
without bytes that none of them names is refused.

Every line of `lines`, `decisions` and `erased` ends in LF; `line` and `decision` are one without. A path is text, each line ending in LF: the
number of the line, from 0, then the hashes in hex, leaf side first.
"""

import re
import sys

from cairn_stranger import verify_blinded_line, verify_submission
from command import judge_under_policy
from notes import decode_text
from refusal import require
from strict_json import DIGEST, matches, parse_decimal

WHOLE = {"leaf", "proof", "content", "author", "manifest", "lines", "decisions", "key", "key-proof"}
BLINDED = {"leaf", "proof", "content", "line", "path"}
ERASE = re.compile("erase-[0-9]{1,4}")
DECIDED = BLINDED | {"decision", "decision-path"}


def verify_whole(policy, hub, files):
    """What is said of a submission that is shown with its author."""
    erased = {"erased": read_erased(files["erased"]), "named": read_named(files)} if "erased" in files else {}
    evidence = {**files, **erased}
    result = verify_submission(policy, hub, evidence)
    entries = result["entries"]
    erased = f", {entries.count(None)} of them erased" if "erased" in files else ""
    return [f"leaf {result['index']} by {result['member']}, {len(entries)} entries{erased}"]


def read_named(files):
    """The erase statements, each with its proof."""
    leaves = sorted(name for name in files if ERASE.fullmatch(name))
    require(all(f"{name}-proof" in files for name in leaves), "missing-file", "a proof for each erase statement")
    return [(files[name], files[f"{name}-proof"]) for name in leaves]


def read_erased(data):
    """Leaf hashes of erased lines by number."""
    lines = [line.partition(" ") for line in decode_text(data, "bad-erased").split("\n")[:-1]]
    numbers = [parse_decimal(number) for number, _space, _digest in lines]
    good = all(number is not None for number in numbers) and all(matches(DIGEST, digest) for _number, _space, digest in lines)
    require(good and numbers == sorted(set(numbers)), "bad-erased", "ascending numbers, each with a hash in hex")
    return {number: bytes.fromhex(digest) for number, (_number, _space, digest) in zip(numbers, lines)}


def verify_blinded(policy, hub, files):
    """What is said of a line that is shown without its author."""
    number, path = read_path(files["path"])
    evidence = {**files, "number": number, "path": path}
    if "decision" in files:
        decided, evidence["decision-path"] = read_path(files["decision-path"])
        require(decided == number, "EVIDENCE_MISMATCH", "line and decision have one number")
    result = verify_blinded_line(policy, hub, evidence)
    return [f"leaf {result['index']}, a line of {result['channel']}: logged, the signature is not shown"]


def read_path(data):
    """(number, hashes) of a path file."""
    lines = decode_text(data, "bad-path").split("\n")[:-1]
    number = parse_decimal(lines[0])
    hashes = lines[1:]
    require(number is not None and all(matches(DIGEST, one) for one in hashes), "bad-path", "a number, then hashes in hex")
    return number, [bytes.fromhex(one) for one in hashes]


def verify(policy, hub, files):
    """What is said of the proof whose files these are."""
    names = {name for name in files if not ERASE.fullmatch(name.removesuffix("-proof"))} if "erased" in files else set(files)
    require(names in (WHOLE, WHOLE | {"erased"}, BLINDED, DECIDED), "unexpected-file", "the files of one kind of proof")
    return (verify_whole if "author" in files else verify_blinded)(policy, hub, files)


if __name__ == "__main__":
    sys.exit(judge_under_policy(verify, __doc__, sys.argv[1:]))
