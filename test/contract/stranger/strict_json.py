"""Strict JSON (protocol-keys.md §1) and the small text forms that documents are made of."""

import json
import re

from refusal import Refused, require

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 16

INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,15})", re.ASCII)
DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
SALT = re.compile(r"[0-9a-f]{32}", re.ASCII)
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
CODE = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?", re.ASCII)


def parse_strict_json(data):
    """The value of strict JSON bytes; Refused with MALFORMED_UTF8 or MALFORMED_JSON."""
    try:
        text = data.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise Refused("MALFORMED_UTF8", "the bytes are UTF-8") from None
    require(not text.startswith("\ufeff"), "MALFORMED_UTF8", "no byte order mark")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_not_an_integer,
            parse_constant=_not_an_integer,
        )
    except (ValueError, RecursionError):
        raise Refused("MALFORMED_JSON", "the text is one value of RFC 8259") from None
    _check(value, 0)
    return value


def _object(pairs):
    members = dict(pairs)
    require(len(members) == len(pairs), "MALFORMED_JSON", "no member name occurs twice")
    return members


def _integer(text):
    require(INTEGER.fullmatch(text) and text != "-0", "MALFORMED_JSON", "numbers are integers below 2^53")
    number = int(text)
    require(abs(number) <= MAX_INTEGER, "MALFORMED_JSON", "numbers are integers below 2^53")
    return number


def _not_an_integer(_text):
    raise Refused("MALFORMED_JSON", "numbers are written without fraction or exponent")


def _check(value, depth):
    """Depth and surrogates: the two rules that Python's parser does not know."""
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise Refused("MALFORMED_JSON", "no unpaired surrogate") from None
    elif isinstance(value, (dict, list)):
        require(depth < MAX_DEPTH, "MALFORMED_JSON", "at most 16 levels deep")
        for part in _parts(value):
            _check(part, depth + 1)


def _parts(value):
    if isinstance(value, list):
        return value
    return [*value.keys(), *value.values()]


def is_integer(value, least=0, most=MAX_INTEGER):
    """Whether a parsed value is an integer in the range; JSON's true is not 1."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def matches(pattern, value):
    """Whether a parsed value is a string that the pattern matches as a whole."""
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def parse_decimal(text):
    """A size, index or time as text: ASCII decimal, no sign, no leading zero, below 2^53; None for any other spelling."""
    if text.startswith("-") or INTEGER.fullmatch(text) is None or int(text) > MAX_INTEGER:
        return None
    return int(text)


def exact_members(value, required, optional=()):
    """Check that a parsed value is an object with all required members and none but these and the optional ones."""
    require(isinstance(value, dict), "BAD_FIELD", "an object")
    for name in required:
        require(name in value, "MISSING_FIELD", "a member is missing")
    for name in value:
        require(name in required or name in optional, "UNKNOWN_FIELD", "no member besides the named ones")
