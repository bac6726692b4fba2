"""Usage: verify_feed.py [--flips | --each] POLICY DIR [ORIGIN]

Verifies a whole feed under a pinned policy file. DIR mirrors the routes under the feed's URL: checkpoint, tile/..., tile/entries/...,
pack/<digest>. ORIGIN is `<hub>/feed/<channel>`; it may be left out when the policy names one feed only.
With --flips it judges a copy for each line `<path> <offset> <mask>` of standard input, with --each every directory in DIR.
"""

import sys
from pathlib import Path

from cairn_stranger import Refused, parse_policy, verify_feed
from command import run, take_mode


def main(arguments):
    """Judge the directory that the arguments name; the exit code."""
    mode, arguments = take_mode(arguments)
    if len(arguments) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        policy = parse_policy(Path(arguments[0]).read_bytes())
    except Refused as refused:
        print(refused.code)
        return 1
    origins = arguments[2:] or [origin for origin in policy.logs if "/feed/" in origin]
    if len(origins) != 1:
        print("name the ORIGIN of the feed", file=sys.stderr)
        return 2

    def verify(files):
        counts = verify_feed(policy, origins[0], files)
        return [f"{type_name} {count}" for type_name, count in counts.items()]

    return run(verify, arguments[1], mode)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
