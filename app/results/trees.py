"""Trees of units and of groups of answers, and counts summed up both of them. Pure.

A node is the path that leads to it; the root is the empty path. Whoever answered stands at a leaf.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import BoolArray, FloatArray, IntArray
from analysis.opt_in_sums import group_sum

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """Nodes with parents before their children; `leaf` are the nodes where answers stand.

    Shapes: `parent` (nodes,), -1 for the root; `leaf` (leaves,) node numbers.
    """

    nodes: tuple[Path, ...]
    parent: IntArray
    leaf: IntArray

    @classmethod
    def of(cls, leaves: Sequence[Path]) -> "Tree":
        """The tree of these leaves, in their order."""
        prefixes = dict.fromkeys(
            [()] + [leaf[:length] for leaf in leaves for length in range(1, len(leaf) + 1)]
        )
        nodes = tuple(sorted(prefixes, key=len))
        place = {node: i for i, node in enumerate(nodes)}
        parent = np.array([place[node[:-1]] if node else -1 for node in nodes], dtype=np.int64)
        return cls(nodes, parent, np.array([place[leaf] for leaf in leaves], dtype=np.int64))

    def children(self) -> list[list[int]]:
        """The nodes directly below each node."""
        found: list[list[int]] = [[] for _ in self.nodes]
        for node, above in enumerate(self.parent.tolist()):
            if above >= 0:
                found[above].append(node)
        return found

    def above(self, node: int) -> list[int]:
        """The node itself and every node over it, the root last."""
        line = [node]
        while self.parent[line[-1]] >= 0:
            line.append(int(self.parent[line[-1]]))
        return line

    def summed(self, values: FloatArray) -> FloatArray:
        """Values of the leaves added up to every node: (leaves, ...) -> (nodes, ...)."""
        pairs = [(node, i) for i, leaf in enumerate(self.leaf.tolist()) for node in self.above(leaf)]
        node, leaf = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        sums = group_sum(node, len(self.nodes)) @ values.reshape(len(self.leaf), -1)[leaf]
        return np.asarray(sums).reshape(len(self.nodes), *values.shape[1:])


@dataclass(frozen=True, slots=True)
class Crossing:
    """Units by groups of answers, with all roll-ups of both.

    Shapes: `answered` and `satisfied` (units, groups, items), people; `asked` (units, groups), whether the
    questions were put to anybody there.
    """

    units: Tree
    groups: Tree
    answered: FloatArray
    satisfied: FloatArray
    asked: BoolArray

    @classmethod
    def count(
        cls, units: tuple[Tree, IntArray], groups: tuple[Tree, IntArray], answers: "Answers"
    ) -> "Crossing":
        """Add up rows of answers; with each tree comes the leaf of every row."""
        (unit_tree, unit), (group_tree, group) = units, groups
        shape = (len(unit_tree.leaf), len(group_tree.leaf))
        code = unit * shape[1] + group

        def summed(column: FloatArray) -> FloatArray:
            flat = np.bincount(code, column, minlength=shape[0] * shape[1])
            leaves = np.asarray(flat, dtype=np.float64).reshape(shape)
            return group_tree.summed(unit_tree.summed(leaves).T).T

        return cls(
            unit_tree,
            group_tree,
            np.stack([summed(column) for column in answers.answered.T], axis=2),
            np.stack([summed(column) for column in answers.satisfied.T], axis=2),
            summed(answers.asked) > 0,
        )


@dataclass(frozen=True, slots=True)
class Answers:
    """Rows of the cube for some items.  Shapes: `answered`, `satisfied` (rows, items); `asked` (rows,)."""

    answered: FloatArray
    satisfied: FloatArray
    asked: FloatArray
