"""The citizens' part of the score of Circular 01/2018: sums of points per unit, and the score itself.

Only forms that print the Circular's questions (choices with points, numbered 1 to 9) give anything. Counts of
fewer people than may be shown are left out, and with them the smallest neighbour: no sum reveals them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from app.collection.tables import Response
from app.core.config import settings
from app.forms.service import get_form
from app.rounds.service import forms_of, units_of
from app.units.service import Unit, known_units

INDEX_COUNT = 9
GRADES = ("weak", "average", "fair", "good", "excellent")


@dataclass(frozen=True, slots=True)
class Rated:
    """Dossiers rated on one index, the sum of their points and of the squares of them."""

    dossiers: int = 0
    points: int = 0
    squares: int = 0

    def plus(self, other: "Rated") -> "Rated":
        return Rated(self.dossiers + other.dossiers, self.points + other.points, self.squares + other.squares)

    @property
    def variance_of_mean(self) -> float:
        """Of the mean points a dossier, as if dossiers had answered at random."""
        if self.dossiers < 2:
            return 0.0
        mean = self.points / self.dossiers
        return max(self.squares / self.dossiers - mean**2, 0.0) / (self.dossiers - 1)


@dataclass(frozen=True, slots=True)
class LegalScore:
    """`grade` as the Circular writes its thresholds, `scaled` in proportion to what is possible."""

    total: float
    possible: float
    grade: str
    scaled: str
    rated: Mapping[int, Rated]
    fixed: Mapping[int, float]

    def chances(self, *, seed: int) -> dict[str, float]:
        """How probable each grade is, given the sampling error of what citizens rated; the same a seed."""
        import numpy as np

        from analysis.official import grade_probabilities

        return grade_probabilities(
            [one.points / one.dossiers for one in self.rated.values()],
            [one.variance_of_mean for one in self.rated.values()],
            rng=np.random.default_rng(seed),
            unit_points=sum(round(points, 1) for points in self.fixed.values()),
        )


def citizens_points(session: Session, round_code: str) -> dict[str, dict[int, Rated]]:
    """By unit, everything below it included, and by index: what may be shown."""
    found: dict[tuple[str, int], Rated] = defaultdict(Rated)
    for version in set(forms_of(session, round_code).values()):
        for item in get_form(session, version).items:
            points = {str(choice.code): choice.points for choice in item.choices}
            if points and None not in points.values() and (item.number or "").isdigit():
                rows = _counted(session, round_code, version, item.code)
                for unit, choice, count in rows:
                    earned = points.get(str(choice))
                    if earned is not None:
                        key = unit, int(item.number or 0)
                        rated = Rated(count, count * earned, count * earned**2)
                        found[key] = found[key].plus(rated)
    return _visible(list(known_units(session, units_of(session, round_code))), found)


def _counted(session: Session, round_code: str, version: str, item: str) -> Sequence[tuple[str, str, int]]:
    choice = col(Response.answers)[item].as_string().label("choice")
    return session.exec(
        select(Response.unit_code, choice, func.count())
        .where(
            Response.round_code == round_code,
            Response.form_version == version,
            Response.outcome != "breakoff",
        )
        .group_by(col(Response.unit_code), "choice")
    ).all()


def _visible(units: Sequence[Unit], found: Mapping[tuple[str, int], Rated]) -> dict[str, dict[int, Rated]]:
    lineage = {unit.unit_code: [code for code in unit.path.split("/") if code] for unit in units}
    summed: dict[int, dict[str, Rated]] = defaultdict(lambda: defaultdict(Rated))
    for (unit, index), rated in found.items():
        for code in lineage.get(unit, ()):
            if code in lineage:
                summed[index][code] = summed[index][code].plus(rated)
    children: dict[str, list[str]] = defaultdict(list)
    for one in units:
        children[one.parent_code or ""].append(one.unit_code)
    shown: dict[str, dict[int, Rated]] = defaultdict(dict)
    for index, by_unit in summed.items():
        hidden = hidden_units({code: rated.dossiers for code, rated in by_unit.items()}, children)
        for code in by_unit.keys() - hidden:
            shown[code][index] = by_unit[code]
    return dict(shown)


def hidden_units(counts: Mapping[str, int], children: Mapping[str, Iterable[str]]) -> set[str]:
    """Units with too few, and beside them as many of the smallest as leave no remainder to work out."""
    least = settings().minimum_respondents
    hidden = {code for code, count in counts.items() if 0 < count < least}
    while True:
        more = {code for family in children.values() for code in _beside(family, counts, hidden, least)}
        more |= {code for code in _only_below(counts, children, hidden)}
        if more <= hidden:
            return hidden
        hidden |= more


def _beside(family: Iterable[str], counts: Mapping[str, int], hidden: set[str], least: int) -> list[str]:
    """The smallest shown unit of a family whose hidden ones could be worked out as a remainder."""
    asked = [code for code in family if counts.get(code, 0)]
    gone = [code for code in asked if code in hidden]
    left = sorted((code for code in asked if code not in hidden), key=lambda code: (counts[code], code))
    is_safe = len(gone) != 1 and sum(counts[code] for code in gone) >= least
    return left[:1] if gone and not is_safe else []


def _only_below(
    counts: Mapping[str, int], children: Mapping[str, Iterable[str]], hidden: set[str]
) -> Iterable[str]:
    """A hidden unit hides its smallest part, and a unit all of whose parts are too few is hidden itself."""
    for code, below in children.items():
        asked = sorted((c for c in below if counts.get(c, 0)), key=lambda c: (counts[c], c))
        if not code or not asked:
            continue
        if code in hidden and not any(c in hidden for c in asked):
            yield asked[0]
        if code not in hidden and len(asked) == 1 and asked[0] in hidden:
            yield code


def legal_scores(
    units: Sequence[tuple[Mapping[int, Rated], Mapping[int, float]]],
) -> list[LegalScore | None]:
    """The Circular's score of each unit from what citizens rated and what is fixed; None without any."""
    from analysis.indices import legal_score as score_of

    if not units:
        return []
    pairs = [[_points_of(index, *unit) for index in range(1, INDEX_COUNT + 1)] for unit in units]
    points, dossiers = ([[pair[side] for pair in row] for row in pairs] for side in (0, 1))
    written = score_of(points, dossiers, denominator="rated")
    scaled = score_of(points, dossiers, denominator="rated", thresholds="proportional")
    return [
        LegalScore(
            total=float(written.total[row]),
            possible=float(written.possible[row]),
            grade=GRADES[int(written.grade[row])],
            scaled=GRADES[int(scaled.grade[row])],
            rated=rated,
            fixed={index: score for index, score in fixed.items() if index not in rated},
        )
        if written.possible[row] > 0
        else None
        for row, (rated, fixed) in enumerate(units)
    ]


def _points_of(index: int, rated: Mapping[int, Rated], fixed: Mapping[int, float]) -> tuple[int, int]:
    """Points and dossiers; a figure of the whole unit counts as ten: its decimal stays exact."""
    if index in rated:
        return rated[index].points, rated[index].dossiers
    if index in fixed:
        return round(fixed[index] * 10), 10
    return 0, 0
