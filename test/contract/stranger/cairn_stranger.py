"""A verifier for what a Cairn hub serves, written from docs/protocol*.md alone.

Python's standard library and the system's `openssl` (3 or later) are all it uses. Everything here takes bytes and a pinned Policy,
touches no network, and raises Refused with a stable code when the evidence does not hold.
"""

from entry_proofs import verify_entry_proof
from feeds import verify_feed
from notes import accept_checkpoint, check_logged, parse_policy, parse_proof
from packs import apply_pack, decode_pack
from promise_evidence import verify_promise_evidence
from records import RecordSet
from refusal import Refused
from rounds import parse_round
from states import verify_state
from submissions import verify_blinded_line, verify_submission

__all__ = [
    "RecordSet",
    "Refused",
    "accept_checkpoint",
    "apply_pack",
    "check_logged",
    "decode_pack",
    "parse_policy",
    "parse_proof",
    "parse_round",
    "verify_blinded_line",
    "verify_entry_proof",
    "verify_feed",
    "verify_promise_evidence",
    "verify_state",
    "verify_submission",
]
