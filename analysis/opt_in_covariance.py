"""Covariance of two estimates that share answers: a unit and its province, overlapping periods.

cov(a, b) = sum_h m_h/(m_h-1) sum_i T^a_hi (T^b_hi - mean_i T^b_hi) over the union of the PSUs of both runs;
a PSU in one run only counts as zero in the other, so disjoint periods give 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import FloatArray, IntArray
from analysis.errors import InvalidArgument, ShapeMismatch
from analysis.opt_in_design import psu_strata
from analysis.opt_in_table import Estimates, Influence


def covariance(first: Estimates, second: Estimates, *, pairs: Sequence[tuple[int, int]]) -> FloatArray:
    """Covariances of pairs of domains, one from each table, measure by measure.

    Strata with element variance add nothing: the cube does not say which answers two domains share, and
    leaving out a covariance that is positive for overlapping domains makes a difference no more certain.
    Shapes: pairs of domain numbers -> (pairs, measures).  Units: product of the measures' units.
    Raises: InvalidArgument when influence was not kept, ShapeMismatch when the tables differ in measures.
    Source: docs/methods.md section 6.
    Check: tests/golden/opt_in, tests/unit/analysis/test_opt_in_covariance.py.
    """
    if len(first.measures) != len(second.measures):
        raise ShapeMismatch(
            what="the second table", found=f"{len(second.measures)} measures", wanted=f"{len(first.measures)}"
        )
    wanted = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    if len(_kept(first).domain) > len(_kept(second).domain):
        first, second, wanted = second, first, wanted[:, ::-1]
    union = _Union.of(first, second)
    here, there = _kept(first), _kept(second)
    pair, entry = _entries_of(here.domain, wanted[:, 0], domains=len(first.labels))
    psu = union.psu_of_first[here.psu[entry]]
    stratum = union.stratum[psu]
    size = union.size[stratum][:, None]
    other = wanted[pair, 1]
    centred = union.at_psu(there, other, psu=psu) - union.at_stratum(there, other, stratum=stratum) / size
    factor = np.divide(size, size - 1, out=np.ones_like(size), where=size > 1)
    products = factor * here.total[entry] * centred
    result = np.zeros((len(wanted), products.shape[1]))
    np.add.at(result, pair, products)
    return result


@dataclass(frozen=True, slots=True)
class _Union:
    """PSUs of two runs under one numbering, and the strata of the whole.

    Shapes: `psu_of_*` (psus of that run,); `stratum` (psus,); `size` (strata,) float.
    """

    psu_of_first: IntArray
    psu_of_second: IntArray
    stratum: IntArray
    size: FloatArray

    @classmethod
    def of(cls, first: Estimates, second: Estimates) -> "_Union":
        ours, theirs = first.design.psu_label, second.design.psu_label
        labels = ours if ours == theirs else tuple(sorted({*ours, *theirs}))
        position = {label: i for i, label in enumerate(labels)}
        unit = np.unique([label[0] for label in labels], return_inverse=True)[1].astype(np.int64)
        month = np.unique([label[1] for label in labels], return_inverse=True)[1].astype(np.int64)
        stratum, _ = psu_strata(unit, month)
        return cls(
            np.array([position[label] for label in ours], dtype=np.int64),
            np.array([position[label] for label in theirs], dtype=np.int64),
            stratum,
            np.bincount(stratum).astype(np.float64),
        )

    def at_psu(self, run: Influence, domain: IntArray, *, psu: IntArray) -> FloatArray:
        """T of the second run at (domain, psu), 0 where it has none."""
        span = len(self.stratum)
        return _looked_up(
            run.domain * span + self.psu_of_second[run.psu], run.total, wanted=domain * span + psu
        )

    def at_stratum(self, run: Influence, domain: IntArray, *, stratum: IntArray) -> FloatArray:
        """Sum of T of the second run over (domain, stratum), 0 where it has none."""
        span = len(self.size)
        keys = run.domain * span + self.stratum[self.psu_of_second[run.psu]]
        distinct, group = np.unique(keys, return_inverse=True)
        total = np.zeros((len(distinct), run.total.shape[1]))
        np.add.at(total, group, run.total)
        return _looked_up(distinct, total, wanted=domain * span + stratum)


def _kept(estimates: Estimates) -> Influence:
    if estimates.influence is None:
        raise InvalidArgument(name="influence", value=None, wanted="tables made with keep_influence=True")
    return estimates.influence


def _entries_of(domain: IntArray, wanted: IntArray, *, domains: int) -> tuple[IntArray, IntArray]:
    """For each wanted domain all its entries: (pair, entry)."""
    start = np.searchsorted(domain, np.arange(domains + 1))
    length = start[wanted + 1] - start[wanted]
    pair = np.repeat(np.arange(len(wanted)), length)
    offset = np.arange(len(pair)) - np.repeat(np.cumsum(length) - length, length)
    return pair, start[wanted][pair] + offset


def _looked_up(keys: IntArray, values: FloatArray, *, wanted: IntArray) -> FloatArray:
    if not len(keys):
        return np.zeros((len(wanted), values.shape[1]))
    order = np.argsort(keys, kind="stable")
    position = order[np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)]
    return np.where((keys[position] == wanted)[:, None], values[position], 0.0)
