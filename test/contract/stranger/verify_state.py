"""Usage: verify_state.py [--flips | --each] POLICY HUB DIR

Verifies a state of the log of the hub of the origin HUB under a pinned policy file. DIR holds `statement` (the leaf of the log), `proof` (a
tlog-proof text) and `leaf/0` to `leaf/256`, each in its exact bytes.
"""

import sys
from pathlib import Path

from cairn_stranger import Refused, parse_policy, verify_state
from command import run, take_mode
from refusal import require
from states import LEAVES

FILES = {"statement", "proof", *(f"leaf/{number}" for number in range(LEAVES))}


def main(arguments):
    """Judge the directory that the arguments name; the exit code."""
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
        require(set(files) == FILES, "COUNT_MISMATCH", "statement, proof and 257 leaves")
        index, size, signals = verify_state(policy, arguments[1], files)
        operations = sum(len(signal[4]) for signal in signals)
        return [f"leaf {index} at size {size}: {len(signals)} signals, {operations} operations"]

    return run(verify, arguments[2], mode)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
