"""Statements with a proof that the log holds them (protocol-proof.md, Document), all of one file under one checkpoint."""

from typing import NamedTuple

from documents import MAX_LEAF
from notes import MAX_PROOF, check_logged, parse_proof
from refusal import Refused, require
from signatures import open_token_of_any, pass_key_gate
from spelling import ordered_members, sized_text
from statements import parse_leaf
from tree import leaf_hash


class ProvedLeaf(NamedTuple):
    """A leaf and its proof, of which nothing is verified yet."""

    leaf: bytes
    proof: bytes


def read_proved_leaf(value, name):
    """The ProvedLeaf of a member of a document."""
    ordered_members(value, ("leaf", "proof"))
    leaf = sized_text(value["leaf"], MAX_LEAF, f"{name}.leaf")
    return ProvedLeaf(leaf, sized_text(value["proof"], MAX_PROOF, f"{name}.proof"))


def same_note(leaves):
    """Refuse proved leaves that are not all under one checkpoint note; their proofs were parsed before."""
    require(len({parse_proof(one.proof).note for one in leaves}) == 1, "EVIDENCE_MISMATCH", "all proofs have one checkpoint")


def check_proved(policy, origin, proved):
    """(index, Checkpoint) of a leaf that the provenance log of this origin holds."""
    try:
        require(not parse_proof(proved.proof).has_extra, "NOT_IN_LOG", "no extra line")
        return check_logged(policy, f"{origin}/log", leaf_hash(proved.leaf), proved.proof)
    except Refused as refused:
        raise Refused("NOT_IN_LOG", refused.rule) from None


def check_hub(policy, origin, proved):
    """The promise keys that leaf 0 states, which names the origin."""
    index, _checkpoint = check_proved(policy, origin, proved)
    require(index == 0, "EVIDENCE_MISMATCH", "the hub statement is leaf 0")
    statement = read_statement(proved, "hub")
    require(statement["origin"] == origin, "EVIDENCE_MISMATCH", "the hub statement names the origin")
    return [one["jwk"] for one in statement["keys"] if one["purpose"] == "promise"]


def read_statement(proved, kind):
    """The statement of a leaf, which is of this kind."""
    statement = parse_leaf(proved.leaf)
    require(statement["kind"] == kind, "EVIDENCE_MISMATCH", f"the leaf is a {kind} statement")
    return statement


def open_signed(token, typ, limit, jwks):
    """The payload of a token that one of these logged keys signed; a key that does not pass the gate signs nothing."""
    keys = []
    for jwk in jwks:
        try:
            keys.append(pass_key_gate(jwk))
        except Refused:
            continue
    try:
        return open_token_of_any(token, typ, limit, keys)
    except Refused as refused:
        raise Refused("BAD_SIGNATURE", refused.rule) from None
