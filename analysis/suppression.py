"""Which further cells to hide, so that a hidden one cannot be had by subtraction.

The caller declares every published cell once, with its roll-ups (a total and its parts, over all tables:
units into province, services into fields, months into quarters) and marks the cells that disclosure hides
(`primary`).  Complementary cells come back, each with a *witness*: signed moves of hidden cells that leave
every published figure and every roll-up as it is.  Along its witness a hidden cell can slide over at least
`width` respondents without any count falling below zero, so nobody who solves the roll-ups, by hand or by
linear programming, can pin it closer.  Witnesses are exact: no solver and no tolerance is involved.

The search takes the cheapest witness it meets: cells already hidden cost nothing, others one plus the
square root of their count, so that totals are the last to go.  A cell whose every roll-up total is hidden
too is always safe: that is the last resort.  Cells published elsewhere are `frozen` and never hidden.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import BoolArray, FloatArray, IntArray, as_codes, require_length
from analysis.errors import CannotBeProtected, InvalidArgument, RollUpMismatch, UnknownName

WIDTH = 5
_CLOSING_CHOICES, _HIDDEN_CHOICES, _PUBLISHED_CHOICES = 6, 6, 6
_MOST_STATES = 1000
# What each open sum is taken to cost still: a careful try first, then hasty ones that finish.
_HASTE = (2.0, 8.0, 40.0)


@dataclass(frozen=True, slots=True)
class RollUp:
    """One declared sum: the cell `total` is the sum of the cells `parts`.

    Shapes: parts (k,) cell numbers.  Units: cell numbers, 0 the first.
    """

    total: int
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Witness:
    """Hidden cells that can move together unseen: those in `up` rise by what those in `down` fall.

    Units: cell numbers; `width` is the number of respondents over which all of them can slide.
    """

    up: tuple[int, ...]
    down: tuple[int, ...]
    width: float


@dataclass(frozen=True, slots=True)
class Suppression:
    """What to hide, and why it is enough.

    Shapes: hidden, complementary (m,).  `complementary` are the hidden cells that were not primary.
    """

    hidden: BoolArray
    complementary: BoolArray
    witnesses: tuple[Witness, ...]
    width: float


def complementary_suppression(
    counts: ArrayLike,
    roll_ups: Sequence[RollUp],
    *,
    primary: ArrayLike,
    width: float = WIDTH,
    frozen: ArrayLike | None = None,
) -> Suppression:
    """Hide what is needed so that no hidden cell can be pinned closer than `width` respondents.

    To protect dissenters as well, give two columns: respondents, and those who are not dissenters.
    Shapes: counts (m,) or (m, q) additive counts of each cell; primary, frozen (m,) bool.
    Units: respondents.  `frozen` cells stay published whatever happens.
    Raises: RollUpMismatch when a total is not the sum of its parts; UnknownName for a cell that does not
    exist; CannotBeProtected when frozen cells give a hidden one away; InvalidArgument.
    Source: Willenborg & de Waal (2001) ch. 7-8; witnesses are the "cycles" of Kelly, Golden & Assad (1992).
    Check: tests/unit/analysis/test_suppression.py (attacker by linear programming).
    """
    table = _Table(_columns(counts), roll_ups, width, _mask(frozen, counts, name="frozen"))
    first = _mask(primary, counts, name="primary")
    table.hidden |= first
    witnesses: list[Witness] = []
    covered: set[int] = set()
    for cell in _hardest_first(first, table):
        if cell not in covered:
            witnesses.append(table.protect(cell))
            covered.update(witnesses[-1].up, witnesses[-1].down)
    return Suppression(table.hidden, table.hidden & ~first, tuple(witnesses), width)


def declared_roll_ups(keys: ArrayLike, parents: Sequence[ArrayLike]) -> tuple[RollUp, ...]:
    """The roll-ups among cells keyed by several dimensions, each dimension a tree of codes.

    A cell is the total of the cells that differ from it in one dimension only, where they hold the
    children of its code.  Give every child that has respondents, or the sum will be found wanting.
    Shapes: keys (m, k) codes; parents one (c,) array a dimension, parents[d][code] = parent code, -1 for a
    root.  Units: codes.
    Raises: InvalidArgument for a key that appears twice; UnknownName for a code outside its tree.
    Source: none (bookkeeping).  Check: tests/unit/analysis/test_suppression.py
    """
    codes = as_codes(keys, name="keys")
    place = {tuple(row): cell for cell, row in enumerate(codes.tolist())}
    if len(place) != len(codes):
        raise InvalidArgument(name="keys", value="a key that appears twice", wanted="one row a cell")
    found: dict[tuple[int, int], list[int]] = {}
    for cell, row in enumerate(codes.tolist()):
        for dimension, tree in enumerate(parents):
            upper = _parent(tree, row[dimension], dimension)
            total = place.get((*row[:dimension], upper, *row[dimension + 1 :]))
            if total is not None:
                found.setdefault((total, dimension), []).append(cell)
    return tuple(RollUp(total, tuple(parts)) for (total, _), parts in sorted(found.items()))


@dataclass(frozen=True, slots=True)
class _Moves:
    """Cells with their move (+1 or -1), the sums left out of balance, and the least count on each side."""

    cells: dict[int, int]
    over: dict[int, int]
    least_up: FloatArray
    least_down: FloatArray

    @property
    def room(self) -> float:
        """How many respondents all cells can slide over: down to the first zero, either way."""
        return float((self.least_up + self.least_down).min())


class _Table:
    """Cells, sums and what is hidden so far."""

    def __init__(
        self, counts: FloatArray, roll_ups: Sequence[RollUp], width: float, frozen: BoolArray
    ) -> None:
        self.counts, self.width, self.frozen = counts, width, frozen
        self.hidden = np.zeros(len(counts), dtype=np.bool_)
        self.size = counts.min(axis=1)
        self.price = 1 + np.sqrt(counts.max(axis=1))
        signs = [_signs(roll_up, counts) for roll_up in roll_ups]
        self.totals = [roll_up.total for roll_up in roll_ups]
        self.members = [np.fromiter(sign, dtype=np.int64) for sign in signs]
        self.signs = [np.fromiter(sign.values(), dtype=np.int64) for sign in signs]
        self.sums_of: list[dict[int, int]] = [{} for _ in range(len(counts))]
        for number, sign in enumerate(signs):
            for cell, value in sign.items():
                self.sums_of[cell][number] = value

    def protect(self, cell: int) -> Witness:
        """Find a witness for the cell and hide what it needs."""
        tries = (_search(self, cell, per_open_sum=haste) for haste in _HASTE)
        moves = next((found for found in tries if found), None) or self.hide_above(cell)
        self.hidden[list(moves.cells)] = True
        up = tuple(sorted(c for c, move in moves.cells.items() if move > 0))
        down = tuple(sorted(c for c, move in moves.cells.items() if move < 0))
        return Witness(up, down, moves.room)

    def start(self, cell: int) -> _Moves:
        """The cell alone, rising."""
        nobody = np.full(self.counts.shape[1], np.inf)
        return self.extend(_Moves({}, {}, nobody, nobody), cell, 1)

    def extend(self, moves: _Moves, cell: int, move: int) -> _Moves:
        """One more cell moves."""
        over = dict(moves.over)
        for number, sign in self.sums_of[cell].items():
            over[number] = over.get(number, 0) + sign * move
        up, down = moves.least_up, moves.least_down
        return _Moves(
            cells={**moves.cells, cell: move},
            over={number: rest for number, rest in over.items() if rest},
            least_up=np.minimum(up, self.counts[cell]) if move > 0 else up,
            least_down=np.minimum(down, self.counts[cell]) if move < 0 else down,
        )

    def marked(self, cells: IntArray | list[int]) -> BoolArray:
        """A mask of the given cells."""
        mask = np.zeros(len(self.counts), dtype=np.bool_)
        mask[cells] = True
        return mask

    def cost(self, cell: int) -> float:
        """What hiding the cell costs now."""
        return 0.0 if self.hidden[cell] else float(self.price[cell])

    def hide_above(self, cell: int) -> _Moves:
        """The last resort: a finest cell within this one and every total over it rise together."""
        waiting = [self._finest(cell)]
        moves = self.start(waiting[0])
        while waiting:
            for number, sign in self.sums_of[waiting.pop()].items():
                total = self.totals[number]
                if sign > 0 and total not in moves.cells:
                    moves = self.extend(moves, total, 1)
                    waiting.append(total)
        if moves.over or cell not in moves.cells or self.frozen[list(moves.cells)].any():
            raise CannotBeProtected(cell=cell, width=self.width)
        return moves

    def _finest(self, cell: int) -> int:
        while True:
            below = [number for number, sign in self.sums_of[cell].items() if sign < 0]
            if not below:
                return cell
            parts = [int(c) for c in self.members[below[0]] if c != cell and not self.frozen[c]]
            if not parts:
                raise CannotBeProtected(cell=cell, width=self.width)
            cell = min(parts, key=self.cost)


def _search(table: _Table, cell: int, *, per_open_sum: float) -> _Moves | None:
    """The cheapest set of moves of -1, 0 or +1 that contains the cell and keeps every sum, best first.

    A state is a partial set of moves; it is extended by one cell of a sum that is out of balance.
    """
    ticket = count()
    waiting = [(0.0, next(ticket), 0.0, table.start(cell))]
    seen: set[frozenset[tuple[int, int]]] = set()
    for _ in range(_MOST_STATES):
        if not waiting:
            return None
        _, _, spent, moves = heappop(waiting)
        if not moves.over:
            return moves
        for further, move in _ways_out(table, moves):
            longer = table.extend(moves, further, move)
            key = frozenset(longer.cells.items())
            if key not in seen:
                seen.add(key)
                paid = spent + table.cost(further)
                heappush(waiting, (paid + per_open_sum * len(longer.over), next(ticket), paid, longer))
    return None


def _ways_out(table: _Table, moves: _Moves) -> list[tuple[int, int]]:
    """Cells that could balance the shortest open sum: closing ones, large hidden ones, cheap others."""
    number = min(moves.over, key=lambda open_sum: len(table.members[open_sum]))
    cells, signs = table.members[number], table.signs[number]
    directions = -signs if moves.over[number] > 0 else signs
    usable = _roomy(table, moves, cells, directions) & ~table.frozen[cells]
    usable &= ~table.marked(list(moves.cells))[cells]
    cells, directions = cells[usable], directions[usable]
    hidden = table.hidden[cells]
    order = np.argsort(np.where(hidden, -table.size[cells], table.price[cells]), kind="stable")
    closing = np.flatnonzero(table.marked(_elsewhere(table, moves, number))[cells])[:_CLOSING_CHOICES]
    chosen = [
        *closing,
        *order[hidden[order]][:_HIDDEN_CHOICES],
        *order[~hidden[order]][:_PUBLISHED_CHOICES],
    ]
    return [(int(cells[i]), int(directions[i])) for i in dict.fromkeys(chosen)]


def _roomy(table: _Table, moves: _Moves, cells: IntArray, directions: IntArray) -> BoolArray:
    """Whether all could still slide over the width if this cell moved too."""
    counts, rising = table.counts[cells], (directions > 0)[:, None]
    up = np.minimum(moves.least_up, np.where(rising, counts, np.inf))
    down = np.minimum(moves.least_down, np.where(rising, np.inf, counts))
    return np.asarray((up + down).min(axis=1) >= table.width, dtype=np.bool_)


def _elsewhere(table: _Table, moves: _Moves, number: int) -> IntArray:
    others = [table.members[open_sum] for open_sum in moves.over if open_sum != number]
    return np.concatenate(others) if others else np.empty(0, dtype=np.int64)


def _hardest_first(primary: BoolArray, table: _Table) -> list[int]:
    """Small counts first: they need the largest partners, which then protect others as well."""
    cells = np.flatnonzero(primary)
    return [int(c) for c in cells[np.argsort(table.size[cells], kind="stable")]]


def _signs(roll_up: RollUp, counts: FloatArray) -> dict[int, int]:
    for cell in (roll_up.total, *roll_up.parts):
        if not 0 <= cell < len(counts):
            raise UnknownName(kind="cell", value=cell, known=f"0 to {len(counts) - 1}")
    parts = counts[list(roll_up.parts)].sum(axis=0)
    if not np.array_equal(parts, counts[roll_up.total]):
        raise RollUpMismatch(total=roll_up.total, stated=counts[roll_up.total].tolist(), parts=parts.tolist())
    return {roll_up.total: -1, **dict.fromkeys(roll_up.parts, 1)}


def _columns(counts: ArrayLike) -> FloatArray:
    given = as_codes(counts, name="counts").astype(np.float64)
    columns = given[:, None] if given.ndim == 1 else given
    if np.any(columns < 0):
        raise InvalidArgument(name="counts", value=float(columns.min()), wanted="counts from 0")
    return columns


def _mask(mask: ArrayLike | None, counts: ArrayLike, *, name: str) -> BoolArray:
    length = len(np.asarray(counts))
    values = np.zeros(length, dtype=np.bool_) if mask is None else np.array(mask, dtype=np.bool_)
    require_length(values, length, name=name)
    return values


def _parent(tree: ArrayLike, code: int, dimension: int) -> int:
    codes: IntArray = as_codes(tree, name="parents")
    if not 0 <= code < len(codes):
        raise UnknownName(kind=f"code in dimension {dimension}", value=code, known=f"0 to {len(codes) - 1}")
    return int(codes[code])
