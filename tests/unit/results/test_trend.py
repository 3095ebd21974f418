"""A unit over rounds: which of them stand out, by limits that R's qbinom gives."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from app.core.language import translator
from app.results.reading import Estimate
from app.results.reports.content import Paragraph, Picture
from app.results.reports.course import MOST_ROUNDS, course, signal_sentences
from app.results.reports.telling import Teller
from app.results.standing import middle_half, standings
from app.results.trend import Series, Turn, limited
from app.rounds.service import Round


def a_row(share: float | None, *, n: int = 100, unit: str = "07795", weight: float = 100.0) -> Estimate:
    """A published share of n people, or a hidden one."""
    p = None if share is None else share / 100
    se = None if p is None else 100 * (p * (1 - p) / n) ** 0.5
    return Estimate(
        place={"unit": unit},
        names={"unit": unit},
        parent_code="24",
        figure="headline:q:satisfied_share",
        figure_name="q",
        state="suppressed" if share is None else "ok",
        reasons=(),
        estimate=share,
        se=se,
        low=None if share is None or se is None else max(share - 1.96 * se, 0),
        high=None if share is None or se is None else min(share + 1.96 * se, 100),
        n=None if share is None else n,
        n_effective=None if share is None else float(n),
        n_star=None if share is None else float(n),
        df=None if share is None else float(n - 1),
        responses=n,
        population=weight,
        covered_pct=100.0,
        sum_weights=weight,
        blank_pct=0.0,
    )


def turns(*shares: float | None, n: int = 100) -> list[Turn]:
    return [Turn(a_round(place), a_row(share, n=n)) for place, share in enumerate(shares)]


def a_round(place: int) -> Round:
    start = date(2024 + place // 4, 3 * (place % 4) + 1, 1)
    return Round(
        round_code=f"{start.year}-Q{place % 4 + 1}",
        title="",
        basis="opt_in",
        population_kind="finished_dossiers",
        period_start_on=start,
        period_end_on=start.replace(day=28),
        created_at=datetime(2024, 1, 1, tzinfo=UTC),
    )


def test_a_fall_beyond_the_limits_is_a_signal_and_does_not_move_what_it_is_compared_with() -> None:
    series = limited(turns(90.0, 90.0, 90.0, 90.0, 70.0))
    assert series.centre == pytest.approx(90.0)
    assert [turn.is_signal for turn in series.turns] == [False, False, False, False, True]
    assert [turn.survey.round_code for turn in series.signals] == ["2025-Q1"]


def test_the_limits_are_those_of_the_binomial() -> None:
    """R: qbinom(c(0.00135, 1 - 0.00135), 100, 0.9) = 80, 98; the continued one lies within one count."""
    low, high = limited(turns(90.0, 90.0, 90.0, 90.0, 90.0)).turns[0].limits or (0.0, 0.0)
    assert 79 <= low <= 81
    assert 97 <= high <= 99


def test_wobbling_within_chance_is_no_signal() -> None:
    assert limited(turns(88.0, 92.0, 90.0, 89.0, 85.0)).signals == ()


def test_a_hidden_round_has_neither_limits_nor_signal() -> None:
    series = limited(turns(90.0, None, 91.0, 89.0, 90.0))
    assert series.turns[1].limits is None
    assert series.centre == pytest.approx(90.0)


def test_too_few_rounds_give_no_limits() -> None:
    series = limited(turns(90.0, 50.0, None, 91.0))
    assert series.centre is None
    assert all(turn.limits is None for turn in series.turns)


def test_everybody_satisfied_in_every_round_still_has_limits() -> None:
    series = limited(turns(100.0, 100.0, 100.0, 100.0, 99.0))
    assert series.signals == ()
    assert limited(turns(100.0, 100.0, 100.0, 100.0, 80.0)).signals != ()


def test_a_part_that_is_most_of_its_whole_hardly_differs_from_it() -> None:
    """With covariance: 90 % of the whole cannot be 6 points from it by chance alone, 10 % easily can."""
    whole = a_row(85.0, n=1000, unit="24", weight=1000.0)
    small = a_row(79.0, n=100, unit="a", weight=100.0)
    large = a_row(82.5, n=900, unit="b", weight=900.0)
    assert standings([(small, whole)]) == [""]
    assert standings([(large, whole)]) == ["down"]


def test_hidden_rows_and_the_whole_itself_stand_nowhere() -> None:
    whole = a_row(85.0, n=1000, unit="24", weight=1000.0)
    assert standings([(a_row(None), whole), (whole, whole), (a_row(30.0), None)]) == ["", "", ""]


def test_the_middle_half_are_the_quartiles_of_what_is_published() -> None:
    rows = [a_row(share) for share in (70.0, 80.0, 90.0, 60.0, 100.0)]
    assert middle_half([*rows, a_row(None)]) == (70.0, 90.0)
    assert middle_half(rows[:3]) is None


def reported(series: Series, language: str = "vi") -> tuple[list[str], Paragraph, Picture]:
    """The sentences of a report's summary, what stands above the picture, the picture."""
    subject: Any = SimpleNamespace(tell=Teller(translator(language)), unit_name="Phường Nếnh")
    paragraph, picture = course(subject, series)
    assert isinstance(paragraph, Paragraph)
    assert isinstance(picture, Picture)
    return list(signal_sentences(subject, series)), paragraph, picture


def test_a_report_draws_the_limits_of_the_page_and_says_its_signal() -> None:
    series = limited(turns(90.0, 90.0, 90.0, 90.0, 70.0))
    (sentence,), paragraph, picture = reported(series)
    assert sentence == paragraph.text
    assert "Tín hiệu" in sentence
    assert "2025-Q1: 70,00%" in sentence
    assert "giới hạn kiểm soát" in picture.caption
    assert picture.alternative.count("(giới hạn") == 5
    assert picture.alternative.count("tín hiệu") == 1
    assert "tín hiệu" in picture.svg
    english = reported(series, "en")
    assert "A signal" in english[1].text


def test_a_report_without_a_signal_says_that_chance_explains_what_moved() -> None:
    sentences, paragraph, _ = reported(limited(turns(90.0, 92.0, 89.0, 91.0, 88.0)))
    assert sentences == []
    assert "ngẫu nhiên" in paragraph.text
    _, few, picture = reported(limited(turns(90.0, 92.0)))
    assert "Chưa đủ số đợt" in few.text
    assert "giới hạn" not in picture.alternative


def test_a_report_draws_the_last_rounds_with_the_limits_of_the_whole_series() -> None:
    series = limited(turns(*[80.0] * 8, *[90.0] * 4))
    _, _, picture = reported(series)
    assert picture.alternative.count("-Q") == MOST_ROUNDS
    assert series.turns[-1].limits is not None
    assert f"{series.turns[-1].limits[0]:.2f}".replace(".", ",") in picture.alternative
