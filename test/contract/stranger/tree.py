"""The RFC 9162 tree (protocol-tlog.md §1 and §2)."""

import hashlib

from refusal import require

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data):
    """Hash of an entry's exact bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left, right):
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes):
    """Root over leaf hashes: the frontier of each prefix, folded from the right at the end."""
    frontier = []
    for size, current in enumerate(hashes):
        while size & 1:
            current = node_hash(frontier.pop(), current)
            size >>= 1
        frontier.append(current)
    if not frontier:
        return EMPTY_ROOT
    root = frontier.pop()
    while frontier:
        root = node_hash(frontier.pop(), root)
    return root


def root_of_entries(entries):
    """Root over byte strings."""
    return root_of([leaf_hash(entry) for entry in entries])


def check_inclusion(leaf, index, size, proof, root):
    """Refuse unless the proof leads from the leaf hash at this index to the root of this size."""
    require(index < size and len(proof) <= 63, "NOT_IN_LOG", "the index lies in the tree")
    fn, sn, current = index, size - 1, leaf
    for sibling in proof:
        require(sn != 0, "NOT_IN_LOG", "the proof is as long as the path")
        if fn & 1 or fn == sn:
            current = node_hash(sibling, current)
            while fn & 1 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            current = node_hash(current, sibling)
        fn, sn = fn >> 1, sn >> 1
    require(sn == 0 and current == root, "NOT_IN_LOG", "the proof leads to the root")
