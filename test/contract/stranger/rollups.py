"""Rollups: when one must stand, and what its rounds come to (protocol-feed.md, Rollup and Folding)."""

from records import RecordSet
from refusal import require

STEPS = (16, 256, 4_096)
EMPTY_ROOT = RecordSet().root()


class Window:
    """The leaves from a step on, what the sets were before them, and the fold of their packs."""

    def __init__(self, start, standings):
        self.start = start
        self._before = dict(standings)
        self._folds = {}

    def fold(self, pack):
        """Fold a pack of a round to those before it; it has been applied, so that no two changes contradict each other."""
        folded = self._folds.setdefault(pack.type_name, {})
        for key, (name, *rest) in _changes_of(pack).items():
            earlier = folded.get(key)
            if name == "remove" and earlier is not None and earlier[0] == "add":
                del folded[key]
            elif name == "remove" or earlier is None:
                folded[key] = (name, *rest)
            elif earlier[0] == "add":
                folded[key] = ("add", rest[0], earlier[2])
            else:
                folded[key] = ("update", rest[0])

    def check(self, pack, announced, records):
        """Refused unless the pack of a rollup is the fold, between the set before the window and the one after it."""
        expected = self._folds.get(pack.type_name, {})
        require(_changes_of(pack) == expected, "wrong-rollup", "the changes are the fold of those of the rounds")
        require(records.shape in (None, pack.shape), "wrong-shape", "a type keeps its key length and flags")
        count, root = self._before.get(pack.type_name, (0, EMPTY_ROOT))
        require(pack.before == root, "wrong-rollup", "the root before is the one before the rounds")
        require(pack.after == records.root(), "wrong-rollup", "the root after is the one after the rounds")
        grown = count + len(pack.added) - len(pack.removed)
        require(announced["count"] == records.count == grown, "wrong-rollup", "the number of records is the one after the rounds")


class Rollups:
    """The windows that are open, and the rollups that must be the next leaves."""

    def __init__(self):
        self._steps = 0
        self._windows = [None for _ in STEPS]
        self._due = []

    def require_none_due(self):
        """A leaf comes that is no rollup."""
        require(not self._due, "wrong-rollup", "a rollup that is due is the next leaf")

    def begin_step(self, index, standings):
        """A round or idle leaf comes; the standings are count and root of each type before it."""
        self.require_none_due()
        for level, length in enumerate(STEPS):
            if self._steps % length == 0:
                self._windows[level] = Window(index, standings)

    def add(self, pack):
        """The step has a pack."""
        for window in self._windows:
            window.fold(pack)

    def end_step(self, index):
        """The step is done."""
        self._steps += 1
        self._due = [(window, index + 1) for window, length in zip(self._windows, STEPS) if self._steps % length == 0]

    def take(self, document):
        """The window of a rollup that comes; Refused when another one is due, or none."""
        require(self._due, "wrong-rollup", "no rollup that is not due")
        window, end = self._due.pop(0)
        require((document["from"], document["to"]) == (window.start, end), "wrong-rollup", "the leaves of the rollup that is due")
        return window


def _changes_of(pack):
    changes = {key: ("add", metadata, value) for key, metadata, value in pack.added}
    changes.update({key: ("update", metadata) for key, metadata in pack.updated})
    changes.update({key: ("remove", reason) for key, reason in pack.removed})
    return changes
