"""Usage: judge_bytes.py: for each line `<kind> <hex>` of standard input, OK or the name of the error.

So that another reader of the same pages can be held against this one, document by document.
"""

import sys

from cairn_stranger import Refused, decode_pack, parse_policy, parse_proof, parse_round
from documents import parse_author, parse_content, parse_entry, parse_manifest, split_lines
from notes import parse_checkpoint, split_note
from records import check_metadata
from refusal import require
from signatures import pass_key_gate
from states import parse_chunk, parse_directory
from statements import parse_leaf
from strict_json import parse_strict_json


def judge_proof(data):
    """A proof file with a checkpoint that nobody verified."""
    judge_note(parse_proof(data).note)


def judge_note(data):
    """A checkpoint note that nobody verified."""
    parse_checkpoint(split_note(data)[0])


def judge_chunk(data):
    """A chunk after the length of its directory in four bytes, the directory and the chunk's number in one byte."""
    end = 4 + int.from_bytes(data[:4], "big")
    require(end < len(data), "BAD_FRAMING", "directory and number are there")
    parse_chunk(parse_directory(data[4:end]), data[end], data[end + 1 :])


KINDS = {
    "json": parse_strict_json,
    "metadata": check_metadata,
    "pack": decode_pack,
    "round": parse_round,
    "lines": split_lines,
    "entry": parse_entry,
    "manifest": parse_manifest,
    "content": parse_content,
    "author": parse_author,
    "leaf": parse_leaf,
    "directory": parse_directory,
    "chunk": judge_chunk,
    "jwk": lambda data: pass_key_gate(parse_strict_json(data)),
    "policy": parse_policy,
    "note": judge_note,
    "proof": judge_proof,
}


def main():
    """Answer line by line."""
    for line in sys.stdin:
        kind, _, text = line.rstrip("\n").partition(" ")
        try:
            KINDS[kind](bytes.fromhex(text))
            print("OK")
        except Refused as refused:
            print(refused.code)


if __name__ == "__main__":
    main()
