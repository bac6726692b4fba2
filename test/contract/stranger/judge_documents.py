"""Usage: judge_documents.py POLICY ORIGIN: for each line `<hex>` of standard input, a document, OK or the name of the error.

So that another reader of the same pages can be held against this one, document by document.
"""

import sys
from pathlib import Path

from cairn_stranger import Refused, parse_policy
from verify_document import verify_document


def main(arguments):
    """Answer line by line."""
    policy = parse_policy(Path(arguments[0]).read_bytes())
    for line in sys.stdin:
        try:
            verify_document(policy, arguments[1], bytes.fromhex(line))
            print("OK")
        except Refused as refused:
            print(refused.code)


if __name__ == "__main__":
    main(sys.argv[1:])
