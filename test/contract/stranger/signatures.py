"""Public keys, signatures by the system's openssl, and signed tokens (protocol-keys.md §2 and §3)."""

import base64
import binascii
import hashlib
import re
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from ed25519_points import is_sound
from refusal import Refused, require
from strict_json import parse_strict_json

# SubjectPublicKeyInfo up to the key itself: RFC 8410 §4 and RFC 5480 §2.
ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")
P256_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + b"\x04"

P256_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B

THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
PRIVATE_MEMBERS = ("d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv")
MAX_HEADER = 2048


def verify_ed25519(public_key, message, signature):
    """Whether 64 bytes are a signature by a raw public key; openssl refuses S >= L and an R that is not canonical."""
    return len(signature) == 64 and _openssl_verifies(ED25519_SPKI + public_key, message, signature, ())


def verify_es256(point, message, signature):
    """Whether 64 bytes r || s (RFC 7518 §3.4) are a signature by the key x || y."""
    if len(signature) != 64:
        return False
    body = _der_integer(signature[:32]) + _der_integer(signature[32:])
    der = b"\x30" + bytes([len(body)]) + body
    return _openssl_verifies(P256_SPKI + point, message, der, ("-digest", "sha256"))


def _der_integer(data):
    digits = data.lstrip(b"\x00") or b"\x00"
    if digits[0] & 0x80:
        digits = b"\x00" + digits
    return b"\x02" + bytes([len(digits)]) + digits


# One note is judged once, however many other files are changed around it.
@lru_cache(maxsize=4096)
def _openssl_verifies(spki, message, signature, options):
    with tempfile.TemporaryDirectory(prefix="cairn-stranger-") as folder:
        paths = {name: Path(folder, name) for name in ("key", "message", "signature")}
        paths["key"].write_bytes(spki)
        paths["message"].write_bytes(message)
        paths["signature"].write_bytes(signature)
        command = ["openssl", "pkeyutl", "-verify", "-rawin", *options, "-pubin", "-keyform", "DER"]
        command += ["-inkey", paths["key"], "-sigfile", paths["signature"], "-in", paths["message"]]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def base64url_decode(text):
    """Bytes of canonical base64url without padding, or None."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    return data if base64url_encode(data) == text else None


def base64url_encode(data):
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


class PublicKey:
    """A key that passed the gate: its algorithm, thumbprint and raw bytes (x, or x || y)."""

    def __init__(self, algorithm, thumbprint, raw):
        self.algorithm = algorithm
        self.thumbprint = thumbprint
        self.raw = raw

    def verifies(self, message, signature):
        """Whether the signature over the message is by this key."""
        check = verify_ed25519 if self.algorithm == "Ed25519" else verify_es256
        return check(self.raw, message, signature)


def pass_key_gate(jwk):
    """The PublicKey of a parsed JWK; Refused with BAD_KEY."""
    require(isinstance(jwk, dict), "BAD_KEY", "a JWK is an object")
    require(not any(name in jwk for name in PRIVATE_MEMBERS), "BAD_KEY", "no private member")
    line = (jwk.get("kty"), jwk.get("crv"))
    require(line in (("OKP", "Ed25519"), ("EC", "P-256")), "BAD_KEY", "kty and crv are of one kind of key")
    coordinates = ("x",) if line[0] == "OKP" else ("x", "y")
    algorithm = "Ed25519" if line[0] == "OKP" else "ES256"
    allowed = {"kty", "crv", "kid", "alg", "use", *coordinates}
    require(set(jwk) <= allowed, "BAD_KEY", "no other member")
    require(jwk.get("alg", algorithm) == algorithm, "BAD_KEY", "alg is that of the key")
    require(jwk.get("use", "sig") == "sig", "BAD_KEY", "use is sig")
    raw = b"".join(_coordinate(jwk.get(name)) for name in coordinates)
    sound = is_sound(raw, True) if algorithm == "Ed25519" else _is_on_p256(raw)
    require(sound, "BAD_KEY", "a sound point of the curve")
    return PublicKey(algorithm, jwk_thumbprint(jwk), raw)


def _coordinate(text):
    data = base64url_decode(text) if isinstance(text, str) else None
    require(data is not None and len(data) == 32, "BAD_KEY", "a coordinate is 32 bytes in canonical base64url")
    return data


def _is_on_p256(raw):
    x, y = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    return max(x, y) < P256_PRIME and (y * y - (x * x * x - 3 * x + P256_B)) % P256_PRIME == 0


def jwk_thumbprint(jwk):
    """The thumbprint of a JWK whose members were checked (RFC 7638)."""
    names = ("crv", "kty", "x", "y") if jwk["kty"] == "EC" else ("crv", "kty", "x")
    text = "{" + ",".join(f'"{name}":"{jwk[name]}"' for name in names) + "}"
    return base64url_encode(hashlib.sha256(text.encode("ascii")).digest())


def is_thumbprint(value):
    """Whether a parsed value is 43 characters of canonical base64url."""
    return isinstance(value, str) and THUMBPRINT.fullmatch(value) is not None and base64url_decode(value) is not None


def open_token(token, typ, limit, key):
    """The payload bytes of a compact JWS by this key, all checks of §3 in their order."""
    return open_token_of_any(token, typ, limit, [key])


def open_token_of_any(token, typ, limit, keys):
    """The payload bytes of a compact JWS by one of these keys, all checks of §3 in their order."""
    parts, decoded = split_token(token, limit)
    key = _check_header(decoded[0], typ, keys)
    signed = f"{parts[0]}.{parts[1]}".encode("ascii")
    require(key.verifies(signed, decoded[2]), "BAD_SIGNATURE", "the signature is by the key")
    return decoded[1]


def split_token(token, limit):
    """The three parts of a compact JWS as text and decoded; nothing is verified."""
    require(len(token) <= limit, "TOO_LARGE", "the token is within its limit")
    try:
        parts = token.decode("ascii").split(".")
    except UnicodeDecodeError:
        raise Refused("MALFORMED_JWS", "a token is ASCII") from None
    decoded = [base64url_decode(part) for part in parts]
    require(len(parts) == 3 and None not in decoded, "MALFORMED_JWS", "three parts of canonical base64url")
    return parts, decoded


def _check_header(data, typ, keys):
    """The key that the header names, which is one of these."""
    require(len(data) <= MAX_HEADER, "INVALID_HEADER", "a header of at most 2048 bytes")
    header = parse_strict_json(data)
    members = {"alg", "kid", "typ"}
    require(isinstance(header, dict) and set(header) == members, "INVALID_HEADER", "exactly alg, kid and typ")
    require(all(isinstance(value, str) for value in header.values()), "INVALID_HEADER", "all of them strings")
    require(header["typ"] == typ, "WRONG_TYP", "the expected typ")
    require(header["alg"] in ("Ed25519", "ES256"), "WRONG_ALG", "alg is Ed25519 or ES256")
    require(is_thumbprint(header["kid"]), "INVALID_HEADER", "kid is a thumbprint")
    key = next((one for one in keys if one.thumbprint == header["kid"]), None)
    require(key is not None, "UNKNOWN_KEY", "kid is an expected key")
    require(header["alg"] == key.algorithm, "WRONG_ALG", "alg is that of the key")
    return key
