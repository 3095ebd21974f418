"""Shares, means, totals and ratios of a survey design, by domain, with variance and covariance.

Every statistic is a ratio of two weighted sums, or one sum; its influence function is what a row's weight
contributes to the error.  A missing answer takes the row out of n, never out of the design.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit, stdtrit

from analysis.arrays import BoolArray, FloatArray, IntArray, as_floats, require_length, sums_by
from analysis.design import Replicates, SurveyDesign, without_fpc
from analysis.domains import SurveyDomains, whole_file
from analysis.errors import NotAShare
from analysis.intervals import Limits, ShareEvidence, share_evidence
from analysis.replicates import replicate_covariance, replicate_df, replicate_variance
from analysis.variance import Spread, degrees_of_freedom, domain_variances, influence_covariance

Kind = Literal["share", "mean", "total", "ratio"]


@dataclass(frozen=True, slots=True)
class Statistic:
    """What is estimated: a numerator over a denominator in every domain, or the numerator's total.

    Shapes: all (n,); `domain` is -1 where the row is outside or did not answer; `people` counts the
    answers that a row stands for.  Units: of the columns given.
    """

    kind: Kind
    numerator: FloatArray
    denominator: FloatArray
    domain: IntArray
    count: int
    people: FloatArray

    def at(self, weights: FloatArray) -> FloatArray:
        """The estimates under these weights.

        Shapes: weights (n,) -> (count,).  Units: of the statistic.  Raises: nothing; NaN for no answers.
        Source: definition.  Check: tests/golden/oracle.
        """
        top = self.sums(weights * self.numerator)
        if self.kind == "total":
            return np.where(self.sums(self.people) > 0, top, np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            return top / self.sums(weights * self.denominator)

    def sums(self, values: FloatArray) -> FloatArray:
        """Sum of the values over each domain.

        Shapes: values (n,) -> (count,).  Units: of the values.  Raises: nothing.
        Source: none.  Check: tests/golden/oracle.
        """
        inside = self.domain >= 0
        return sums_by(self.domain[inside], values[inside], count=self.count)

    def residual(self, weights: FloatArray) -> FloatArray:
        """What each row differs from its domain's estimate, 0 outside.

        Shapes: weights (n,) -> (n,).  Units: of the numerator.  Raises: nothing.
        Source: Särndal, Swensson & Wretman (1992) eq. 5.7.2.  Check: tests/golden/oracle.
        """
        if self.kind == "total":
            return np.where(self.domain >= 0, self.numerator, 0.0)
        estimate = np.append(np.nan_to_num(self.at(weights)), 0.0)
        return np.where(self.domain >= 0, self.numerator - estimate[self.domain] * self.denominator, 0.0)

    def influence(self, weights: FloatArray) -> FloatArray:
        """Each row's weighted contribution to its domain's error.

        Shapes: weights (n,) -> (n,).  Units: of the statistic.  Raises: nothing.
        Source: Deville (1999).  Check: tests/golden/oracle.
        """
        weighted = weights * self.residual(weights)
        if self.kind == "total":
            return weighted
        base = np.append(self.sums(weights * self.denominator), 1.0)
        return weighted / np.where(base == 0, 1.0, base)[self.domain]


@dataclass(frozen=True, slots=True)
class DesignEstimates:
    """Estimates of one statistic over domains.

    Shapes: all (count,).  Units: `estimate` of the statistic, `variance` its square; `n` answers;
    `sum_weights` population units answered for; `n_kish` (sum w)^2 / sum w^2; `design_effect` against a
    simple random sample with replacement; `sampled_share` 1 where everybody was asked, else 0, or the
    finite-population gain where that was asked for.  `lonely` names the stratum that forbids a variance.
    """

    kind: Kind
    estimate: FloatArray
    variance: FloatArray
    n: FloatArray
    df: FloatArray
    sum_weights: FloatArray
    n_kish: FloatArray
    design_effect: FloatArray
    sampled_share: FloatArray
    lonely: dict[int, tuple[int, str]]

    @property
    def se(self) -> FloatArray:
        """Standard errors, (count,)."""
        return np.sqrt(self.variance)

    @property
    def evidence(self) -> ShareEvidence:
        """What the intervals for shares need.

        Shapes: (count,).  Units: shares.  Raises: InvalidArgument where an estimate is not a share.
        Source: docs/methods.md section 3.1.  Check: tests/golden/oracle.
        """
        return share_evidence(
            self.estimate,
            self.variance,
            n=self.n,
            df=self.df,
            n_kish=self.n_kish,
            sampled_share=self.sampled_share,
        )

    @property
    def n_effective(self) -> FloatArray:
        """The simple random sample that would be as precise; n_kish for a share without variation."""
        if self.kind == "share":
            return self.evidence.n_effective
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.design_effect > 0, self.n / self.design_effect, np.nan)


def share_of(y: ArrayLike, domains: SurveyDomains | None = None, *, name: str = "y") -> Statistic:
    """Share of ones among the zeros and ones that were answered.

    Shapes: y (n,), NaN where not answered.  Units: share, not percent.
    Raises: NotAShare for any other value.
    Source: Lohr (2010) ch. 3-5.  Check: tests/golden/oracle.
    """
    values = as_floats(y)
    odd = values[~np.isnan(values) & (values != 0) & (values != 1)]
    if odd.size:
        raise NotAShare(name=name, value=float(odd[0]))
    return _ratio("share", values, np.ones_like(values), domains)


def mean_of(y: ArrayLike, domains: SurveyDomains | None = None) -> Statistic:
    """Mean over those who answered.

    Shapes: y (n,), NaN where not answered.  Units: of y.  Raises: ShapeMismatch.
    Source: Lohr (2010) ch. 3-5.  Check: tests/golden/oracle.
    """
    values = as_floats(y)
    return _ratio("mean", values, np.ones_like(values), domains)


def total_of(y: ArrayLike, domains: SurveyDomains | None = None) -> Statistic:
    """Total over the population that the answers stand for.

    Shapes: y (n,), NaN where not answered.  Units: of y.  Raises: ShapeMismatch.
    Source: Särndal, Swensson & Wretman (1992) ch. 2.  Check: tests/golden/oracle.
    """
    values = as_floats(y)
    return _ratio("total", values, np.ones_like(values), domains)


def ratio_of(y: ArrayLike, x: ArrayLike, domains: SurveyDomains | None = None) -> Statistic:
    """Ratio of two totals, over rows where both are known.

    Shapes: y, x (n,), NaN where not answered.  Units: of y per unit of x.  Raises: ShapeMismatch.
    Source: Särndal, Swensson & Wretman (1992) section 5.6.  Check: tests/golden/oracle (P01-P08, P27).
    """
    return _ratio("ratio", as_floats(y), as_floats(x), domains)


def pooled_share_of(items: ArrayLike, domains: SurveyDomains | None = None, *, name: str = "y") -> Statistic:
    """Satisfied answers over all answers of several items: the index `pooled_answers`.

    Shapes: items (n, k), NaN where not answered.  Units: share of answers.  Raises: NotAShare.
    Source: docs/methods.md section 4; equals a file with one row an answer.
    Check: tests/golden/oracle (P40).
    """
    answers = as_floats(items)
    for column in answers.T:
        share_of(column, name=name)
    answered = np.sum(~np.isnan(answers), axis=1).astype(np.float64)
    values = np.where(answered > 0, np.nansum(answers, axis=1), np.nan)
    return _ratio("share", values, answered, domains, people=answered)


def estimate_survey(
    design: SurveyDesign, statistic: Statistic, *, fpc_relief: bool = False
) -> DesignEstimates:
    """The statistic's estimates, variances and degrees of freedom in every domain.

    A ratio over a zero denominator has neither estimate nor variance: both are NaN.
    `fpc_relief` lets the Jeffreys cap n_Kish rise to n_Kish/(1-f), f being what the correction gained.
    Shapes: (count,) each.  Units: of the statistic.
    Raises: LonelyPsu under the policy "error"; ShapeMismatch.
    Source: R survey 4.1 `svymean`, `svytotal`, `svyratio`, `subset`.  Check: tests/golden/oracle.
    """
    require_length(statistic.numerator, design.size, name="y")
    w = design.weights
    estimate = statistic.at(w)
    spread = _spread(design, statistic, estimate)
    weighed = np.where(statistic.domain >= 0, statistic.people, 0.0) * (w != 0)
    n, sum_weights = statistic.sums(weighed), statistic.sums(w * statistic.people)
    with np.errstate(divide="ignore", invalid="ignore"):
        n_kish = sum_weights**2 / statistic.sums(w * w * statistic.people)
    told = (n > 0) & np.isfinite(estimate)  # a ratio to nothing has neither estimate nor variance
    variance = np.where(told, spread.value, np.nan)
    relief = fpc_relief and design.replicates is None
    return DesignEstimates(
        kind=statistic.kind,
        estimate=np.where(told, estimate, np.nan),
        variance=variance,
        n=n,
        df=_df(design, statistic),
        sum_weights=sum_weights,
        n_kish=n_kish,
        design_effect=_design_effect(statistic, w, variance),
        sampled_share=_sampled_share(design, statistic, variance, relief=relief),
        lonely=spread.lonely,
    )


def survey_covariance(design: SurveyDesign, statistics: Sequence[Statistic]) -> FloatArray:
    """Covariance of all estimates of the statistics, in order; NaN for a ratio over a zero denominator.

    Shapes: (k, k), k the sum of the statistics' counts, domains of one statistic together.
    Units: products of the statistics' units.
    Raises: LonelyPsu under the policy "error"; ShapeMismatch.
    Source: influence functions over the full design, as R `svyby(covmat = TRUE)`.
    Check: tests/golden/oracle (P19, P20, P34-P36, P40).
    """
    estimate = np.concatenate([s.at(design.weights) for s in statistics])
    if design.replicates is not None:
        thetas = np.hstack([_thetas(design.replicates, s) for s in statistics])
        return replicate_covariance(design.replicates, thetas, estimate)
    members = np.hstack([membership(s.domain, s.count) for s in statistics])
    values = [s.influence(design.weights)[:, None] * membership(s.domain, s.count) for s in statistics]
    covariance = influence_covariance(design, np.hstack(values), members).value
    nothing = ~np.isfinite(estimate) & (np.concatenate([s.sums(s.people) for s in statistics]) > 0)
    return np.where(nothing[:, None] | nothing, np.nan, covariance)


def replicate_logit_limits(
    replicates: Replicates, statistic: Statistic, found: DesignEstimates, *, level: float
) -> Limits:
    """Limits on the log odds with the spread of the replicates' own log odds.

    Shapes: (count,) each.  Units: shares.  Raises: nothing; NaN where a share is 0 or 1.
    Source: R survey 4.1 `svyciprop(method = "logit")` on replicates.  Check: tests/golden/oracle (P24-P26).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = logit(found.estimate)
        variance = replicate_variance(replicates, logit(_thetas(replicates, statistic)), centre)
        half = stdtrit(np.where(found.df >= 1, found.df, np.nan), (1 + level) / 2) * np.sqrt(variance)
        half = np.where(np.isfinite(centre), half, np.nan)
        return as_floats(expit(centre - half)), as_floats(expit(centre + half))


def membership(domain: IntArray, count: int) -> BoolArray:
    """Which rows are in which domain, (n, count).

    Shapes: domain (n,) -> (n, count).  Units: none.  Raises: nothing.  Source: none.
    Check: tests/unit/analysis/test_survey_design.py
    """
    return np.asarray(domain[:, None] == np.arange(count), dtype=np.bool_)


def _ratio(
    kind: Kind,
    numerator: FloatArray,
    denominator: FloatArray,
    domains: SurveyDomains | None,
    *,
    people: FloatArray | None = None,
) -> Statistic:
    inside = domains or whole_file(len(numerator))
    require_length(denominator, len(numerator), name="denominator")
    require_length(inside.code, len(numerator), name="domain")
    answered = ~(np.isnan(numerator) | np.isnan(denominator))
    return Statistic(
        kind,
        np.where(answered, numerator, 0.0),
        np.where(answered, denominator, 0.0),
        np.where(answered, inside.code, -1),
        inside.count,
        answered.astype(np.float64) if people is None else people,
    )


def _thetas(replicates: Replicates, statistic: Statistic) -> FloatArray:
    return np.stack([statistic.at(column) for column in replicates.weights.T])


def _spread(design: SurveyDesign, statistic: Statistic, estimate: FloatArray) -> Spread:
    if design.replicates is not None:
        return Spread(
            replicate_variance(design.replicates, _thetas(design.replicates, statistic), estimate), {}
        )
    values = statistic.influence(design.weights)
    return domain_variances(design, values, statistic.domain, count=statistic.count)


def _df(design: SurveyDesign, statistic: Statistic) -> FloatArray:
    if design.replicates is None:
        return degrees_of_freedom(design, statistic.domain, count=statistic.count)
    found = [replicate_df(design.replicates, statistic.domain == code) for code in range(statistic.count)]
    return np.asarray(found, dtype=np.float64)


def _design_effect(statistic: Statistic, w: FloatArray, variance: FloatArray) -> FloatArray:
    n, total = statistic.sums(statistic.people * (w != 0)), statistic.sums(w * statistic.people)
    e = statistic.residual(w)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = np.append(statistic.sums(w * e) / total, 0.0)
        squares = statistic.sums(w * (e - middle[statistic.domain]) ** 2) / total * n / (n - 1)
        if statistic.kind == "share":  # a row of several answers varies as its answers do
            squares = statistic.at(w) * (1 - statistic.at(w)) * n / (n - 1)
        base = statistic.sums(w * statistic.denominator)
        scale = total if statistic.kind == "total" else total / base
        scale = np.ones_like(total) if statistic.kind == "share" else scale
        return as_floats(variance / (squares / n * scale**2))


def _sampled_share(
    design: SurveyDesign, statistic: Statistic, variance: FloatArray, *, relief: bool
) -> FloatArray:
    """1 where everybody of a take-all domain stands for himself alone; with relief, what the fpc gained."""
    open_share = design.stages[0].unsampled_share[design.stages[0].stratum]
    w = np.where(statistic.domain >= 0, design.weights, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        left_out = statistic.sums(w * open_share) / statistic.sums(w)
        stands_for = statistic.sums(w) / statistic.sums(statistic.people * (w != 0))
    census = (left_out < 1e-12) & (np.abs(stands_for - 1) < 1e-9)
    share = np.where(census, 1.0, 0.0)
    if not relief:
        return share
    plain = _spread(without_fpc(design), statistic, statistic.at(design.weights)).value
    with np.errstate(divide="ignore", invalid="ignore"):
        gained = np.where(plain > 0, 1 - variance / plain, 1 - left_out)
    return as_floats(np.clip(np.nan_to_num(gained), 0.0, 1.0))
