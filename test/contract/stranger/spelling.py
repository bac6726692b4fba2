"""Documents that have one spelling (protocol-proof.md, Document): what was read is written anew and compared."""

import json

from documents import field
from refusal import require
from strict_json import exact_members, parse_strict_json

MAX_DOCUMENT = 1_048_576


def read_document(data, version, names):
    """The members of a document of this version, which are all of these and stand in this order."""
    require(len(data) <= MAX_DOCUMENT, "TOO_LARGE", "at most 1,048,576 bytes")
    document = parse_strict_json(data)
    # json writes members in the order in which they were read, and escapes as ECMAScript's JSON.stringify does.
    written = json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"
    require(written.encode("utf-8") == data, "BAD_FRAMING", "the document has its one spelling")
    ordered_members(document, ("cairn", *names))
    field(document["cairn"] == version, f"cairn is {version}")
    return document


def ordered_members(value, names):
    """Refuse a value that is not an object with exactly these members in this order."""
    exact_members(value, names)
    require(tuple(value) == tuple(names), "BAD_FRAMING", "members stand in their order")


def sized_text(value, most, name):
    """The UTF-8 bytes of a string of at most so many."""
    field(isinstance(value, str), f"{name} is a string")
    data = value.encode("utf-8")
    require(len(data) <= most, "TOO_LARGE", f"{name} has at most {most} bytes")
    return data
