"""What the two programs share: reading a directory, answering once, for each of many flipped copies or for many directories."""

import sys
from pathlib import Path

from notes import parse_policy
from refusal import Refused


def read_directory(folder):
    """Bytes of every file under a directory by its path with slashes; of a file, its own by its name."""
    base = Path(folder)
    if base.is_file():
        return {base.name: base.read_bytes()}
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


def answer_each(verify, folder):
    """Judge each directory or file in a directory; its name and one word each."""
    for one in sorted(Path(folder).iterdir()):
        try:
            verify(read_directory(one))
            print(one.name, "OK")
        except Refused as refused:
            print(one.name, refused.code)
    return 0


def take_mode(arguments):
    """(mode, other arguments): `--flips`, `--each` or none."""
    if arguments[:1] in (["--flips"], ["--each"]):
        return arguments[0], arguments[1:]
    return None, arguments


def judge_under_policy(verify, usage, arguments):
    """Judge what `POLICY ORIGIN PATH` name by `verify(policy, origin, files)`; the exit code."""
    mode, arguments = take_mode(arguments)
    if len(arguments) != 3:
        print(usage, file=sys.stderr)
        return 2
    try:
        policy = parse_policy(Path(arguments[0]).read_bytes())
    except Refused as refused:
        print(refused.code)
        return 1
    return run(lambda files: verify(policy, arguments[1], files), arguments[2], mode)


def run(verify, folder, mode):
    """Judge a directory, its flipped copies, or the directories in it."""
    if mode == "--each":
        return answer_each(verify, folder)
    files = read_directory(folder)
    return answer_flips(verify, files) if mode == "--flips" else answer(verify, files)
