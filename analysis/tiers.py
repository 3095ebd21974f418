"""Tiers: who stands above or below the mean of the peers, and who cannot be told from it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import FloatArray, as_floats
from analysis.errors import InvalidArgument, ShapeMismatch
from analysis.joint_draws import (
    NORMAL,
    Simulation,
    covariance_matrix,
    critical_value,
    inverse_or_infinite,
    inverse_or_zero,
    joint_deviations,
    require_estimates,
)

Tier = Literal["above", "not_distinguishable", "below"]


@dataclass(frozen=True, slots=True)
class PeerTiers:
    """Each unit against the mean of its peers.

    Shapes: arrays (p,).  Units: as the estimates; `critical` is the multiple of `se` that all units share.
    """

    tier: tuple[Tier, ...]
    difference: FloatArray
    se: FloatArray
    peer_mean: float
    critical: float
    level: float


def peer_tiers(
    estimate: ArrayLike,
    covariance: ArrayLike,
    *,
    rng: np.random.Generator,
    weights: ArrayLike | None = None,
    level: float = 0.95,
    simulation: Simulation = NORMAL,
) -> PeerTiers:
    """Units above, below, or not distinguishable from the (weighted) mean of their peers.

    The unit is part of the mean, so their covariance is taken into account; one critical value serves all
    units, so the chance of even one wrong tier is at most 1 - level.
    Shapes: estimate, weights (p,); covariance (p, p) or (p,).  Units: as given; weights any positive scale.
    Raises: as `rank_sets`; InvalidArgument for weights that do not add to a positive number.
    Source: max-t over the contrasts I - 1w'; Hsu (1996) ch. 5, comparison with the mean.
    Check: tests/unit/analysis/test_ranks.py
    """
    values = require_estimates(estimate)
    matrix, share = covariance_matrix(covariance, len(values)), _peer_weights(weights, len(values))
    z = joint_deviations(matrix, rng, level=level, simulation=simulation)
    peer_mean = float(share @ values)
    difference = values - peer_mean
    contrast = np.eye(len(values)) - share
    se = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", contrast, matrix, contrast), 0.0))
    critical = critical_value(np.abs((z - (z @ share)[:, None]) * inverse_or_zero(se)).max(axis=1), level)
    outside = np.abs(difference) * inverse_or_infinite(se) > critical
    return PeerTiers(
        tier=tuple(_tier(d, o) for d, o in zip(difference, outside, strict=True)),
        difference=difference,
        se=se,
        peer_mean=peer_mean,
        critical=critical,
        level=level,
    )


def _peer_weights(weights: ArrayLike | None, size: int) -> FloatArray:
    given = np.ones(size) if weights is None else as_floats(weights)
    if given.shape != (size,):
        raise ShapeMismatch(what="weights", found=f"shape {given.shape}", wanted=f"{size} weights")
    if np.any(given < 0) or not given.sum() > 0:
        raise InvalidArgument(name="weights", value=float(given.min()), wanted="weights from 0, not all 0")
    return as_floats(given / given.sum())


def _tier(difference: float, outside: bool) -> Tier:
    if not outside:
        return "not_distinguishable"
    return "above" if difference > 0 else "below"
