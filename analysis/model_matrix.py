"""The columns of a linear model from a formula such as `~ stype + api99` or `sat1 ~ sat2 + sex*age`.

Numbers enter as they are, text as indicators against its first category, coded and named as R does.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from analysis.arrays import BoolArray, FloatArray
from analysis.design import Labels
from analysis.errors import CannotFit, UnknownName

_NAME = re.compile(r"[^\s+*:~()]+")
Term = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula: response (None for one-sided), terms in R's order, and whether it has a constant."""

    response: str | None
    terms: tuple[Term, ...]
    constant: bool

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns on the right-hand side, each once."""
        return tuple(dict.fromkeys(name for term in self.terms for name in term))


@dataclass(frozen=True, slots=True)
class ModelMatrix:
    """The model's columns.

    Shapes: `x` (n, p); `names` (p,); `term` (p,) index into `terms`, -1 for the constant;
    `known` (n,) rows where every variable is known (the others hold zeros).
    """

    x: FloatArray
    names: tuple[str, ...]
    term: tuple[int, ...]
    terms: tuple[str, ...]
    known: BoolArray


def parse_formula(text: str) -> Formula:
    """Read `y ~ a + b + a:b`, with `*` for main effects and interaction, and `- 1` or `+ 0` for no constant.

    Shapes: none.  Units: none.  Raises: CannotFit where the text is not such a formula.
    Source: Wilkinson & Rogers (1973), as R's `formula`.  Check: tests/unit/analysis/test_model_matrix.py
    """
    left, tilde, right = text.partition("~")
    if not tilde or not right.strip():
        raise CannotFit(reason=f"{text!r} is not a formula such as 'y ~ a + b'")
    body, dropped = re.subn(r"-\s*1(?![\w.])", "", right)
    parts = [part.strip() for part in body.split("+") if part.strip()]
    terms = {term: None for part in parts if part not in ("0", "1") for term in _crossed(part, text)}
    ordered = sorted(terms, key=len)
    return Formula(left.strip() or None, tuple(ordered), not dropped and "0" not in parts)


def formula_matrix(formula: Formula, columns: Mapping[str, Labels]) -> ModelMatrix:
    """The matrix of a formula over columns: floats are numbers (NaN missing), anything else is a category.

    Shapes: columns (n,) each -> x (n, p).  Units: of the columns.
    Raises: UnknownName for a column that is not there; CannotFit for a category with one value.
    Source: R `model.matrix` with treatment contrasts.  Check: tests/golden/oracle (P11-P14, P23, P39).
    """
    coded = {name: _Coded.of(name, columns) for name in formula.variables}
    size = len(next(iter(coded.values())).known) if coded else len(next(iter(columns.values())))
    blocks: list[FloatArray] = [np.ones((size, 1))] if formula.constant else []
    names, owner = (["(Intercept)"], [-1]) if formula.constant else ([], [])
    present = {frozenset(t) for t in formula.terms} | ({frozenset[str]()} if formula.constant else set())
    for index, term in enumerate(formula.terms):
        block, labels = _term_columns(term, coded, present)
        blocks.append(block)
        names += labels
        owner += [index] * len(labels)
        # a category coded in full spans what its term leaves without it
        present |= {frozenset(term) - {name} for name in term if coded[name].levels} | {frozenset(term)}
    known = np.all([c.known for c in coded.values()], axis=0) if coded else np.ones(size, dtype=np.bool_)
    x = np.hstack(blocks) if blocks else np.empty((size, 0))
    shown = tuple(":".join(term) for term in formula.terms)
    return ModelMatrix(np.where(known[:, None], x, 0.0), tuple(names), tuple(owner), shown, np.asarray(known))


@dataclass(frozen=True, slots=True)
class _Coded:
    """One variable: a number's column, or the indicators of every category."""

    name: str
    full: FloatArray
    levels: tuple[str, ...]
    known: BoolArray

    @staticmethod
    def of(name: str, columns: Mapping[str, Labels]) -> "_Coded":
        if name not in columns:
            raise UnknownName(kind="column", value=name, known=", ".join(sorted(columns)))
        values = np.asarray(columns[name])
        if values.dtype.kind in "fiub":
            numbers = values.astype(np.float64)
            return _Coded(name, np.nan_to_num(numbers)[:, None], (), ~np.isnan(numbers))
        text = values.astype(str)
        known = text != ""
        levels = np.unique(text[known])
        return _Coded(name, (text[:, None] == levels).astype(np.float64), tuple(levels.tolist()), known)

    def columns(self, *, contrasts: bool) -> tuple[FloatArray, list[str]]:
        if not self.levels:
            return self.full, [self.name]
        if contrasts and len(self.levels) < 2:
            raise CannotFit(reason=f"{self.name} has one category only, {self.levels[0]!r}; leave it out")
        first = 1 if contrasts else 0
        return self.full[:, first:], [self.name + level for level in self.levels[first:]]


def _crossed(part: str, text: str) -> list[Term]:
    factors = [tuple(_NAME.findall(piece)) for piece in part.split("*")]
    if any(
        not f or ":".join(f) != re.sub(r"\s", "", p) for f, p in zip(factors, part.split("*"), strict=True)
    ):
        raise CannotFit(reason=f"{part!r} in {text!r} is not a column, a:b or a*b")
    subsets = (c for size in range(1, len(factors) + 1) for c in combinations(factors, size))
    return [tuple(dict.fromkeys(name for factor in chosen for name in factor)) for chosen in subsets]


def _term_columns(
    term: Term, coded: Mapping[str, _Coded], present: set[frozenset[str]]
) -> tuple[FloatArray, list[str]]:
    """Products of the term's columns; a category is coded in full where its margin is not in the model."""
    parts: Sequence[tuple[FloatArray, list[str]]] = [
        coded[name].columns(contrasts=frozenset(term) - {name} in present) for name in term
    ]
    blocks, labels = [], []
    # R lets the first variable vary fastest
    for choice in product(*(range(len(names)) for _, names in reversed(parts))):
        picked = list(zip(parts, reversed(choice), strict=True))
        blocks.append(np.prod([block[:, i] for (block, _), i in picked], axis=0))
        labels.append(":".join(names[i] for (_, names), i in picked))
    return np.stack(blocks, axis=1), labels
