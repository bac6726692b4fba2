"""What the two programs share: reading a directory, answering once, and answering for each of many flipped copies."""

import sys
from pathlib import Path

from refusal import Refused


def read_directory(folder):
    """Bytes of every file under a directory by its path with slashes."""
    base = Path(folder)
    paths = sorted(path for path in base.rglob("*") if path.is_file())
    return {path.relative_to(base).as_posix(): path.read_bytes() for path in paths}


def answer(verify, files):
    """Print what `verify(files)` says and OK, or the name of the error; the exit code."""
    try:
        lines = verify(files)
    except Refused as refused:
        print(refused.code)
        print(refused, file=sys.stderr)
        return 1
    for line in lines:
        print(line)
    print("OK")
    return 0


def answer_flips(verify, files):
    """For each line `<path> <offset> <mask>` of standard input, judge a copy with that one byte changed; one word each."""
    for line in sys.stdin:
        path, offset, mask = line.split()
        changed = bytearray(files[path])
        changed[int(offset)] ^= int(mask)
        try:
            verify({**files, path: bytes(changed)})
            print("OK")
        except Refused as refused:
            print(refused.code)
    return 0


def run(verify, folder, flips):
    """Judge a directory, or its flipped copies."""
    files = read_directory(folder)
    return answer_flips(verify, files) if flips else answer(verify, files)
